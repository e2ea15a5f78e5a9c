/**
 * A single value of a configuration file, before anything is known about its type.
 *
 * The source text is kept because types read it by their own rules: a ParaTime id made of digits is no number.
 */
export class Scalar {
  /** The text as it stands in the file, without quotes. */
  readonly source: string;
  /** What YAML takes it for; text in quotes is always text. */
  readonly looksLike: "text" | "integer" | "float" | "boolean";
  /** Read by the generous rules of the 21.x form: numbers and booleans may be in quotes, bare durations are nanoseconds. */
  readonly generous: boolean;

  constructor(source: string, looksLike: Scalar["looksLike"], generous = false) {
    this.source = source;
    this.looksLike = looksLike;
    this.generous = generous;
  }

  /** Plain text without quotes, with the type that YAML gives it. */
  static plain(source: string, generous = false): Scalar {
    return new Scalar(source, classify(source), generous);
  }

  /** The value as plain JavaScript, typed as YAML types it; integers beyond 2^53 are bigints. */
  toPlain(): string | number | bigint | boolean {
    switch (this.looksLike) {
      case "text":
        return this.source;
      case "boolean":
        return TRUE.test(this.source);
      case "float":
        return Number(this.source.replaceAll("_", ""));
      case "integer": {
        const value = integerOf(this)!;
        return Number.isSafeInteger(Number(value)) ? Number(value) : value;
      }
    }
  }

  /** What is there, in words for messages. */
  describe(): string {
    const shown = this.source.length > MAX_SHOWN ? `${this.source.slice(0, MAX_SHOWN)}…` : this.source;
    return this.looksLike === "text" ? JSON.stringify(shown) : shown;
  }
}

/** Longest part of a value that a message repeats. */
const MAX_SHOWN = 60;

const INTEGER = /^[-+]?(?:\d[\d_]*|0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+)$/;
const FLOAT = /^[-+]?(?:\.\d+|\d[\d_]*\.?\d*)(?:[eE][-+]?\d+)?$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/;
// YAML 1.1 words: both official forms take them for booleans where a boolean is wanted.
const TRUE = /^(?:y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE)$/;
const FALSE = /^(?:n|N|no|No|NO|off|Off|OFF|false|False|FALSE)$/;
/** What Go's strconv.ParseBool takes in quotes. */
const QUOTED_TRUE = /^(?:1|t|T|true|True|TRUE)$/;
const QUOTED_FALSE = /^(?:0|f|F|false|False|FALSE)$/;

function classify(source: string): Scalar["looksLike"] {
  if (INTEGER.test(source)) return "integer";
  if (FLOAT.test(source)) return "float";
  return TRUE.test(source) || FALSE.test(source) ? "boolean" : "text";
}

/** The integer that a scalar is, or undefined. */
export function integerOf(scalar: Scalar): bigint | undefined {
  const isInteger = scalar.looksLike === "integer" || (scalar.generous && INTEGER.test(scalar.source));
  if (!isInteger) return undefined;
  const digits = scalar.source.replaceAll("_", "");
  const magnitude = BigInt(digits.replace(/^[-+]/, ""));
  return digits.startsWith("-") ? -magnitude : magnitude;
}

/** The number that a scalar is, or undefined. */
export function numberOf(scalar: Scalar): number | undefined {
  const integer = integerOf(scalar);
  if (integer !== undefined) return Number(integer);
  const isFloat = scalar.looksLike === "float" || (scalar.generous && FLOAT.test(scalar.source));
  const value = isFloat ? Number(scalar.source.replaceAll("_", "")) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** The boolean that a scalar is, or undefined. */
export function booleanOf({ source, looksLike, generous }: Scalar): boolean | undefined {
  if (looksLike === "boolean") return TRUE.test(source);
  if (!generous) return undefined;
  if (QUOTED_TRUE.test(source)) return true;
  return QUOTED_FALSE.test(source) ? false : undefined;
}
