import { concat, fromBase64, toLatin1 } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";

/** One PEM block. */
export interface PemBlock {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const BEGIN = "-----BEGIN ";
const END = "\n-----END ";
const DASHES = "-----";

/**
 * The PEM blocks of a text, in order: as lenient as the network is about what stands between them, about headers,
 * spaces and line ends. What is no block is passed over.
 */
export function* pemBlocks(text: Uint8Array): Generator<PemBlock> {
  let rest = toLatin1(text);
  for (;;) {
    const found = nextBlock(rest);
    if (found === null) return;
    yield found.block;
    rest = found.rest;
  }
}

function nextBlock(text: string): { block: PemBlock; rest: string } | null {
  let rest = text;
  /** Just after the end marker of the block that was tried last, seen from `rest`. */
  let behind = 0;
  for (;;) {
    if (behind < 0 || behind > rest.length) return null;
    rest = rest.slice(behind);
    let end = rest.indexOf(END);
    if (end < 0) return null;
    behind = end + END.length;
    // The last begin marker before the end marker: those without an end of their own are passed over.
    const begin = rest.slice(0, end).lastIndexOf(BEGIN);
    if (begin < 0 || (begin > 0 && rest[begin - 1] !== "\n")) continue;
    const first = line(rest.slice(begin + BEGIN.length));
    const skipped = begin + BEGIN.length + first.length;
    rest = first.rest;
    end -= skipped;
    behind -= skipped;
    if (!first.text.endsWith(DASHES)) continue;
    const type = first.text.slice(0, -DASHES.length);

    const headers = skipHeaders(rest);
    if (headers === null) return null;
    rest = rest.slice(headers);
    end -= headers;
    behind -= headers;
    if (headers > 0 && end < 0) continue;

    const closing = `${type}${DASHES}`;
    if (!rest.startsWith(closing, behind)) continue;
    if (line(rest.slice(behind + closing.length)).text !== "") continue;
    const bytes = end > 0 ? decodeBody(rest.slice(0, end)) : concat();
    if (bytes === null) continue;
    return { block: { type, bytes }, rest: line(rest.slice(end + END.length - 1)).rest };
  }
}

/** Characters of the lines with a colon that a block begins with; null when the text ends with them. */
function skipHeaders(text: string): number | null {
  let skipped = 0;
  for (;;) {
    if (skipped === text.length) return null;
    const { text: header, length } = line(text.slice(skipped));
    if (!header.includes(":")) return skipped;
    skipped += length;
  }
}

/** The first line without its end and the blanks before it, and the characters that it takes with its end. */
function line(text: string): { text: string; rest: string; length: number } {
  const newline = text.indexOf("\n");
  const length = newline < 0 ? text.length : newline + 1;
  const whole = newline < 0 ? text : text.slice(0, text[newline - 1] === "\r" ? newline - 1 : newline);
  let end = whole.length;
  while (end > 0 && (whole[end - 1] === " " || whole[end - 1] === "\t")) end--;
  return { text: whole.slice(0, end), rest: text.slice(length), length };
}

function decodeBody(text: string): Uint8Array | null {
  try {
    return fromBase64(text.replace(/[ \t]/g, ""));
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
