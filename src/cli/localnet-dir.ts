import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CommandError } from "./errors.ts";

/** File in which a running local network says how to reach it: its `ready` event. */
export const READY_FILE = "localnet.json";

/** Where a local network keeps its data when no folder is named. */
export function defaultLocalnetDir(environment: NodeJS.ProcessEnv = process.env): string {
  const state = environment.XDG_STATE_HOME || join(environment.HOME ?? homedir(), ".local", "state");
  return join(state, "qanat", "localnet");
}

/** How to reach a running local network. */
export interface RunningLocalnet {
  /** Path of the internal socket. */
  readonly socket: string;
  /** Hex. */
  readonly runtimeId: string;
}

/** @throws CommandError when no local network runs in the folder */
export async function findLocalnet(dir: string): Promise<RunningLocalnet> {
  try {
    const ready = JSON.parse(await readFile(join(dir, READY_FILE), "utf8")) as Record<string, unknown>;
    const { socket, runtime_id: runtimeId } = ready;
    if (typeof socket === "string" && typeof runtimeId === "string") return { socket, runtimeId };
  } catch {
    // The message below says what was looked for.
  }
  throw new CommandError(
    `no local network runs in ${dir}. Start one with "oasis-node localnet", or name a node with -a and a ParaTime with --runtime`,
  );
}
