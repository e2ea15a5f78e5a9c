/** Longest input of one block: offsets have 16 bits. */
export const MAX_BLOCK = 65_536;

/** Shorter inputs are not searched for repetitions. */
const MIN_SEARCHED = 17;
/** So many last bytes are not searched, so that eight bytes can be read anywhere before. */
const TAIL = 15;
const MAX_TABLE_BITS = 14;
const MIN_TABLE_BITS = 8;
const HASH_MULTIPLIER = 0x1e35a7bd;
/** The step grows by one after so many positions without a match. */
const STEP_AFTER = 32;
const MAX_COPY = 64;

const LITERAL = 0;
const COPY_1 = 1;
const COPY_2 = 2;

/**
 * Compresses a block of at most {@link MAX_BLOCK} bytes in the Snappy format.
 *
 * Digests of checkpoints cover compressed bytes, so the choice of matches is part of the protocol: it is that of
 * golang/snappy v0.0.4 (facts/formats.md 6.7). Positions are found by a hash of four bytes; the last position with a
 * hash is the only candidate; the step between positions grows while nothing is found.
 * @param target at least {@link maxCompressedLength} bytes
 * @returns length of the result
 */
export function compressBlock(source: Uint8Array, target: Uint8Array): number {
  const out = { bytes: target, at: 0 };
  putUvarint(out, source.length);
  if (source.length >= MIN_SEARCHED) compressRepetitions(out, source);
  else if (source.length > 0) putLiteral(out, source, 0, source.length);
  return out.at;
}

/** Longest result for so many bytes. */
export function maxCompressedLength(length: number): number {
  return 32 + length + Math.floor(length / 6);
}

interface Output {
  readonly bytes: Uint8Array;
  at: number;
}

function compressRepetitions(out: Output, source: Uint8Array): void {
  let bits = MIN_TABLE_BITS;
  while (bits < MAX_TABLE_BITS && 1 << bits < source.length) bits++;
  const shift = 32 - bits;
  const table = tableOf(1 << bits);
  const searchEnd = source.length - TAIL;
  /** Where the bytes begin that are not written yet. */
  let pending = 0;
  let at = 1;
  let hash = hashAt(source, at, shift);
  search: for (;;) {
    let skip = STEP_AFTER;
    let next = at;
    let candidate: number;
    do {
      at = next;
      const step = skip >> 5;
      next = at + step;
      skip += step;
      if (next > searchEnd) break search;
      candidate = table[hash]!;
      table[hash] = at;
      hash = hashAt(source, next, shift);
    } while (!equalFour(source, at, candidate));
    putLiteral(out, source, pending, at);
    for (;;) {
      const start = at;
      const offset = at - candidate;
      at += 4;
      while (at < source.length && source[at] === source[at - offset]) at++;
      putCopy(out, offset, at - start);
      pending = at;
      if (at >= searchEnd) break search;
      table[hashAt(source, at - 1, shift)] = at - 1;
      const here = hashAt(source, at, shift);
      candidate = table[here]!;
      table[here] = at;
      if (!equalFour(source, at, candidate)) break;
    }
    hash = hashAt(source, at + 1, shift);
    at++;
  }
  if (pending < source.length) putLiteral(out, source, pending, source.length);
}

function hashAt(source: Uint8Array, at: number, shift: number): number {
  return Math.imul(fourAt(source, at), HASH_MULTIPLIER) >>> shift;
}

function equalFour(source: Uint8Array, a: number, b: number): boolean {
  return fourAt(source, a) === fourAt(source, b);
}

function fourAt(source: Uint8Array, at: number): number {
  return source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24);
}

function putUvarint(out: Output, value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) out.bytes[out.at++] = (rest & 0x7f) | 0x80;
  out.bytes[out.at++] = rest;
}

function putLiteral(out: Output, source: Uint8Array, start: number, end: number): void {
  const { bytes } = out;
  const n = end - start - 1;
  if (n < 60) {
    bytes[out.at++] = (n << 2) | LITERAL;
  } else if (n < 0x100) {
    bytes[out.at++] = (60 << 2) | LITERAL;
    bytes[out.at++] = n;
  } else {
    bytes[out.at++] = (61 << 2) | LITERAL;
    bytes[out.at++] = n;
    bytes[out.at++] = n >>> 8;
  }
  bytes.set(source.subarray(start, end), out.at);
  out.at += end - start;
}

function putCopy(out: Output, offset: number, length: number): void {
  let rest = length;
  // What stays for the last copy is at least 4, the shortest that has a short form.
  for (; rest >= MAX_COPY + 4; rest -= MAX_COPY) putLongCopy(out, offset, MAX_COPY);
  if (rest > MAX_COPY) {
    putLongCopy(out, offset, MAX_COPY - 4);
    rest -= MAX_COPY - 4;
  }
  if (rest >= 12 || offset >= 2048) {
    putLongCopy(out, offset, rest);
  } else {
    out.bytes[out.at++] = ((offset >>> 8) << 5) | ((rest - 4) << 2) | COPY_1;
    out.bytes[out.at++] = offset;
  }
}

function putLongCopy(out: Output, offset: number, length: number): void {
  out.bytes[out.at++] = ((length - 1) << 2) | COPY_2;
  out.bytes[out.at++] = offset;
  out.bytes[out.at++] = offset >>> 8;
}

/** An empty table of that size; the space is used again for the next block. */
function tableOf(size: number): Uint16Array {
  return scratch.subarray(0, size).fill(0);
}

const scratch = new Uint16Array(1 << MAX_TABLE_BITS);
