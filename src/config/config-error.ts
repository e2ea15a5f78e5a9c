import { QanatError } from "../codec/errors.ts";

/** A place in a configuration file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something in a configuration that is wrong or has no effect. */
export interface ConfigNote {
  /** Where it stands; null for what is not in the file: missing keys, overrides. */
  readonly position: Position | null;
  /** Dotted key as the file's form names it; empty for the file as a whole. */
  readonly key: string;
  readonly message: string;
}

/** Why a note is a warning: the key does nothing, nobody knows it, or there is something better. */
export type WarningKind = "no-effect" | "unknown" | "deprecated" | "repeated" | "environment";

export interface ConfigWarning extends ConfigNote {
  readonly kind: WarningKind;
}

/** A configuration that the node cannot run with. The message lists every problem, a line each. */
export class ConfigError extends QanatError {
  readonly problems: readonly ConfigNote[];

  constructor(source: string, problems: readonly ConfigNote[], options?: ErrorOptions) {
    const lines = inFileOrder(problems).map((problem) => formatNote(source, problem));
    super("config/invalid", lines.join("\n"), { source, problems }, options);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** `FILE:LINE:COLUMN: key: message`. */
export function formatNote(source: string, { position, key, message }: ConfigNote): string {
  const place = position === null ? source : `${source}:${position.line}:${position.column}`;
  return key === "" ? `${place}: ${message}` : `${place}: ${key}: ${message}`;
}

function inFileOrder(notes: readonly ConfigNote[]): ConfigNote[] {
  const rank = ({ position }: ConfigNote) => position?.line ?? Number.MAX_SAFE_INTEGER;
  return notes.toSorted((a, b) => rank(a) - rank(b));
}
