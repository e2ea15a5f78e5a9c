import { concat } from "../../codec/bytes.ts";
import { sha512 } from "../../crypto/hash.ts";

const BLOCK = 64;
/** Most bytes of one request (SP 800-90A: 2^19 bits). */
const MAX_REQUEST = 1 << 16;
const EMPTY = new Uint8Array(0);

/**
 * HMAC_DRBG of NIST SP 800-90A with SHA-512, without reseeding and additional input.
 * The state is updated after every request, so two short reads differ from one long read.
 */
export class HmacDrbg {
  #key: Uint8Array = new Uint8Array(BLOCK);
  #value: Uint8Array = new Uint8Array(BLOCK).fill(1);

  constructor(entropy: Uint8Array, nonce: Uint8Array, personalization: Uint8Array) {
    this.#update(concat(entropy, nonce, personalization));
  }

  /** The next `length` bytes, 1 to 65536. */
  read(length: number): Uint8Array {
    if (length < 1 || length > MAX_REQUEST) {
      throw new RangeError(`a request is for 1 to ${MAX_REQUEST} bytes, not ${length}`);
    }
    const blocks: Uint8Array[] = [];
    for (let have = 0; have < length; have += BLOCK) {
      this.#value = hmacSha512(this.#key, this.#value);
      blocks.push(this.#value);
    }
    this.#update(EMPTY);
    return concat(...blocks).subarray(0, length);
  }

  #update(provided: Uint8Array): void {
    this.#key = hmacSha512(this.#key, this.#value, Uint8Array.of(0), provided);
    this.#value = hmacSha512(this.#key, this.#value);
    if (provided.length > 0) {
      this.#key = hmacSha512(this.#key, this.#value, Uint8Array.of(1), provided);
      this.#value = hmacSha512(this.#key, this.#value);
    }
  }
}

const HASH_BLOCK = 128;

/** HMAC of a 64-byte key (RFC 2104). */
function hmacSha512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const inner = new Uint8Array(HASH_BLOCK).fill(0x36);
  const outer = new Uint8Array(HASH_BLOCK).fill(0x5c);
  for (let i = 0; i < key.length; i++) {
    inner[i]! ^= key[i]!;
    outer[i]! ^= key[i]!;
  }
  return sha512(outer, sha512(inner, ...parts));
}
