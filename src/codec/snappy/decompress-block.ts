import { CodecError } from "../errors.ts";

/**
 * Expands a compressed Snappy block.
 * @param maxLength longest result that is accepted, in bytes
 * @throws CodecError when the block is malformed or longer than allowed
 */
export function decompressBlock(source: Uint8Array, maxLength: number): Uint8Array {
  const [length, start] = readLength(source);
  if (length > maxLength) throw new CodecError(`snappy: block of ${length} bytes is too long`);
  const target = new Uint8Array(length);
  let from = start;
  let to = 0;
  while (from < source.length) {
    const tag = source[from]!;
    if ((tag & 3) === LITERAL) {
      const n = tag >>> 2;
      const extra = n < 60 ? 0 : n - 59;
      const count = (extra === 0 ? n : uintLe(source, from + 1, extra)) + 1;
      from += 1 + extra;
      if (count > source.length - from || count > length - to) throw malformed();
      target.set(source.subarray(from, from + count), to);
      from += count;
      to += count;
      continue;
    }
    const [count, offset, size] = copyAt(source, from);
    from += size;
    if (from > source.length || offset === 0 || offset > to || count > length - to) throw malformed();
    // Byte by byte: the copy may run into what it writes.
    for (const end = to + count; to < end; to++) target[to] = target[to - offset]!;
  }
  if (to !== length) throw malformed();
  return target;
}

const LITERAL = 0;

/** A copy's length and offset, and how many bytes say so. */
function copyAt(source: Uint8Array, at: number): readonly [count: number, offset: number, size: number] {
  const tag = source[at]!;
  const high = tag >>> 2;
  switch (tag & 3) {
    case 1:
      return [4 + (high & 7), ((tag & 0xe0) << 3) | uintLe(source, at + 1, 1), 2];
    case 2:
      return [1 + high, uintLe(source, at + 1, 2), 3];
    default:
      return [1 + high, uintLe(source, at + 1, 4), 5];
  }
}

/** Little-endian number; missing bytes count as 0, the caller notices the end. */
function uintLe(source: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (source[at + i] ?? 0);
  return value;
}

function readLength(source: Uint8Array): readonly [length: number, end: number] {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = source[i];
    if (byte === undefined) throw malformed();
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [length, i + 1];
  }
  throw malformed();
}

function malformed(): CodecError {
  return new CodecError("snappy: malformed block");
}
