import { CodecError } from "../../src/codec/errors.ts";
import { ProtoReader, ProtoWriter, WIRE_BYTES, WIRE_VARINT } from "../../src/codec/proto.ts";
import type { Random } from "../fuzz/random.ts";

/** A field of an encoded message, without a schema: bytes that are a message themselves are taken apart. */
interface Field {
  readonly number: number;
  readonly wireType: number;
  value: bigint | Uint8Array | Field[];
}

const MAX_DEPTH = 8;
/** Numbers at which something may change, as int32, int64 or count. */
const NUMBERS: readonly bigint[] = [
  ...[0n, 1n, 2n, 9n, 65n, 100n, 1601n, 1602n, 10_000n, 10_001n, 65_535n, 65_536n],
  ...[
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n,
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
  ],
];

/** An encoded message with something changed: a field of it, or bytes without regard for what they are. */
export function mutateMessage(random: Random, encoded: Uint8Array): Uint8Array {
  const fields = random.chance(0.7) ? takeApart(encoded, MAX_DEPTH) : null;
  if (fields === null) return mutateBytes(random, encoded);
  for (let i = random.between(1, 2); i > 0; i--) mutateField(random, fields);
  return putTogether(fields);
}

/** Bytes flipped, cut, repeated, moved, put in or replaced. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.int(bytes.length + 1);
  const until = random.between(at, Math.min(bytes.length, at + 40));
  const changed = bytes.slice();
  switch (random.int(7)) {
    case 0:
      for (let i = random.between(1, 4); i > 0 && changed.length > 0; i--) {
        changed[random.int(changed.length)]! ^= 1 << random.int(8);
      }
      return changed;
    case 1:
      return changed.subarray(0, at);
    case 2:
      return changed.subarray(at);
    case 3:
      return joined(changed.subarray(0, at), changed.subarray(until));
    case 4:
      return joined(changed.subarray(0, until), changed.subarray(at));
    case 5:
      return joined(changed.subarray(0, at), random.bytes(random.between(1, 12)), changed.subarray(at));
    default:
      return random.bytes(random.int(60));
  }
}

function mutateField(random: Random, fields: Field[]): void {
  const lists = listsIn(fields);
  const list = random.pick(lists);
  if (list.length === 0) return;
  const at = random.int(list.length);
  const field = list[at]!;
  switch (random.int(6)) {
    case 0:
      list.splice(at, 1);
      break;
    case 1:
      for (let i = random.pick([1, 1, 3, 200]); i > 0; i--) list.splice(at, 0, field);
      break;
    case 2:
      list.splice(random.int(list.length), 0, ...list.splice(at, 1));
      break;
    case 3:
      list.splice(at, 1, { ...field, number: random.between(1, 16) });
      break;
    default:
      list.splice(at, 1, { ...field, value: changed(random, field.value) });
  }
}

function changed(random: Random, value: Field["value"]): Field["value"] {
  if (typeof value === "bigint") {
    return random.chance(0.3) ? BigInt.asUintN(64, value + random.pick([1n, -1n])) : random.pick(NUMBERS);
  }
  if (value instanceof Uint8Array) {
    return random.chance(0.2)
      ? new Uint8Array(random.pick([0, 1, 19, 20, 21, 31, 32, 33, 64, 65]))
      : mutateBytes(random, value);
  }
  return random.chance(0.5) ? [] : mutateBytes(random, putTogether(value));
}

function listsIn(fields: Field[]): Field[][] {
  return [fields, ...fields.flatMap(({ value }) => (Array.isArray(value) ? listsIn(value) : []))];
}

/** Null when the bytes are no message. */
function takeApart(bytes: Uint8Array, depth: number): Field[] | null {
  const fields: Field[] = [];
  const r = new ProtoReader(bytes);
  try {
    while (!r.done) {
      const { field: number, wireType } = r.tag();
      if (wireType === WIRE_VARINT) fields.push({ number, wireType, value: r.varint() });
      else if (wireType === WIRE_BYTES) {
        const inner = r.bytes();
        const parts = depth > 0 && inner.length > 0 ? takeApart(inner, depth - 1) : null;
        fields.push({ number, wireType, value: parts ?? inner.slice() });
      } else return null;
    }
    return fields;
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

function putTogether(fields: readonly Field[]): Uint8Array {
  const w = new ProtoWriter();
  for (const { number, wireType, value } of fields) {
    w.tag(number, wireType);
    if (typeof value === "bigint") w.varint(value);
    else w.bytes(value instanceof Uint8Array ? value : putTogether(value));
  }
  return w.finish();
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
