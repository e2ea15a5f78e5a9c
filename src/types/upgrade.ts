import { type Infer, i64, nullable, struct, text, u16, u64 } from "../codec/schema.ts";
import { EpochTime, ProtocolVersions } from "./common.ts";

/** Version of the descriptors that are written and accepted. */
export const LATEST_DESCRIPTOR_VERSION = 1;
/** Shortest handler name in bytes. */
export const MIN_HANDLER_LENGTH = 3;
/** Longest handler name in bytes. */
export const MAX_HANDLER_LENGTH = 32;

/** What a network upgrade is and when it happens. oasis-core v26.1 go/upgrade/api. */
export const Descriptor = struct("Descriptor", {
  v: u16,
  handler: text,
  target: ProtocolVersions,
  epoch: EpochTime,
});
export type Descriptor = Infer<typeof Descriptor>;

/** An upgrade that this node waits for. */
export const PendingUpgrade = struct("PendingUpgrade", {
  v: u16,
  descriptor: nullable(Descriptor),
  upgrade_height: i64,
  last_completed_stage: u64,
});
export type PendingUpgrade = Infer<typeof PendingUpgrade>;
