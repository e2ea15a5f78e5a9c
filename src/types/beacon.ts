import { publicKey, vrfProof } from "../codec/common-types.ts";
import { bool, bytes, type Infer, i64, map, nullable, optional, struct, text, u64 } from "../codec/schema.ts";
import { Costs, EpochTime } from "./common.ts";

/** Length of the random beacon in bytes. */
export const BEACON_SIZE = 32;

/** Randomness from block data; for test networks. */
export const BACKEND_INSECURE = "insecure";
/** Randomness from the nodes' VRF proofs. */
export const BACKEND_VRF = "vrf";

/** A VRF proof together with the key that made it. */
export const Proof = struct("Proof", { public_key: publicKey, proof: vrfProof });
export type Proof = Infer<typeof Proof>;

/** Which epoch begins, or began, at which block. */
export const EpochTimeState = struct("EpochTimeState", { epoch: EpochTime, height: i64 });
export type EpochTimeState = Infer<typeof EpochTimeState>;

/** Parameters of the insecure backend; the interval in blocks. */
export const InsecureParameters = struct("InsecureParameters", { interval: optional(i64) });
export type InsecureParameters = Infer<typeof InsecureParameters>;

/** Parameters of the VRF backend; interval and delay in blocks. */
export const VRFParameters = struct("VRFParameters", {
  alpha_hq_threshold: optional(u64),
  interval: optional(i64),
  proof_delay: optional(i64),
  gas_costs: optional(Costs),
});
export type VRFParameters = Infer<typeof VRFParameters>;

/** Beacon parameters. */
export const ConsensusParameters = struct("ConsensusParameters", {
  backend: text,
  debug_mock_backend: optional(bool),
  insecure_parameters: optional(nullable(InsecureParameters)),
  vrf_parameters: optional(nullable(VRFParameters)),
});
export type ConsensusParameters = Infer<typeof ConsensusParameters>;

/** Beacon part of the genesis document; `base` is the first epoch. */
export const Genesis = struct("Genesis", { base: EpochTime, params: ConsensusParameters });
export type Genesis = Infer<typeof Genesis>;

const Proofs = map(publicKey, nullable(Proof));

/** Proofs of the previous epoch. The key `pi.omitempty` is the official node's own slip (facts/formats.md 0.9). */
export const PrevVRFState = struct("PrevVRFState", { "pi.omitempty": Proofs, can_elect: optional(bool) });
export type PrevVRFState = Infer<typeof PrevVRFState>;

/** State of the VRF backend; `pi` maps node id to proof, `submit_after` is a height. */
export const VRFState = struct("VRFState", {
  epoch: optional(EpochTime),
  alpha: optional(bytes),
  pi: optional(Proofs),
  alpha_hq: optional(bool),
  submit_after: optional(i64),
  prev_state: optional(nullable(PrevVRFState)),
});
export type VRFState = Infer<typeof VRFState>;

/** Body of `beacon.VRFProve`. */
export const VRFProve = struct("VRFProve", { epoch: EpochTime, pi: bytes });
export type VRFProve = Infer<typeof VRFProve>;

/** Body of `beacon.SetEpoch` (mock backend only): the bare epoch. */
export const SetEpoch = u64;
export type SetEpoch = EpochTime;

/** A new epoch began. Epoch 0 encodes as an empty map. */
export const EpochEvent = struct("EpochEvent", { epoch: optional(EpochTime) });
export type EpochEvent = Infer<typeof EpochEvent>;

/** The random beacon changed. */
export const BeaconEvent = struct("BeaconEvent", { beacon: optional(bytes) });
export type BeaconEvent = Infer<typeof BeaconEvent>;

/** Proofs for an epoch can be sent after a height. */
export const VRFEvent = struct("VRFEvent", {
  epoch: optional(EpochTime),
  alpha: optional(bytes),
  submit_after: i64,
});
export type VRFEvent = Infer<typeof VRFEvent>;
