import { equal } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { type Committee, ROLE_BACKUP_WORKER, ROLE_WORKER } from "../../types/scheduler.ts";

/** Members are listed workers first, then backup workers; every function here relies on that order. */
export type CommitteeMembers = Pick<Committee, "members">;

/** Whether the node is in the committee, in any role. */
export function isMember(committee: CommitteeMembers, id: PublicKey): boolean {
  return members(committee).some((member) => equal(member.public_key, id));
}

/** Whether the node is a worker. */
export function isWorker(committee: CommitteeMembers, id: PublicKey): boolean {
  return members(committee).some((m) => m.role === ROLE_WORKER && equal(m.public_key, id));
}

/** Whether the node is a backup worker; a node can be both. */
export function isBackupWorker(committee: CommitteeMembers, id: PublicKey): boolean {
  return members(committee).some((m) => m.role === ROLE_BACKUP_WORKER && equal(m.public_key, id));
}

/** Number of workers, the possible transaction schedulers. */
export function workerCount(committee: CommitteeMembers): number {
  const backup = members(committee).findIndex((member) => member.role !== ROLE_WORKER);
  return backup < 0 ? members(committee).length : backup;
}

/**
 * Index of the worker that has the given rank as scheduler of a round; null when there are not that many workers.
 * The order rotates by one worker every round (consensus-b.md 3.7).
 */
export function schedulerIndex(committee: CommitteeMembers, round: bigint, rank: bigint): number | null {
  const total = BigInt(workerCount(committee));
  if (rank >= total) {
    return null;
  }
  return Number((rank + total - (round % total)) % total);
}

/** Rank of a worker as scheduler of a round, 0 the first in line; null when the node is not a worker. */
export function schedulerRank(committee: CommitteeMembers, round: bigint, id: PublicKey): bigint | null {
  const total = workerCount(committee);
  for (let index = total - 1; index >= 0; index--) {
    if (equal(members(committee)[index]!.public_key, id)) {
      // The sum wraps around, which a ParaTime that starts from a very late round can reach.
      return BigInt.asUintN(64, round + BigInt(index)) % BigInt(total);
    }
  }
  return null;
}

function members(committee: CommitteeMembers): readonly { role: number; public_key: PublicKey }[] {
  return committee.members ?? [];
}
