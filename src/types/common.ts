import { publicKey, rawSignature } from "../codec/common-types.ts";
import { bytes, type Infer, list, map, optional, struct, text, u16, u64 } from "../codec/schema.ts";

/** A semantic version, every part 16 bits. 0.0.0 encodes as an empty map. oasis-core v26.1 go/common/version. */
export const Version = struct("Version", {
  major: optional(u16),
  minor: optional(u16),
  patch: optional(u16),
});
export type Version = Infer<typeof Version>;

/** The protocol versions that an upgrade aims at, or that a binary speaks. */
export const ProtocolVersions = struct("ProtocolVersions", {
  consensus_protocol: Version,
  runtime_host_protocol: Version,
  runtime_committee_protocol: Version,
});
export type ProtocolVersions = Infer<typeof ProtocolVersions>;

/** A signature together with the key that made it. */
export const Signature = struct("Signature", {
  public_key: publicKey,
  signature: rawSignature,
});
export type Signature = Infer<typeof Signature>;

/** Envelope of one signature over the blob's bytes as they are (never over a re-encoding). */
export const Signed = struct("Signed", {
  untrusted_raw_value: bytes,
  signature: Signature,
});
export type Signed = Infer<typeof Signed>;

/** Envelope of several signatures over the blob's bytes as they are. */
export const MultiSigned = struct("MultiSigned", {
  untrusted_raw_value: bytes,
  signatures: list(Signature),
});
export type MultiSigned = Infer<typeof MultiSigned>;

/** Gas cost per operation name; an operation that is not listed is free. */
export const Costs = map(text, u64);
export type Costs = Infer<typeof Costs>;

/** Epoch number; the two largest values are reserved. oasis-core v26.1 go/beacon/api. */
export const EpochTime = u64;
export type EpochTime = bigint;

/** "No epoch": also what the current epoch reads as before the first block is executed. */
export const EPOCH_INVALID: EpochTime = 0xffff_ffff_ffff_ffffn;
/** Largest epoch that can be scheduled. */
export const EPOCH_MAX: EpochTime = 0xffff_ffff_ffff_fffen;
