import { namespace, publicKey, rawSignature, x25519Key } from "../codec/common-types.ts";
import { bool, bytes, type Infer, list, map, nullable, optional, struct, u32, u64 } from "../codec/schema.ts";
import * as churp from "./churp.ts";
import { Costs, EpochTime, Signature } from "./common.ts";
import { EnclaveIdentity } from "./sgx.ts";

/** Who may ask one enclave for keys, and who may get its secrets. */
export const EnclavePolicySGX = struct("EnclavePolicySGX", {
  may_query: map(namespace, list(EnclaveIdentity)),
  may_replicate: list(EnclaveIdentity),
});
export type EnclavePolicySGX = Infer<typeof EnclavePolicySGX>;

/** Access control of a key manager. oasis-core v26.1 go/keymanager/secrets/policy_sgx.go. */
export const PolicySGX = struct("PolicySGX", {
  serial: u32,
  id: namespace,
  enclaves: map(EnclaveIdentity, nullable(EnclavePolicySGX)),
  master_secret_rotation_interval: optional(EpochTime),
  max_ephemeral_secret_age: optional(EpochTime),
});
export type PolicySGX = Infer<typeof PolicySGX>;

/** A policy signed by the policy signers; body of `keymanager.UpdatePolicy`. */
export const SignedPolicySGX = struct("SignedPolicySGX", { policy: PolicySGX, signatures: list(Signature) });
export type SignedPolicySGX = Infer<typeof SignedPolicySGX>;

/** State of a key manager. Null and empty `checksum` and `nodes` differ (facts/consensus-b.md 7.1). */
export const Status = struct("Status", {
  id: namespace,
  is_initialized: bool,
  is_secure: bool,
  generation: optional(u64),
  rotation_epoch: optional(EpochTime),
  checksum: bytes,
  nodes: list(publicKey),
  policy: nullable(SignedPolicySGX),
  next_policy: optional(nullable(SignedPolicySGX)),
  rsk: optional(nullable(publicKey)),
});
export type Status = Infer<typeof Status>;

/** What an enclave answers when initialised; signed and put into the node descriptor's extra info. */
export const InitResponse = struct("InitResponse", {
  is_secure: bool,
  checksum: bytes,
  next_checksum: optional(bytes),
  policy_checksum: bytes,
  rsk: optional(nullable(publicKey)),
  next_rsk: optional(nullable(publicKey)),
});
export type InitResponse = Infer<typeof InitResponse>;

/** An init response signed by the enclave. */
export const SignedInitResponse = struct("SignedInitResponse", {
  init_response: InitResponse,
  signature: bytes,
});
export type SignedInitResponse = Infer<typeof SignedInitResponse>;

/** A secret encrypted to every enclave of the committee. */
export const EncryptedSecret = struct("EncryptedSecret", {
  checksum: bytes,
  pub_key: x25519Key,
  ciphertexts: map(x25519Key, bytes),
});
export type EncryptedSecret = Infer<typeof EncryptedSecret>;

/** A master secret for a generation. */
export const EncryptedMasterSecret = struct("EncryptedMasterSecret", {
  runtime_id: namespace,
  generation: u64,
  epoch: EpochTime,
  secret: EncryptedSecret,
});
export type EncryptedMasterSecret = Infer<typeof EncryptedMasterSecret>;

/** An ephemeral secret for an epoch. */
export const EncryptedEphemeralSecret = struct("EncryptedEphemeralSecret", {
  runtime_id: namespace,
  epoch: EpochTime,
  secret: EncryptedSecret,
});
export type EncryptedEphemeralSecret = Infer<typeof EncryptedEphemeralSecret>;

/** Body of `keymanager.PublishMasterSecret`. */
export const SignedEncryptedMasterSecret = struct("SignedEncryptedMasterSecret", {
  secret: EncryptedMasterSecret,
  signature: rawSignature,
});
export type SignedEncryptedMasterSecret = Infer<typeof SignedEncryptedMasterSecret>;

/** Body of `keymanager.PublishEphemeralSecret`. */
export const SignedEncryptedEphemeralSecret = struct("SignedEncryptedEphemeralSecret", {
  secret: EncryptedEphemeralSecret,
  signature: rawSignature,
});
export type SignedEncryptedEphemeralSecret = Infer<typeof SignedEncryptedEphemeralSecret>;

/** Key manager parameters. */
export const ConsensusParameters = struct("ConsensusParameters", { gas_costs: optional(Costs) });
export type ConsensusParameters = Infer<typeof ConsensusParameters>;

/** Key manager part of the genesis document. */
export const Genesis = struct("Genesis", {
  params: ConsensusParameters,
  statuses: optional(list(Status)),
  churp: optional(nullable(churp.Genesis)),
});
export type Genesis = Infer<typeof Genesis>;

/** Statuses changed. The key is capitalised on the wire. */
export const StatusUpdateEvent = struct("StatusUpdateEvent", { Statuses: list(Status) });
export type StatusUpdateEvent = Infer<typeof StatusUpdateEvent>;

/** A master secret was published. The key is capitalised on the wire. */
export const MasterSecretPublishedEvent = struct("MasterSecretPublishedEvent", {
  Secret: nullable(SignedEncryptedMasterSecret),
});
export type MasterSecretPublishedEvent = Infer<typeof MasterSecretPublishedEvent>;

/** An ephemeral secret was published. The key is capitalised on the wire. */
export const EphemeralSecretPublishedEvent = struct("EphemeralSecretPublishedEvent", {
  Secret: nullable(SignedEncryptedEphemeralSecret),
});
export type EphemeralSecretPublishedEvent = Infer<typeof EphemeralSecretPublishedEvent>;
