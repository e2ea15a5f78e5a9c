import { readU64be } from "../../codec/bytes.ts";
import { HmacDrbg } from "./drbg.ts";

/** Words fetched from the generator at once; part of the protocol, since every request changes its state. */
const BUFFERED_WORDS = 128;
const MAX_INT31 = 0x7fff_ffff;

/**
 * The integers that elections draw: Go's `math/rand` over a deterministic generator.
 *
 * `perm` and `shuffle` bound their draws by different methods, as in Go. consensus-b.md 3.5.
 */
export class Random {
  readonly #drbg: HmacDrbg;
  #words: Uint8Array;
  #next = 0;

  constructor(entropy: Uint8Array, nonce: Uint8Array, personalization: Uint8Array) {
    this.#drbg = new HmacDrbg(entropy, nonce, personalization);
    this.#words = this.#drbg.read(8 * BUFFERED_WORDS);
  }

  u64(): bigint {
    if (this.#next === BUFFERED_WORDS) {
      this.#words = this.#drbg.read(8 * BUFFERED_WORDS);
      this.#next = 0;
    }
    return readU64be(this.#words, 8 * this.#next++);
  }

  /** Uniform in 0 to n-1, for n up to 2^31-1. */
  intn(n: number): number {
    if ((n & (n - 1)) === 0) {
      return this.#int31() & (n - 1);
    }
    const max = MAX_INT31 - (2 ** 31 % n);
    let value = this.#int31();
    while (value > max) {
      value = this.#int31();
    }
    return value % n;
  }

  /** Random order of 0 to n-1. The first draw is wasted on a bound of 1. */
  perm(n: number): number[] {
    const order: number[] = [];
    for (let i = 0; i < n; i++) {
      const j = this.intn(i + 1);
      order[i] = order[j] ?? i;
      order[j] = i;
    }
    return order;
  }

  /** Shuffles in place, from the end. */
  shuffle<T>(items: T[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.#bounded(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
  }

  /** Uniform in 0 to n-1 by multiplication instead of remainder. */
  #bounded(n: number): number {
    const bound = BigInt(n);
    let product = this.#uint32() * bound;
    let low = product & 0xffff_ffffn;
    if (low < bound) {
      const threshold = ((1n << 32n) - bound) % bound;
      while (low < threshold) {
        product = this.#uint32() * bound;
        low = product & 0xffff_ffffn;
      }
    }
    return Number(product >> 32n);
  }

  #int63(): bigint {
    return this.u64() & 0x7fff_ffff_ffff_ffffn;
  }

  #int31(): number {
    return Number(this.#int63() >> 32n);
  }

  #uint32(): bigint {
    return this.#int63() >> 31n;
  }
}
