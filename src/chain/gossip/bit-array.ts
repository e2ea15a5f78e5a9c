import { CodecError } from "../../codec/errors.ts";
import { WIRE_BYTES } from "../../codec/proto.ts";
import type { Random } from "../../p2p/comet/random.ts";
import { type Field, type Infer, int64, type Message, message, scalar } from "../wire.ts";

/** Which validators have voted, or which parts are there. Null: nothing is known. */
export type Bits = boolean[];

const WORD_BITS = 64;

/** Longest array that any message may carry: the votes of the largest validator set (cometbft.md 4.6). */
export const MAX_BITS = 10_000;
const MAX_WORDS = Math.ceil(MAX_BITS / WORD_BITS);

const words: Field<bigint[]> = {
  number: 2,
  wireType: WIRE_BYTES,
  zero: () => [],
  write(w, values) {
    if (values.length === 0) return;
    w.tag(2, WIRE_BYTES);
    w.nested(() => {
      for (const value of values) w.varint(value);
    });
  },
  read(r, previous) {
    const nested = r.nested();
    while (!nested.done) {
      if (previous.length === MAX_WORDS) throw new CodecError("bit array is too long");
      previous.push(nested.varint());
    }
    return previous;
  },
};

const BitArrayProto = message("tendermint.libs.bits.BitArray", { bits: scalar(1, int64), elems: words });

/** `tendermint.libs.bits.BitArray`; an empty array is an empty message (cometbft.md 3.2). */
export const BitArray: Message<Bits> = {
  typeName: BitArrayProto.typeName,
  zero: () => [],
  write: (w, bits) => BitArrayProto.write(w, toWords(bits)),
  merge: (r) => fromWords(BitArrayProto.merge(r, BitArrayProto.zero())),
};

/** An array of zeros. */
export function noBits(size: number): Bits {
  return new Array<boolean>(size).fill(false);
}

/** A random index that is set in `ours` and not in `theirs`; -1 when there is none. */
export function pickMissing(ours: Bits, theirs: Bits, random: Pick<Random, "fraction">): number {
  const missing: number[] = [];
  for (const [index, isSet] of ours.entries()) if (isSet && !theirs[index]) missing.push(index);
  return missing.length === 0 ? -1 : missing[Math.floor(random.fraction() * missing.length)]!;
}

/** Sets a bit that is within the array. */
export function setBit(bits: Bits | null, index: number): void {
  if (bits !== null && index >= 0 && index < bits.length) bits[index] = true;
}

function toWords(bits: Bits): Infer<typeof BitArrayProto> {
  const elems = new Array<bigint>(Math.ceil(bits.length / WORD_BITS)).fill(0n);
  for (const [index, isSet] of bits.entries()) {
    if (isSet) elems[Math.floor(index / WORD_BITS)]! |= 1n << BigInt(index % WORD_BITS);
  }
  return { bits: BigInt(bits.length), elems };
}

function fromWords({ bits, elems }: Infer<typeof BitArrayProto>): Bits {
  if (bits < 0n || bits > MAX_BITS) throw new CodecError("bit array is too long");
  const size = Number(bits);
  if (elems.length !== Math.ceil(size / WORD_BITS)) throw new CodecError("bit array of another length");
  return Array.from(
    { length: size },
    (_, index) => ((elems[Math.floor(index / WORD_BITS)]! >> BigInt(index % WORD_BITS)) & 1n) === 1n,
  );
}
