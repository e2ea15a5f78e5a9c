import { ROUND_LATEST } from "../../../types/api-runtime-client.ts";
import { defineCommand } from "../../command.ts";
import { exitCode } from "../../errors.ts";
import type { Given } from "../../given.ts";
import { encodeArgs } from "../../key-value.ts";
import { withClient } from "../../options/client.ts";
import {
  chooseRuntime,
  locateNode,
  type ParatimeInput,
  paratimeInput,
  paratimeOptions,
} from "../../options/paratime.ts";
import { cborText } from "../../text/cbor-value.ts";

interface Input {
  readonly paratime: ParatimeInput;
  readonly method: string;
  readonly args: Uint8Array;
  readonly round: bigint;
}

export const paratimeQuery = defineCommand<Input>({
  path: "paratime query",
  summary: "ask a ParaTime without a transaction",
  notes:
    "An addition to the official command line. `get KEY` and `get_runtime_id` for key/value ParaTimes; for other " +
    "methods give one JSON value. Prints the answer.",
  args: [
    { name: "method", summary: "get, get_runtime_id, or another method of the ParaTime" },
    { name: "args", summary: "arguments of the method", isOptional: true, isRest: true },
  ],
  options: [
    ...paratimeOptions,
    { name: "round", value: "ROUND", summary: "round to look at; the latest by default" },
  ],
  resolve: resolveQuery,
  run: async ({ paratime, method, args, round }, io) => {
    const node = await locateNode(paratime);
    const { data } = await withClient(node.client, "the query failed", async (client) => {
      const runtime_id = await chooseRuntime(client, node.runtimeId);
      const request = { runtime_id, component: null, round, method, args };
      return client.call("RuntimeClient", "Query", request, { signal: io.signal });
    });
    io.out(`${cborText(data ?? new Uint8Array(0))}\n`);
    return exitCode.ok;
  },
});

/** @internal for tests */
export function resolveQuery(given: Given): Input {
  const [method, ...args] = given.args;
  return {
    paratime: paratimeInput(given),
    method: method!,
    args: encodeArgs(method!, args),
    round: given.text("round") === "" ? ROUND_LATEST : given.u64("round"),
  };
}
