import type { ApiClient } from "../../api/client.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { KIND_COMPUTE } from "../../types/runtime.ts";
import type { OptionSpec } from "../command.ts";
import { CommandError } from "../errors.ts";
import { type Given, parseRuntimeId } from "../given.ts";
import { defaultLocalnetDir, findLocalnet } from "../localnet-dir.ts";
import { type ClientInput, clientInput, clientOptions } from "./client.ts";

/** Flags of commands that talk to a ParaTime. */
export const paratimeOptions: readonly OptionSpec[] = [
  { name: "runtime", value: "ID", summary: "identifier of the ParaTime, in hex; the only one by default" },
  {
    name: "dir",
    value: "DIR",
    summary: "folder of the local network; the default one of `localnet` otherwise",
  },
  ...clientOptions.map((option) =>
    option.name === "address"
      ? {
          ...option,
          default: "",
          summary: "address of the node; that of the running local network by default",
        }
      : option,
  ),
];

export interface ParatimeInput {
  /** Null: the local network in `dir`. */
  readonly client: ClientInput | null;
  readonly dir: string;
  /** Null: the one that the node has. */
  readonly runtimeId: Namespace | null;
}

export function paratimeInput(given: Given): ParatimeInput {
  const id = given.text("runtime");
  return {
    client: given.text("address") === "" ? null : clientInput(given),
    dir: given.text("dir") || defaultLocalnetDir(),
    runtimeId: id === "" ? null : parseRuntimeId("--runtime", id),
  };
}

/** The node to talk to. @throws CommandError when none was named and no local network runs */
export async function locateNode({ client, dir, runtimeId }: ParatimeInput): Promise<{
  client: ClientInput;
  runtimeId: Namespace | null;
}> {
  if (client !== null) return { client, runtimeId };
  const running = await findLocalnet(dir);
  const address = { kind: "unix", path: running.socket } as const;
  return {
    client: { address, addressText: `unix:${running.socket}`, wait: false },
    runtimeId: runtimeId ?? parseRuntimeId("localnet", running.runtimeId),
  };
}

/** The ParaTime to talk to. @throws CommandError when none was named and the network does not have exactly one */
export async function chooseRuntime(client: ApiClient, wanted: Namespace | null): Promise<Namespace> {
  if (wanted !== null) return wanted;
  const query = { height: 0n, include_suspended: false };
  const runtimes = (await client.call("Registry", "GetRuntimes", query)) ?? [];
  const [only, ...others] = runtimes.filter((runtime) => runtime.kind === KIND_COMPUTE);
  if (only === undefined) throw new CommandError("the network has no ParaTime");
  if (others.length > 0) throw new CommandError("the network has several ParaTimes: name one with --runtime");
  return only.id;
}
