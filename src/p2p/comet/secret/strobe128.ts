import { keccakP } from "@noble/hashes/sha3.js";
import { utf8 } from "../../../codec/bytes.ts";

/** Bytes of the Keccak state that data goes through: 200 less twice the security level in bytes less 2. */
const RATE = 166;

/** Operation flags of the STROBE specification, version 1.0.2, section 6.2. */
const INBOUND = 1;
const APPLICATION = 2;
const CIPHER = 4;
const META = 16;

const AD = APPLICATION;
const META_AD = META | APPLICATION;
const PRF = INBOUND | APPLICATION | CIPHER;

/**
 * The three operations of STROBE-128 that Merlin transcripts use: associated data, data about data, and
 * pseudo-random output. https://strobe.sourceforge.io/specs
 */
export class Strobe128 {
  // Keccak works on little-endian words; every machine that Node 24 runs on is little-endian.
  readonly #words = new Uint32Array(50);
  readonly #state = new Uint8Array(this.#words.buffer);
  #position = 0;
  #begin = 0;
  #flags = 0;

  constructor(protocol: string) {
    this.#state.set([1, RATE + 2, 1, 0, 1, 12 * 8]);
    this.#state.set(utf8("STROBEv1.0.2"), 6);
    keccakP(this.#words);
    this.metaAd(utf8(protocol));
  }

  ad(data: Uint8Array): void {
    this.#operate(AD, false);
    this.#absorb(data);
  }

  /** @param more whether this goes on with the data of the call before */
  metaAd(data: Uint8Array, more = false): void {
    this.#operate(META_AD, more);
    this.#absorb(data);
  }

  prf(length: number): Uint8Array {
    this.#operate(PRF, false);
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      out[i] = this.#state[this.#position]!;
      this.#state[this.#position] = 0;
      this.#step();
    }
    return out;
  }

  #operate(flags: number, more: boolean): void {
    if (more) {
      if (flags !== this.#flags) throw new TypeError("a STROBE operation cannot go on as another one");
      return;
    }
    const previous = this.#begin;
    this.#begin = this.#position + 1;
    this.#flags = flags;
    this.#absorb(Uint8Array.of(previous, flags));
    if ((flags & CIPHER) !== 0 && this.#position !== 0) this.#permute();
  }

  #absorb(data: Uint8Array): void {
    for (const byte of data) {
      this.#mix(this.#position, byte);
      this.#step();
    }
  }

  #step(): void {
    this.#position++;
    if (this.#position === RATE) this.#permute();
  }

  #permute(): void {
    this.#mix(this.#position, this.#begin);
    this.#mix(this.#position + 1, 0x04);
    this.#mix(RATE + 1, 0x80);
    keccakP(this.#words);
    this.#position = 0;
    this.#begin = 0;
  }

  #mix(at: number, byte: number): void {
    this.#state[at] = this.#state[at]! ^ byte;
  }
}
