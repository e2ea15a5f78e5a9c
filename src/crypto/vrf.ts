import { ed25519, ed25519_hasher } from "@noble/curves/ed25519.js";
import { bigintFromBytes, concat, equal, utf8 } from "../codec/bytes.ts";
import { type PublicKey, VRF_PROOF_LENGTH, type VrfProof } from "../codec/common-types.ts";
import { littleEndian } from "./ed25519.ts";
import { sha512 } from "./hash.ts";
import { primitives } from "./native.ts";
import type { VerifyOptions } from "./signature.ts";

const { Point } = ed25519;
type EdwardsPoint = InstanceType<typeof Point>;

const SHA512_BLOCK_LENGTH = 128;
const SUITE = 4;
const CHALLENGE_FRONT = new Uint8Array([SUITE, 2]);
const BETA_FRONT = new Uint8Array([SUITE, 3]);
const BACK = new Uint8Array([0]);
const DST = concat(utf8("ECVRF_edwards25519_XMD:SHA-512_ELL2_NU_"), new Uint8Array([SUITE]));
/** Bytes that become an element of the field (RFC 9380 section 5: 255 + 128 bits). */
const ELEMENT_LENGTH = 48;
const EXPAND_FRONT = new Uint8Array(SHA512_BLOCK_LENGTH);
const EXPAND_BACK = concat(new Uint8Array([0, ELEMENT_LENGTH, 0]), DST, new Uint8Array([DST.length]));
const FIRST_BLOCK_BACK = concat(new Uint8Array([1]), DST, new Uint8Array([DST.length]));
const CHALLENGE_LENGTH = 16;
const ORDER = Point.Fn.ORDER;
const FIELD_ORDER = Point.Fp.ORDER;
/** The library declares it for fields of higher degree; of this one it takes one element and gives a point. */
const mapToCurve = ed25519_hasher.mapToCurve as unknown as (element: bigint) => EdwardsPoint;

export const VRF_OUTPUT_LENGTH = 64;

interface ProofParts {
  readonly gammaBytes: Uint8Array;
  readonly gamma: EdwardsPoint;
  /** Challenge, 16 bytes little-endian. */
  readonly c: Uint8Array;
  /** Scalar below the group order, 32 bytes little-endian. */
  readonly s: Uint8Array;
}

/**
 * Proof (Γ 32 ‖ c 16 ‖ s 32) of ECVRF-EDWARDS25519-SHA512-ELL2 as in RFC 9381, where the challenge includes the key.
 */
export function proveVrf(seed: Uint8Array, publicKey: PublicKey, alpha: Uint8Array): VrfProof {
  const { scalar, prefix } = ed25519.utils.getExtendedPublicKey(seed);
  const h = encodeToCurve(publicKey, alpha);
  const hBytes = h.toBytes();
  const gamma = h.multiply(scalar);
  const nonce = littleEndian(sha512(prefix, hBytes)) % ORDER;
  const c = challenge(
    publicKey,
    hBytes,
    gamma.toBytes(),
    Point.BASE.multiply(nonce).toBytes(),
    h.multiply(nonce).toBytes(),
  );
  const s = (nonce + littleEndian(c) * scalar) % ORDER;
  return concat(gamma.toBytes(), c, Point.Fn.toBytes(s));
}

/** The output (beta, 64 bytes) of a valid proof; undefined when it is not valid for the key and alpha. */
export function verifyVrf(
  publicKey: PublicKey,
  alpha: Uint8Array,
  proof: VrfProof,
  { blacklist, known }: VerifyOptions = {},
): Uint8Array | undefined {
  if (blacklist?.has(publicKey)) return undefined;
  const former = known?.vrf.get(publicKey, alpha, proof);
  if (former !== undefined) return former;
  const output = verified(publicKey, alpha, proof);
  if (output !== undefined) known?.vrf.add({ publicKey, alpha, proof, output });
  return output;
}

function verified(publicKey: PublicKey, alpha: Uint8Array, proof: VrfProof): Uint8Array | undefined {
  const parts = decodeProof(proof);
  if (parts === undefined) return undefined;
  const h = encodeToCurve(publicKey, alpha);
  const hBytes = h.toBytes();
  const points = uAndV(publicKey, h, hBytes, parts);
  if (points === undefined) return undefined;
  const expected = challenge(publicKey, hBytes, parts.gammaBytes, ...points);
  return equal(parts.c, expected) ? betaOf(parts.gamma) : undefined;
}

/** Encodings of `s·B − c·Y` and `s·H − c·Γ`; undefined when the key is not canonical or of small order. */
function uAndV(
  publicKey: PublicKey,
  h: EdwardsPoint,
  hBytes: Uint8Array,
  proof: ProofParts,
): [Uint8Array, Uint8Array] | undefined {
  const { gammaBytes, gamma, c, s } = proof;
  const cScalar = new Uint8Array(32);
  cScalar.set(c);
  const u = primitives.scaledDifference(s, undefined, cScalar, publicKey);
  const v = u && primitives.scaledDifference(s, hBytes, cScalar, gammaBytes);
  if (u !== undefined && v !== undefined) return [u, v];
  // Points outside the prime-order group: slower, by the same equations.
  const y = canonicalPoint(publicKey);
  if (y === undefined || y.isSmallOrder()) return undefined;
  const [cNumber, sNumber] = [littleEndian(c), littleEndian(s)];
  return [
    Point.BASE.multiplyUnsafe(sNumber).subtract(y.multiplyUnsafe(cNumber)).toBytes(),
    h.multiplyUnsafe(sNumber).subtract(gamma.multiplyUnsafe(cNumber)).toBytes(),
  ];
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

/**
 * `encode_to_curve` of RFC 9380. The hashing is done here, with the platform's SHA-512: the library hashes in JavaScript,
 * which takes longer to be compiled than all proofs of an epoch to be verified.
 */
function encodeToCurve(publicKey: Uint8Array, alpha: Uint8Array): EdwardsPoint {
  // expand_message_xmd (5.3.1); one element takes less than its first block.
  const seed = sha512(EXPAND_FRONT, publicKey, alpha, EXPAND_BACK);
  const block = sha512(seed, FIRST_BLOCK_BACK);
  return mapToCurve(bigintFromBytes(block, 0, ELEMENT_LENGTH) % FIELD_ORDER);
}

function challenge(
  publicKey: Uint8Array,
  h: Uint8Array,
  gamma: Uint8Array,
  u: Uint8Array,
  v: Uint8Array,
): Uint8Array {
  const digest = sha512(CHALLENGE_FRONT, publicKey, h, gamma, u, v, BACK);
  return digest.slice(0, CHALLENGE_LENGTH);
}

function decodeProof(proof: Uint8Array): ProofParts | undefined {
  if (proof.length !== VRF_PROOF_LENGTH) return undefined;
  const gammaBytes = proof.slice(0, 32);
  const gamma = canonicalPoint(gammaBytes);
  const s = proof.slice(48);
  if (gamma === undefined || littleEndian(s) >= ORDER) return undefined;
  return { gammaBytes, gamma, c: proof.slice(32, 48), s };
}

function canonicalPoint(encoded: Uint8Array): EdwardsPoint | undefined {
  try {
    return Point.fromBytes(encoded.slice());
  } catch {
    return undefined;
  }
}
