import { randomBytes } from "node:crypto";
import { utf8 } from "../../../codec/bytes.ts";
import { decode, encode, type Infer, nullable, optional, raw, struct, text } from "../../../codec/schema.ts";
import { defineCommand } from "../../command.ts";
import { CommandError, exitCode } from "../../errors.ts";
import type { Given } from "../../given.ts";
import { Call, encodeArgs } from "../../key-value.ts";
import { withClient } from "../../options/client.ts";
import {
  chooseRuntime,
  locateNode,
  type ParatimeInput,
  paratimeInput,
  paratimeOptions,
} from "../../options/paratime.ts";
import { cborText } from "../../text/cbor-value.ts";

/** What a transaction yields: a value or an error's text. */
const CallOutput = struct("CallOutput", { Success: optional(raw), Error: optional(nullable(text)) });
type CallOutput = Infer<typeof CallOutput>;

interface Input {
  readonly paratime: ParatimeInput;
  readonly method: string;
  readonly args: Uint8Array;
  /** Empty: a sender of its own, which every transaction may have. */
  readonly sender: string;
  readonly nonce: bigint;
}

export const paratimeSubmit = defineCommand<Input>({
  path: "paratime submit",
  summary: "submit a transaction to a key/value ParaTime and wait for its result",
  notes:
    "An addition to the official command line. `insert KEY VALUE`, `remove KEY`, `get KEY`, `get_runtime_id`; for other " +
    "methods give one JSON value. Prints what the method returned.",
  args: [
    { name: "method", summary: "insert, remove, get, get_runtime_id" },
    { name: "args", summary: "arguments of the method", isOptional: true, isRest: true },
  ],
  options: [
    ...paratimeOptions,
    { name: "sender", value: "TEXT", summary: "name of the sender; a new one by default" },
    { name: "nonce", value: "N", default: "0", summary: "nonce of the sender" },
  ],
  resolve: resolveSubmit,
  run: async (input, io) => {
    const sender = input.sender === "" ? randomBytes(16) : utf8(input.sender);
    const data = encode(Call, { sender, nonce: input.nonce, method: input.method, args: input.args });
    const node = await locateNode(input.paratime);
    const response = await withClient(node.client, "failed to submit the transaction", async (client) => {
      const runtime_id = await chooseRuntime(client, node.runtimeId);
      return client.call("RuntimeClient", "SubmitTxMeta", { runtime_id, data }, { signal: io.signal });
    });
    if (response.check_tx_error !== null) {
      const { module, code, message } = response.check_tx_error;
      throw new CommandError(`the ParaTime refused the transaction: ${message} (${module}/${code})`);
    }
    const output = outputOf(response.data);
    if (output.Error !== null) throw new CommandError(`the transaction failed: ${output.Error}`);
    io.err(`In round ${response.round}.\n`);
    io.out(`${cborText(output.Success ?? Uint8Array.of(0xf6))}\n`);
    return exitCode.ok;
  },
});

/** @internal for tests */
export function resolveSubmit(given: Given): Input {
  const [method, ...args] = given.args;
  return {
    paratime: paratimeInput(given),
    method: method!,
    args: encodeArgs(method!, args),
    sender: given.text("sender"),
    nonce: given.u64("nonce"),
  };
}

function outputOf(data: Uint8Array | null): CallOutput {
  try {
    return decode(CallOutput, data);
  } catch (error) {
    throw new CommandError("the ParaTime answered in another format than that of a key/value ParaTime", {
      cause: error,
    });
  }
}
