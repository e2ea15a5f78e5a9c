import { type Codec, encode } from "../../src/codec/schema.ts";
import type { Random } from "./random.ts";

/** One place in a structure, and what may be put there. */
interface Place {
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

/** Longer bytes are documents of their own, with rules that tests of the state machine have no opinion on. */
const MAX_FLIPPED_LENGTH = 256;
const MAX_U64 = (1n << 64n) - 1n;

/**
 * A copy of a protocol structure with one member changed: a number by one or to an extreme, a list shortened, something
 * left out. A change that the codec cannot write is not made.
 */
export function mutate<T>(random: Random, codec: Codec<T>, value: T): T {
  const copy = structuredClone(value);
  const places = placesIn(copy);
  if (places.length === 0) {
    return copy;
  }
  const place = random.pick(places);
  place.set(change(random, place.value));
  try {
    encode(codec, copy);
    return copy;
  } catch {
    return value;
  }
}

/** {@link mutate} with a probability. */
export function maybeMutate<T>(random: Random, probability: number, codec: Codec<T>, value: T): T {
  return random.chance(probability) ? mutate(random, codec, value) : value;
}

function placesIn(value: unknown): Place[] {
  if (value instanceof Map) {
    return Array.from(value, ([key, member]) =>
      withInner({ value: member, set: (changed) => value.set(key, changed) }),
    ).flat();
  }
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) {
    return [];
  }
  const members = value as Record<string, unknown>;
  return Object.keys(members).flatMap((name) =>
    withInner({
      value: members[name],
      set: (changed) => {
        members[name] = changed;
      },
    }),
  );
}

function withInner(place: Place): Place[] {
  return [place, ...placesIn(place.value)];
}

function change(random: Random, value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return random.pick([
        0n,
        1n,
        value + 1n,
        value > 0n ? value - 1n : 2n,
        MAX_U64,
        MAX_U64 >> 1n,
        10n ** 30n,
      ]);
    case "number":
      return random.pick([0, 1, value + 1, value > 0 ? value - 1 : 2, 101, 255, 65_535]);
    case "boolean":
      return !value;
    case "string":
      return random.pick(["", `${value}x`]);
    default:
      return changeObject(random, value);
  }
}

function changeObject(random: Random, value: unknown): unknown {
  if (value instanceof Uint8Array && value.length > MAX_FLIPPED_LENGTH) {
    return random.pick([new Uint8Array(0), null]);
  }
  if (value instanceof Uint8Array) {
    const flipped = value.slice();
    if (flipped.length > 0) {
      flipped[random.int(flipped.length)]! ^= 1 << random.int(8);
    }
    return random.pick([flipped, flipped, new Uint8Array(value.length), new Uint8Array(0), null]);
  }
  if (value instanceof Map) {
    const entries = [...value];
    return random.pick([null, new Map(), new Map(entries.slice(1))]);
  }
  if (Array.isArray(value)) {
    return random.pick([null, [], value.slice(1), [...value, ...value.slice(0, 1)], value.toReversed()]);
  }
  return null;
}
