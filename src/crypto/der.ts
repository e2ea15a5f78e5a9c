import { concat, utf8 } from "../codec/bytes.ts";

/** The few ASN.1 types, in their DER form, that a certificate of the network consists of. */
export const der = {
  sequence: (...items: readonly Uint8Array[]) => item(0x30, concat(...items)),
  set: (...items: readonly Uint8Array[]) => item(0x31, concat(...items)),
  /** Constructed, context-specific, explicit tag. */
  explicit: (tag: number, content: Uint8Array) => item(0xa0 | tag, content),
  /** Integer from 0 to 127. */
  integer: (value: number) => item(0x02, new Uint8Array([value])),
  true: item(0x01, new Uint8Array([0xff])),
  octets: (content: Uint8Array) => item(0x04, content),
  bits: (content: Uint8Array, unused = 0) => item(0x03, concat(new Uint8Array([unused]), content)),
  printable: (text: string) => item(0x13, utf8(text)),
  objectId,
  time,
} as const;

/** One type-length-value item. */
function item(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  if (length > 0xffff) throw new RangeError("DER content is too long");
  return concat(new Uint8Array([tag, ...head]), content);
}

/** Object identifier from its dotted form. */
function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const content = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    content.push(...digits);
  }
  return item(0x06, new Uint8Array(content));
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). */
function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050 ? item(0x17, utf8(digits.slice(2))) : item(0x18, utf8(digits));
}
