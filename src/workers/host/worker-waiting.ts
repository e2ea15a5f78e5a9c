import { describeFailure } from "../../runtime/failure.ts";
import type { HostTrouble } from "../../runtime/host.ts";
import { NONE_NEEDED, type Waiting } from "../../telemetry/waiting.ts";
import type { NoRound } from "../round-context.ts";
import type { SyncProblem } from "../storage/round-sync.ts";

/** What a ParaTime's worker waits for, in the words of the status page; since when is for the worker to say. */
export type WaitingText = Omit<Waiting, "sinceMs">;

export const waitingForProcess = waitingFor("the ParaTime process", null, NONE_NEEDED);

/** There is no round to work on. */
export function noRoundWaiting(reason: NoRound): WaitingText {
  switch (reason) {
    case "notStarted":
      return waitingFor("the first block", null, NONE_NEEDED);
    case "notRegistered":
      return waitingFor(
        "the ParaTime's descriptor",
        "the ParaTime is not in the registry, or suspended",
        "check the ParaTime identifier in the configuration; its owner registers it with `oasis-node registry runtime gen_register`",
      );
    case "noLightBlock":
      return waitingFor("the consensus block of the ParaTime's last round", "it was pruned", NONE_NEEDED);
  }
}

/**
 * Rounds are not stored as far as the consensus layer has come.
 * @param last the last round that is; null before the first
 * @param target the last one there is
 */
export function syncWaiting(last: bigint | null, target: bigint, problem: SyncProblem | null): WaitingText {
  const next = last === null ? target : last + 1n;
  switch (problem?.kind) {
    case "alone":
      return waitingFor(
        `the state of round ${next}`,
        "another node computed it, and this one has nobody to ask",
        "name peers: set p2p.seeds or p2p.connection_manager.persistent_peers",
      );
    case "checkpoint":
      return waitingFor(
        "a checkpoint of the ParaTime's state",
        problem.cause,
        "peers make them where storage.checkpointer.enabled is set; asked again by itself",
      );
    case "disk":
      return waitingFor(
        `the disk to take round ${next}`,
        problem.cause,
        "see the cause: free space in the data directory, or check the disk; tried again at the next block",
      );
    default:
      return waitingFor(
        `the states of rounds up to ${target}`,
        problem === null ? null : `peers did not give round ${next}: ${problem.cause}`,
        NONE_NEEDED,
      );
  }
}

/**
 * The process runs and has not taken a consensus block yet.
 * @param problem why it did not take the last one; null before it was asked
 * @param trouble what happened to the processes before it
 */
export function trustWaiting(
  problem: string | null,
  trouble: HostTrouble | null,
): WaitingText & { sinceMs?: number } {
  const what = "the ParaTime to accept the latest consensus block";
  if (problem !== null)
    return waitingFor(
      what,
      `it did not accept the last one: ${problem}`,
      "Read the ParaTime's own log; it is asked again by itself.",
    );
  if (trouble === null) return waitingFor(what, null, NONE_NEEDED);
  const { text, remedy } = describeFailure(trouble.cause);
  return { ...waitingFor(what, text, remedy), sinceMs: trouble.sinceMs };
}

function waitingFor(what: string, cause: string | null, remedy: string): WaitingText {
  return { for: what, cause, remedy };
}
