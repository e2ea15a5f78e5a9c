import { hash, namespace, publicKey, rawSignature } from "../codec/common-types.ts";
import { bool, type Infer, list, map, nullable, optional, struct, u8, u32 } from "../codec/schema.ts";
import { Costs, EpochTime, Signature } from "./common.ts";
import { EnclaveIdentity } from "./sgx.ts";

/** Next handoff of a scheme whose handoffs are off. */
export const HANDOFFS_DISABLED: EpochTime = 0xffff_ffff_ffff_ffffn;

/** Access control of a CHURP scheme. oasis-core v26.1 go/keymanager/churp. */
export const PolicySGX = struct("PolicySGX", {
  id: u8,
  runtime_id: namespace,
  serial: u32,
  may_share: list(EnclaveIdentity),
  may_join: list(EnclaveIdentity),
  may_query: optional(map(namespace, list(EnclaveIdentity))),
});
export type PolicySGX = Infer<typeof PolicySGX>;

/** A policy signed by the key managers' policy signers. */
export const SignedPolicySGX = struct("SignedPolicySGX", {
  policy: PolicySGX,
  signatures: optional(list(Signature)),
});
export type SignedPolicySGX = Infer<typeof SignedPolicySGX>;

/** A node's application for the next committee. */
export const Application = struct("Application", { checksum: hash, reconstructed: bool });
export type Application = Infer<typeof Application>;

/** State of a CHURP scheme. */
export const Status = struct("Status", {
  id: u8,
  runtime_id: namespace,
  suite_id: u8,
  threshold: u8,
  extra_shares: u8,
  handoff_interval: EpochTime,
  policy: SignedPolicySGX,
  handoff: EpochTime,
  checksum: optional(nullable(hash)),
  committee: optional(list(publicKey)),
  next_handoff: EpochTime,
  next_checksum: optional(nullable(hash)),
  applications: optional(map(publicKey, Application)),
});
export type Status = Infer<typeof Status>;

/** CHURP parameters. */
export const ConsensusParameters = struct("ConsensusParameters", { gas_costs: optional(Costs) });
export type ConsensusParameters = Infer<typeof ConsensusParameters>;

/** CHURP part of the genesis document. */
export const Genesis = struct("Genesis", { params: ConsensusParameters, statuses: optional(list(Status)) });
export type Genesis = Infer<typeof Genesis>;

/** Body of `keymanager/churp.Create`. */
export const CreateRequest = struct("CreateRequest", {
  id: u8,
  runtime_id: namespace,
  suite_id: optional(u8),
  threshold: optional(u8),
  extra_shares: optional(u8),
  handoff_interval: optional(EpochTime),
  policy: optional(SignedPolicySGX),
});
export type CreateRequest = Infer<typeof CreateRequest>;

/** Body of `keymanager/churp.Update`; null: no change. */
export const UpdateRequest = struct("UpdateRequest", {
  id: u8,
  runtime_id: namespace,
  extra_shares: optional(nullable(u8)),
  handoff_interval: optional(nullable(EpochTime)),
  policy: optional(nullable(SignedPolicySGX)),
});
export type UpdateRequest = Infer<typeof UpdateRequest>;

/** What an enclave signs to apply for a committee. */
export const ApplicationRequest = struct("ApplicationRequest", {
  id: u8,
  runtime_id: namespace,
  epoch: EpochTime,
  checksum: hash,
});
export type ApplicationRequest = Infer<typeof ApplicationRequest>;

/** Body of `keymanager/churp.Apply`. */
export const SignedApplicationRequest = struct("SignedApplicationRequest", {
  application: ApplicationRequest,
  signature: rawSignature,
});
export type SignedApplicationRequest = Infer<typeof SignedApplicationRequest>;

/** What an enclave signs to confirm that it holds its share. */
export const ConfirmationRequest = struct("ConfirmationRequest", {
  id: u8,
  runtime_id: namespace,
  epoch: EpochTime,
  checksum: hash,
});
export type ConfirmationRequest = Infer<typeof ConfirmationRequest>;

/** Body of `keymanager/churp.Confirm`. */
export const SignedConfirmationRequest = struct("SignedConfirmationRequest", {
  confirmation: ConfirmationRequest,
  signature: rawSignature,
});
export type SignedConfirmationRequest = Infer<typeof SignedConfirmationRequest>;

/** A scheme was created. The key is capitalised on the wire. */
export const CreateEvent = struct("CreateEvent", { Status: nullable(Status) });
export type CreateEvent = Infer<typeof CreateEvent>;

/** A scheme changed. The key is capitalised on the wire. */
export const UpdateEvent = struct("UpdateEvent", { Status: nullable(Status) });
export type UpdateEvent = Infer<typeof UpdateEvent>;
