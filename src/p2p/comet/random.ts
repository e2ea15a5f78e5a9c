import { randomFillSync, randomInt } from "node:crypto";

/** Randomness, so that tests can repeat it. */
export interface Random {
  bytes(length: number): Uint8Array;
  /** A number from 0 up to and without 1. */
  fraction(): number;
}

const PRECISION = 2 ** 47;

/** The system's randomness. */
export const systemRandom: Random = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
  fraction: () => randomInt(PRECISION) / PRECISION,
};

/** An integer from 0 up to and without `end`. */
export function below(random: Random, end: number): number {
  return Math.floor(random.fraction() * end);
}

/** Puts the first `count` places of the list in random order, drawn from the whole list, and returns them. */
export function draw<T>(random: Random, list: T[], count = list.length): T[] {
  const drawn = Math.min(count, list.length);
  for (let i = 0; i < drawn; i++) {
    const j = i + below(random, list.length - i);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list.slice(0, drawn);
}
