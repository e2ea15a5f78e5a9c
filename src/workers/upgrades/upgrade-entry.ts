import { bool, type Infer, i64, list, struct, u64 } from "../../codec/schema.ts";
import { Descriptor } from "../../types/upgrade.ts";

/** Stages of an upgrade that were completed. oasis-core v26.1 go/upgrade/api. */
export const UPGRADE_STAGE = { none: 0n, started: 1n } as const;

/** An upgrade as this node keeps it: what the official node keeps, and who told of it. */
export const UpgradeEntry = struct("UpgradeEntry", {
  descriptor: Descriptor,
  /** Last block before it, once the node has stopped for it; 0 before. */
  height: i64,
  stage: u64,
  /** Whether it is the network's own, accepted by governance. */
  accepted: bool,
  /** Whether the operator cancelled it here although the network has accepted it. */
  cancelled: bool,
});
export type UpgradeEntry = Infer<typeof UpgradeEntry>;

export const UpgradeList = list(UpgradeEntry);

/** Where the entries are kept over restarts. */
export interface UpgradeStore {
  load(): UpgradeEntry[];
  save(entries: readonly UpgradeEntry[]): void;
}
