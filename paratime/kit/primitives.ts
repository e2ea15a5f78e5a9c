import { hash } from "node:crypto";
import type { Primitives } from "../../src/crypto/primitives.ts";
import { primitives as pure } from "../../src/crypto/pure.ts";

/**
 * Primitives inside the sandbox, where no native library can be loaded: Node's own hashes, which a ParaTime's speed
 * depends on, and everything else in JavaScript.
 */
export const primitives: Primitives = {
  ...pure,
  sha512_256: (data) => digest("sha512-256", data),
  sha256: (data) => digest("sha256", data),
  sha512: (data) => digest("sha512", data),
  sha3_256: (data) => digest("sha3-256", data),
};

function digest(algorithm: string, data: Uint8Array): Uint8Array {
  return new Uint8Array(hash(algorithm, data, "buffer"));
}
