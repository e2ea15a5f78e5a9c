import { namespace } from "../codec/common-types.ts";
import {
  bytes,
  type Infer,
  int,
  list,
  map,
  nullable,
  optional,
  struct,
  textEnum,
  u8,
  u64,
  unixTime,
} from "../codec/schema.ts";
import * as churp from "./churp.ts";
import { EpochTime, Version } from "./common.ts";
import * as secrets from "./keymanager.ts";
import { PeerID } from "./peer-id.ts";

// Status of a key manager node. oasis-core v26.1 go/worker/keymanager/api.

/** What the key manager worker does. */
export const StatusState = textEnum("StatusState", "u8", { ready: 0, starting: 1, stopped: 2, disabled: 3 });
export type StatusState = Infer<typeof StatusState>;

/** Peers that may call protected methods for a ParaTime. */
export const RuntimeAccessList = struct("RuntimeAccessList", { runtime_id: namespace, peers: list(PeerID) });
export type RuntimeAccessList = Infer<typeof RuntimeAccessList>;

/** Master secrets seen by the worker. */
export const MasterSecretStats = struct("MasterSecretStats", {
  num_loaded: int,
  last_loaded_generation: u64,
  num_generated: int,
  last_generated_generation: u64,
});
export type MasterSecretStats = Infer<typeof MasterSecretStats>;

/** Ephemeral secrets seen by the worker. */
export const EphemeralSecretStats = struct("EphemeralSecretStats", {
  num_loaded: int,
  last_loaded_epoch: EpochTime,
  num_generated: int,
  last_generated_epoch: EpochTime,
});
export type EphemeralSecretStats = Infer<typeof EphemeralSecretStats>;

/** The worker that handles secrets. */
export const SecretsWorkerStatus = struct("SecretsWorkerStatus", {
  status: StatusState,
  last_registration: unixTime,
  policy: nullable(secrets.SignedPolicySGX),
  policy_checksum: bytes,
  master_secrets: MasterSecretStats,
  ephemeral_secrets: EphemeralSecretStats,
  private_peers: list(PeerID),
});
export type SecretsWorkerStatus = Infer<typeof SecretsWorkerStatus>;

/** Secrets, as the chain and as the worker see them. */
export const SecretsStatus = struct("SecretsStatus", {
  status: nullable(secrets.Status),
  worker: SecretsWorkerStatus,
});
export type SecretsStatus = Infer<typeof SecretsStatus>;

/** One CHURP scheme. */
export const ChurpSchemeStatus = struct("ChurpSchemeStatus", { status: optional(nullable(churp.Status)) });
export type ChurpSchemeStatus = Infer<typeof ChurpSchemeStatus>;

/** All CHURP schemes. */
export const ChurpStatus = struct("ChurpStatus", { schemes: optional(map(u8, ChurpSchemeStatus)) });
export type ChurpStatus = Infer<typeof ChurpStatus>;

/** Status of the key manager worker. */
export const Status = struct("Status", {
  status: StatusState,
  active_version: nullable(Version),
  runtime_id: nullable(namespace),
  client_runtimes: list(namespace),
  access_list: list(RuntimeAccessList),
  secrets: nullable(SecretsStatus),
  churp: ChurpStatus,
});
export type Status = Infer<typeof Status>;
