/**
 * Pseudo random choices that are the same for a seed on every machine (sfc32).
 *
 * Not for secrets: a test prints its seed so that a failure can be repeated.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = 0x9e3779b9;
    this.#b = seed | 0;
    this.#c = Math.trunc(seed / 2 ** 32) | 0;
    for (let i = 0; i < 16; i++) {
      this.uint32();
    }
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** 0 to `bound - 1`. */
  int(bound: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * bound);
  }

  /** `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }

  /** 0 to `max`, `max` included. */
  bigint(max: bigint): bigint {
    const random = (BigInt(this.uint32()) << 32n) | BigInt(this.uint32());
    return max <= 0n ? 0n : random % (max + 1n);
  }

  chance(probability: number): boolean {
    return this.uint32() / 2 ** 32 < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }

  /** Some of the items, in their order. */
  some<T>(items: readonly T[], probability = 0.5): T[] {
    return items.filter(() => this.chance(probability));
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    return shuffled;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(256));
  }

  /** One of the choices by weight. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let left = (this.uint32() / 2 ** 32) * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of choices) {
      left -= weight;
      if (left < 0) {
        return value;
      }
    }
    throw new RangeError("no choices");
  }
}
