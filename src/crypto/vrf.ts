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
const ONE = Point.Fn.toBytes(1n);
const NINE = Point.Fn.toBytes(9n);
const ORDER = Point.Fn.ORDER;
const FIELD_ORDER = Point.Fp.ORDER;
/** The library declares it for fields of higher degree; of this one it takes one element and gives a point. */
const mapToCurve = ed25519_hasher.mapToCurve as unknown as (element: bigint) => EdwardsPoint;

export const VRF_OUTPUT_LENGTH = 64;

interface ProofParts {
  /** Encoding of Γ, which may not be that of a point. */
  readonly gamma: Uint8Array;
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
  const points = uAndVOfPrimeOrder(publicKey, hBytes, parts) ?? uAndV(publicKey, h, parts);
  if (points === undefined) return undefined;
  const expected = challenge(publicKey, hBytes, parts.gamma, ...points);
  return equal(parts.c, expected) ? betaOf(parts.gamma) : undefined;
}

/** What {@link uAndV} gives, natively; undefined also when a point is outside the prime-order group. */
function uAndVOfPrimeOrder(
  publicKey: PublicKey,
  h: Uint8Array,
  { gamma, c, s }: ProofParts,
): [Uint8Array, Uint8Array] | undefined {
  const cScalar = new Uint8Array(32);
  cScalar.set(c);
  const u = primitives.scaledDifference(s, undefined, cScalar, publicKey);
  const v = u && primitives.scaledDifference(s, h, cScalar, gamma);
  return u === undefined || v === undefined ? undefined : [u, v];
}

/** Encodings of `s·B − c·Y` and `s·H − c·Γ`; undefined when Y or Γ is not canonical, or Y of small order. */
function uAndV(
  publicKey: PublicKey,
  h: EdwardsPoint,
  proof: ProofParts,
): [Uint8Array, Uint8Array] | undefined {
  const y = canonicalPoint(publicKey);
  const gamma = canonicalPoint(proof.gamma);
  if (y === undefined || gamma === undefined || y.isSmallOrder()) return undefined;
  const [c, s] = [littleEndian(proof.c), littleEndian(proof.s)];
  return [
    Point.BASE.multiplyUnsafe(s).subtract(y.multiplyUnsafe(c)).toBytes(),
    h.multiplyUnsafe(s).subtract(gamma.multiplyUnsafe(c)).toBytes(),
  ];
}

/** Output of a proof that is known to be valid. @throws TypeError when it does not even decode */
export function vrfProofToHash(proof: VrfProof): Uint8Array {
  const parts = decodeProof(proof);
  const beta = parts && betaOf(parts.gamma);
  if (beta === undefined) throw new TypeError("not a VRF proof");
  return beta;
}

/** Undefined when the bytes are no point's. */
function betaOf(gamma: Uint8Array): Uint8Array | undefined {
  // 9·Γ − 1·Γ is the native way to take Γ eight times; points outside the prime-order group take the other one.
  const cleared =
    primitives.scaledDifference(NINE, gamma, ONE, gamma) ?? canonicalPoint(gamma)?.clearCofactor().toBytes();
  return cleared && sha512(BETA_FRONT, cleared, BACK);
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
  const s = proof.slice(48);
  if (littleEndian(s) >= ORDER) return undefined;
  return { gamma: proof.slice(0, 32), c: proof.slice(32, 48), s };
}

function canonicalPoint(encoded: Uint8Array): EdwardsPoint | undefined {
  try {
    return Point.fromBytes(encoded.slice());
  } catch {
    return undefined;
  }
}
