import { CodecError } from "../codec/errors.ts";

/**
 * Turns a parser that answers null to malformed text into the throwing form that codecs want.
 *
 * @param expected what the text should look like, for the error message
 */
export function orMalformed<T>(
  parse: (text: string) => T | null,
  expected: string,
): (text: string, path: string) => T {
  return (text, path) => {
    const value = parse(text);
    if (value === null)
      throw new CodecError(`expected ${expected}, found "${text.slice(0, MAX_SHOWN)}"`, path);
    return value;
  };
}

/** Longest part of a malformed text that a message repeats. */
const MAX_SHOWN = 80;
