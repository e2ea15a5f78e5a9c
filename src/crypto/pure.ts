import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256, sha512, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_256 } from "@noble/hashes/sha3.js";
import { randomBytes } from "@noble/hashes/utils.js";
import type { Primitives } from "./primitives.ts";

/** The same primitives in JavaScript alone, for where there is no Node. */
export const primitives: Primitives = {
  sha512_256: (data) => sha512_256(data),
  sha256: (data) => sha256(data),
  sha512: (data) => sha512(data),
  sha3_256: (data) => sha3_256(data),
  ed25519PublicKey: (seed) => ed25519.getPublicKey(seed),
  ed25519Sign: (seed, _publicKey, message) => ed25519.sign(message, seed),
  // Nothing is gained from a first opinion here: the rule is decided by the same library anyway.
  ed25519Accepts: () => false,
  randomBytes: (length) => randomBytes(length),
};
