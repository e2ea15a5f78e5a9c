import { QanatError } from "../codec/errors.ts";

/** Exit codes of the official command line. */
export const exitCode = {
  ok: 0,
  failed: 1,
  /** The node could not be asked, for `control status`, `control is-synced` and `identity show-address`. */
  rpcFailed: 128,
} as const;

/** The command was not typed as it must be. */
export class UsageError extends QanatError {
  constructor(message: string) {
    super("cli/usage", message);
    this.name = "UsageError";
  }
}

/** The command failed for a reason the user can act on. */
export class CommandError extends QanatError {
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super("cli/failed", message, {}, { cause: options.cause });
    this.name = "CommandError";
    this.exitCode = options.exitCode ?? exitCode.failed;
  }
}

/** Text of an error for people: no stack, no class name, the innermost reason included. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause =
    error instanceof CommandError && error.cause !== undefined ? `: ${errorText(error.cause)}` : "";
  return `${error.message}${cause}`;
}
