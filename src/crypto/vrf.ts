import { ed25519, ed25519_hasher } from "@noble/curves/ed25519.js";
import { concat, equal, utf8 } from "../codec/bytes.ts";
import { type PublicKey, VRF_PROOF_LENGTH, type VrfProof } from "../codec/common-types.ts";
import type { Blacklist } from "./blacklist.ts";
import { littleEndian } from "./ed25519.ts";
import { sha512 } from "./hash.ts";

const { Point } = ed25519;
type EdwardsPoint = InstanceType<typeof Point>;

const SUITE = 4;
const CHALLENGE_FRONT = new Uint8Array([SUITE, 2]);
const BETA_FRONT = new Uint8Array([SUITE, 3]);
const BACK = new Uint8Array([0]);
const DST = concat(utf8("ECVRF_edwards25519_XMD:SHA-512_ELL2_NU_"), new Uint8Array([SUITE]));
const CHALLENGE_LENGTH = 16;
const ORDER = Point.Fn.ORDER;

export const VRF_OUTPUT_LENGTH = 64;

/**
 * Proof (Γ 32 ‖ c 16 ‖ s 32) of ECVRF-EDWARDS25519-SHA512-ELL2 as in RFC 9381, where the challenge includes the key.
 */
export function proveVrf(seed: Uint8Array, publicKey: PublicKey, alpha: Uint8Array): VrfProof {
  const { scalar, prefix } = ed25519.utils.getExtendedPublicKey(seed);
  const h = encodeToCurve(publicKey, alpha);
  const hBytes = h.toBytes();
  const gamma = h.multiply(scalar);
  const nonce = littleEndian(sha512(prefix, hBytes)) % ORDER;
  const c = challenge(publicKey, hBytes, gamma.toBytes(), Point.BASE.multiply(nonce), h.multiply(nonce));
  const s = (nonce + littleEndian(c) * scalar) % ORDER;
  return concat(gamma.toBytes(), c, Point.Fn.toBytes(s));
}

/** The output (beta, 64 bytes) of a valid proof; undefined when it is not valid for the key and alpha. */
export function verifyVrf(
  publicKey: PublicKey,
  alpha: Uint8Array,
  proof: VrfProof,
  blacklist?: Blacklist,
): Uint8Array | undefined {
  if (blacklist?.has(publicKey)) return undefined;
  const y = canonicalPoint(publicKey);
  const parts = decodeProof(proof);
  if (y === undefined || y.isSmallOrder() || parts === undefined) return undefined;
  const { gamma, c, s } = parts;
  const cScalar = littleEndian(c);
  const h = encodeToCurve(publicKey, alpha);
  const u = Point.BASE.multiplyUnsafe(s).subtract(y.multiplyUnsafe(cScalar));
  const v = h.multiplyUnsafe(s).subtract(gamma.multiplyUnsafe(cScalar));
  const expected = challenge(publicKey, h.toBytes(), proof.subarray(0, 32), u, v);
  return equal(c, expected) ? betaOf(gamma) : undefined;
}

/** Output of a proof that is known to be valid. @throws TypeError when it does not even decode */
export function vrfProofToHash(proof: VrfProof): Uint8Array {
  const parts = decodeProof(proof);
  if (parts === undefined) throw new TypeError("not a VRF proof");
  return betaOf(parts.gamma);
}

function betaOf(gamma: EdwardsPoint): Uint8Array {
  return sha512(BETA_FRONT, gamma.clearCofactor().toBytes(), BACK);
}

function encodeToCurve(publicKey: Uint8Array, alpha: Uint8Array): EdwardsPoint {
  return ed25519_hasher.encodeToCurve(concat(publicKey, alpha), { DST });
}

function challenge(
  publicKey: Uint8Array,
  h: Uint8Array,
  gamma: Uint8Array,
  u: EdwardsPoint,
  v: EdwardsPoint,
): Uint8Array {
  const digest = sha512(CHALLENGE_FRONT, publicKey, h, gamma, u.toBytes(), v.toBytes(), BACK);
  return digest.slice(0, CHALLENGE_LENGTH);
}

function decodeProof(proof: Uint8Array): { gamma: EdwardsPoint; c: Uint8Array; s: bigint } | undefined {
  if (proof.length !== VRF_PROOF_LENGTH) return undefined;
  const gamma = canonicalPoint(proof.subarray(0, 32));
  const s = littleEndian(proof.subarray(48));
  if (gamma === undefined || s >= ORDER) return undefined;
  return { gamma, c: proof.slice(32, 48), s };
}

function canonicalPoint(encoded: Uint8Array): EdwardsPoint | undefined {
  try {
    return Point.fromBytes(encoded.slice());
  } catch {
    return undefined;
  }
}
