import { compare, fromHex, toHex } from "../../../codec/bytes.ts";
import type { PublicKey } from "../../../codec/common-types.ts";
import { HANDOFFS_DISABLED, type Status } from "../../../types/churp.ts";

/** Committees of secret shares and how they are handed from one to the next. consensus-b.md 5.3. */

/** Nodes that a committee needs: enough to reconstruct when the extra shares are lost. */
export function minCommitteeSize({ threshold, extra_shares: extra }: Readonly<Status>): number {
  return threshold + extra + 1;
}

/** Nodes that must apply for a handoff to begin; more when the committee is new or changes. */
export function minApplicants(status: Readonly<Status>): number {
  const committee = status.committee ?? [];
  const applications = status.applications ?? new Map();
  if (committee.length === 0) {
    return Math.max(minCommitteeSize(status), status.threshold + 2);
  }
  const isSame =
    committee.length === applications.size && committee.every((member) => applications.has(toHex(member)));
  return isSame ? minCommitteeSize(status) : Math.max(minCommitteeSize(status), 2 * status.threshold + 1);
}

export function areHandoffsDisabled({ handoff_interval: interval }: Readonly<Status>): boolean {
  return interval === 0n;
}

/** The scheme with its running handoff given up and another one planned. */
export function resetHandoff(status: Readonly<Status>, nextHandoff: bigint): Status {
  return { ...status, next_handoff: nextHandoff, next_checksum: null, applications: null };
}

/**
 * The scheme after a successful handoff; null when it has not succeeded yet.
 *
 * @param epochChange whether the epoch of the handoff is over; until then all applicants must confirm
 */
export function finalizeHandoff(status: Readonly<Status>, epochChange: boolean): Status | null {
  const applications = Array.from(status.applications ?? []);
  const committee = applications
    .filter(([, { reconstructed }]) => reconstructed)
    .map(([node]) => fromHex(node) as PublicKey)
    .sort(compare);
  if (
    committee.length < minCommitteeSize(status) ||
    (!epochChange && committee.length !== applications.length)
  ) {
    return null;
  }
  const next = nextHandoff(status, epochChange);
  return {
    ...status,
    handoff_interval: next === HANDOFFS_DISABLED ? 0n : status.handoff_interval,
    handoff: status.next_handoff,
    checksum: status.next_checksum,
    committee,
    next_handoff: next,
    next_checksum: null,
    applications: null,
  };
}

/** Handoffs end when the epoch overflows, which is tested with the last handoff but computed from the next. */
function nextHandoff(status: Readonly<Status>, epochChange: boolean): bigint {
  const { handoff, handoff_interval: interval } = status;
  if (handoff >= HANDOFFS_DISABLED - interval) {
    return HANDOFFS_DISABLED;
  }
  const next = BigInt.asUintN(64, status.next_handoff + interval);
  // One more epoch to apply, when the first one is this.
  return epochChange && interval === 1n && next < HANDOFFS_DISABLED ? next + 1n : next;
}
