import { QanatError } from "../codec/errors.ts";
import type { Version } from "../types/common.ts";
import { formatVersion } from "../types/versions.ts";
import type { ProcessExit } from "./process-host.ts";
import type { SandboxProblem } from "./sandbox/classify-failure.ts";
import { sandboxRemedy } from "./sandbox/remedy.ts";

/** Why a ParaTime process could not be started, or why it is gone. */
export type HostFailure =
  | { readonly kind: "binaryMissing"; readonly path: string }
  | { readonly kind: "binaryUnusable"; readonly path: string; readonly reason: string }
  | { readonly kind: "libraryMissing"; readonly library: string; readonly neededBy: string }
  | { readonly kind: "sandboxUnavailable"; readonly problem: SandboxProblem }
  | { readonly kind: "socketUnusable"; readonly path: string; readonly reason: string }
  | { readonly kind: "spawnFailed"; readonly path: string; readonly reason: string }
  | { readonly kind: "connectTimeout"; readonly timeoutMs: number }
  | { readonly kind: "introductionTimeout"; readonly timeoutMs: number }
  | { readonly kind: "introductionRefused"; readonly reason: string }
  | { readonly kind: "protocolMismatch"; readonly expected: Version; readonly reported: Version }
  | { readonly kind: "versionMismatch"; readonly expected: Version; readonly reported: Version }
  | { readonly kind: "pingTimeout"; readonly timeoutMs: number }
  | { readonly kind: "protocolViolation"; readonly reason: string }
  | { readonly kind: "exited"; readonly exit: ProcessExit; readonly lastLine: string | null }
  | { readonly kind: "aborted"; readonly reason: string };

/** A failure with its words for people. */
export interface FailureText {
  /** What is wrong. */
  readonly text: string;
  /** What the operator can do about it: a sentence or a command. */
  readonly remedy: string;
}

/** Thrown inside the host while a process starts; leaves it only as {@link HostFailure}. */
export class HostFailureError extends QanatError {
  readonly failure: HostFailure;

  constructor(failure: HostFailure) {
    super(`runtime/${failure.kind}`, describeFailure(failure).text, { failure });
    this.name = "HostFailureError";
    this.failure = failure;
  }
}

const lookAtLog = "Read the ParaTime's own log: it says what it was doing.";

/** Words a failure for a status page: one sentence what, one what to do. */
export function describeFailure(failure: HostFailure): FailureText {
  switch (failure.kind) {
    case "binaryMissing":
      return {
        text: `the ParaTime's executable ${failure.path} does not exist`,
        remedy: "Put the executable there, or correct its path under `runtime.paths`.",
      };
    case "binaryUnusable":
      return {
        text: `${failure.path} is not a usable ParaTime executable: ${failure.reason}`,
        remedy: "Use the x86-64 Linux executable (ELF) or bundle (.orc) that the ParaTime's makers publish.",
      };
    case "libraryMissing":
      return {
        text: `library ${failure.library}, needed by ${failure.neededBy}, is not installed`,
        remedy: `Install the package that has ${failure.library}, then run \`ldconfig\`.`,
      };
    case "sandboxUnavailable":
      return sandboxRemedy(failure.problem);
    case "socketUnusable":
      return {
        text: `no socket for the ParaTime at ${failure.path}: ${failure.reason}`,
        remedy: "Let TMPDIR name a writable directory with a short path and free space.",
      };
    case "spawnFailed":
      return {
        text: `${failure.path} could not be started: ${failure.reason}`,
        remedy: "Check that the file is executable and its file system is not mounted noexec.",
      };
    case "connectTimeout":
      return {
        text: `the process did not connect within ${seconds(failure.timeoutMs)}`,
        remedy: `Is it a ParaTime executable, and is the machine overloaded? ${lookAtLog}`,
      };
    case "introductionTimeout":
      return {
        text: `the process connected but did not introduce itself within ${seconds(failure.timeoutMs)}`,
        remedy: `Check its local configuration (no fractions, text keys only). ${lookAtLog}`,
      };
    case "introductionRefused":
      return {
        text: `the process refused to introduce itself: ${failure.reason}`,
        remedy: `Check that this executable is for this ParaTime and network. ${lookAtLog}`,
      };
    case "protocolMismatch":
      return {
        text:
          `the executable speaks host protocol ${formatVersion(failure.reported)}, ` +
          `this node ${formatVersion(failure.expected)}`,
        remedy: "Use a release of the ParaTime made for this release of the network's protocol.",
      };
    case "versionMismatch":
      return {
        text:
          `the executable is version ${formatVersion(failure.reported)}, ` +
          `but version ${formatVersion(failure.expected)} is registered`,
        remedy: `Install version ${formatVersion(failure.expected)} of the ParaTime.`,
      };
    case "pingTimeout":
      return {
        text: `the process did not answer a ping within ${seconds(failure.timeoutMs)}`,
        remedy: lookAtLog,
      };
    case "protocolViolation":
      return {
        text: `the process broke the host protocol: ${failure.reason}`,
        remedy: "Report it to the ParaTime's makers, with its log.",
      };
    case "exited":
      return { text: exitText(failure.exit, failure.lastLine), remedy: lookAtLog };
    case "aborted":
      return { text: `the process was restarted: ${failure.reason}`, remedy: lookAtLog };
  }
}

function exitText(exit: ProcessExit, lastLine: string | null): string {
  const how = exit.signal === null ? `ended with code ${exit.code}` : `was ended by ${exit.signal}`;
  return lastLine === null ? `the process ${how}` : `the process ${how}; its last words: ${lastLine}`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
