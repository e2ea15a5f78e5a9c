import { setTimeout as pause } from "node:timers/promises";
import { ApiClient } from "../../api/client.ts";
import { isAnswered } from "../../api/unix-socket.ts";
import type { Status } from "../../types/api-control.ts";
import type { LocalnetNode } from "./localnet-nodes.ts";

/** Pause between looks at a node that is not ready. */
const LOOK_INTERVAL_MS = 100;
/** What is waited for is told when it lasts: what passes in a moment helps nobody. */
const TELL_AFTER_MS = 3000;
/** For one answer of a node: it may be busy. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Scheduler rank of a node outside the ParaTime's committee (facts/api.md 2.13). */
const NO_RANK = 0xffff_ffff_ffff_ffffn;

export interface WatchDeps {
  /** Ends the watch: the node has ended, or the network stops. */
  readonly signal: AbortSignal;
  /** Called when the node has waited for the same thing for a while. */
  waits(what: string): void;
}

/** Resolves with the status of a node when it does all that it should. @throws the signal's reason */
export async function untilReady(node: LocalnetNode, { signal, waits }: WatchDeps): Promise<Status> {
  await untilListening(node.paths.socket, signal);
  const client = new ApiClient({ kind: "unix", path: node.paths.socket });
  try {
    let told = "";
    let last = "";
    for (let sinceMs = Date.now(); ; ) {
      const status = await client
        .call("NodeController", "GetStatus", null, { signal, timeoutMs: ANSWER_TIMEOUT_MS })
        .catch(() => null);
      const missing = status === null ? "an answer" : missingOf(node, status);
      if (missing === null) return status!;
      if (missing !== last) sinceMs = Date.now();
      last = missing;
      if (missing !== told && Date.now() - sinceMs >= TELL_AFTER_MS) {
        waits(missing);
        told = missing;
      }
      await pause(LOOK_INTERVAL_MS, undefined, { signal });
    }
  } finally {
    client.close();
  }
}

/** What a node still waits for; null when it is ready. */
export function missingOf({ kind }: Pick<LocalnetNode, "kind">, status: Status): string | null {
  if (kind === "seed") return null;
  const [first] = status.waiting ?? [];
  if ((status.consensus?.latest_height ?? 0n) === 0n) return first?.for ?? "the first block";
  // A validator registers again in each epoch; the network does not wait for that.
  const waiting = status.waiting?.find(({ subject }) => subject !== "registration");
  if (waiting !== undefined) return waiting.for;
  const paraTimes = [...(status.runtimes?.values() ?? [])];
  const isElected = paraTimes.every(
    ({ committee }) => committee !== null && committee.scheduler_rank !== NO_RANK,
  );
  return isElected ? null : "the ParaTime to be elected";
}

/** Resolves when somebody listens on the socket. @throws the signal's reason */
async function untilListening(path: string, signal: AbortSignal): Promise<void> {
  while (!(await isAnswered(path))) await pause(LOOK_INTERVAL_MS, undefined, { signal });
}
