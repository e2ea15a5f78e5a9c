import { QuoteError } from "../quote-error.ts";

/** ASN.1 tags as they stand in the first byte of an item. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/** Longest length field: four bytes of length. */
const MAX_LENGTH_BYTES = 4;
const LONG_FORM = 0x80;
const HIGH_TAG = 0x1f;

/** One item of DER: its tag, its content, and the bytes of the whole. */
export interface DerItem {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly raw: Uint8Array;
}

/**
 * Reads DER items one after the other, as strictly as the network does: lengths in their shortest form, tags below 31
 * only. What the caller does not ask for, such as items after the last one, is left unread without complaint.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** Tag of the next item; null at the end. */
  get nextTag(): number | null {
    return this.#bytes[this.#offset] ?? null;
  }

  /** @throws QuoteError when there is no whole item, or one of another tag than the given */
  item(tag: number | null = null): DerItem {
    const bytes = this.#bytes;
    const start = this.#offset;
    const found = bytes[start];
    if (found === undefined || (found & HIGH_TAG) === HIGH_TAG) throw new QuoteError("malformed DER");
    if (tag !== null && found !== tag) throw new QuoteError(`DER item of tag ${found}, not ${tag}`);
    const { length, from } = this.#length(start + 1);
    const end = from + length;
    if (end > bytes.length) throw new QuoteError("DER item is cut off");
    this.#offset = end;
    return { tag: found, content: bytes.subarray(from, end), raw: bytes.subarray(start, end) };
  }

  /** The content of the next item. @throws QuoteError */
  content(tag: number): Uint8Array {
    return this.item(tag).content;
  }

  /** Reader of the next item's content. @throws QuoteError */
  inside(tag: number): DerReader {
    return new DerReader(this.content(tag));
  }

  /** The next item when it is of the tag, else null. @throws QuoteError */
  optional(tag: number): DerItem | null {
    return this.nextTag === tag ? this.item(tag) : null;
  }

  #length(at: number): { length: number; from: number } {
    const first = this.#bytes[at];
    if (first === undefined) throw new QuoteError("DER item is cut off");
    if ((first & LONG_FORM) === 0) return { length: first, from: at + 1 };
    const count = first & ~LONG_FORM;
    if (count === 0 || count > MAX_LENGTH_BYTES || at + count >= this.#bytes.length) {
      throw new QuoteError("malformed DER length");
    }
    let length = 0;
    for (let i = 1; i <= count; i++) length = length * 256 + this.#bytes[at + i]!;
    if (length < LONG_FORM || this.#bytes[at + 1] === 0) {
      throw new QuoteError("DER length is not in its shortest form");
    }
    return { length, from: at + 1 + count };
  }
}

/** The value of an integer's content, in its shortest form. @throws QuoteError */
export function integerValue(content: Uint8Array): bigint {
  const [first, second = 0] = content;
  const isPadded =
    content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (first === undefined || isPadded) throw new QuoteError("malformed DER integer");
  let value = 0n;
  for (const byte of content) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(content.length * 8, value);
}

/** Dotted form of an object identifier's content. @throws QuoteError */
export function objectIdText(content: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  let isOpen = true;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new QuoteError("DER object identifier is too large");
    isOpen = byte >= 0x80;
    if (isOpen) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [head, ...rest] = arcs;
  if (isOpen || head === undefined) throw new QuoteError("malformed DER object identifier");
  const first = Math.min(Math.floor(head / 40), 2);
  return [first, head - first * 40, ...rest].join(".");
}

/**
 * Bytes of a bit string's content. Bits that are left over at its end are shifted out: the network does that with the
 * signature of a certificate, so that one signature has several encodings.
 * @throws QuoteError
 */
export function bitStringBytes(content: Uint8Array): Uint8Array {
  const [unused] = content;
  const bytes = content.subarray(1);
  if (unused === undefined || unused > 7) throw new QuoteError("malformed DER bit string");
  const last = bytes.at(-1);
  if (last === undefined ? unused !== 0 : (last & ((1 << unused) - 1)) !== 0) {
    throw new QuoteError("malformed DER bit string");
  }
  if (unused === 0) return bytes;
  return bytes.map((byte, i) => (byte >> unused) | ((bytes[i - 1] ?? 0) << (8 - unused)));
}
