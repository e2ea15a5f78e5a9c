import { concat, utf8 } from "../../src/codec/bytes.ts";

/** ASN.1 items in DER, as far as certificates need them. */
export const der = {
  item,
  sequence: (...items: readonly Uint8Array[]) => item(0x30, concat(...items)),
  set: (...items: readonly Uint8Array[]) => item(0x31, concat(...items)),
  boolean: (value: boolean) => item(0x01, Uint8Array.of(value ? 0xff : 0)),
  integer,
  octets: (content: Uint8Array) => item(0x04, content),
  bits: (content: Uint8Array, unused = 0) => item(0x03, concat(Uint8Array.of(unused), content)),
  text: (text: string) => item(0x0c, utf8(text)),
  explicit: (tag: number, content: Uint8Array) => item(0xa0 | tag, content),
  objectId,
  time: (unixSeconds: number) => {
    const date = new Date(unixSeconds * 1000);
    const digits = `${date.toISOString().replace(/[-:T]|\.\d+/g, "")}`;
    return date.getUTCFullYear() < 2050 ? item(0x17, utf8(digits.slice(2))) : item(0x18, utf8(digits));
  },
} as const;

function item(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const bytes: number[] = [];
  for (let left = length; left > 0; left >>>= 8) bytes.unshift(left & 0xff);
  const head = length < 0x80 ? [length] : [0x80 | bytes.length, ...bytes];
  return concat(Uint8Array.of(tag, ...head), content);
}

function integer(value: bigint): Uint8Array {
  let length = 1;
  while (BigInt.asIntN(8 * length, value) !== value) length++;
  const content = Uint8Array.from({ length }, (_, i) =>
    Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn),
  );
  return item(0x02, content);
}

function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const content = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift((left & 0x7f) | 0x80);
    }
    content.push(...digits);
  }
  return item(0x06, Uint8Array.from(content));
}
