import { toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import type { Fault, NodeStatus } from "../../types/registry.ts";

/** Failures beyond this do not lengthen the suspension any more: at most 2^6 epochs. */
const MAX_SUSPENSION_EXPONENT = 6n;

/** A frozen node takes part in nothing until it is unfrozen by a transaction. */
export function isFrozen(status: Readonly<NodeStatus>): boolean {
  return status.freeze_end_time > 0n;
}

/** Whether the node may not be elected for the ParaTime in the epoch: frozen, or suspended for liveness faults. */
export function isSuspended(status: Readonly<NodeStatus>, runtime: Namespace, epoch: bigint): boolean {
  const fault = status.faults?.get(toHex(runtime));
  return (
    isFrozen(status) || (fault !== undefined && fault.suspended_until > 0n && epoch < fault.suspended_until)
  );
}

/** Whether the node may be elected into committees under the VRF backend. */
export function isEligibleForElection(status: Readonly<NodeStatus>, epoch: bigint): boolean {
  return epoch > status.election_eligible_after;
}

/** Records in place that the node was not live in the epoch before `epoch`. Returns the fault. */
export function recordFailure(status: NodeStatus, runtime: Namespace, epoch: bigint): Fault {
  const key = toHex(runtime);
  status.faults ??= new Map();
  const fault = status.faults.get(key) ?? { failures: 0, suspended_until: 0n };
  // The counter is a uint8 and wraps.
  fault.failures = (fault.failures + 1) & 0xff;
  fault.suspended_until = suspendedUntil(fault.failures, epoch);
  status.faults.set(key, fault);
  return fault;
}

/** Records in place that the node was live in the epoch before `epoch`; the last forgiven failure removes the fault. */
export function recordSuccess(status: NodeStatus, runtime: Namespace, epoch: bigint): void {
  const key = toHex(runtime);
  const fault = status.faults?.get(key);
  if (fault === undefined || status.faults === null) {
    return;
  }
  if (fault.failures > 0) {
    fault.failures--;
  }
  fault.suspended_until = suspendedUntil(fault.failures, epoch);
  if (fault.failures === 0) {
    status.faults.delete(key);
  }
  if (status.faults.size === 0) {
    status.faults = null;
  }
}

function suspendedUntil(failures: number, epoch: bigint): bigint {
  if (failures === 0) {
    return 0n;
  }
  const exponent = BigInt(failures) > MAX_SUSPENSION_EXPONENT ? MAX_SUSPENSION_EXPONENT : BigInt(failures);
  return BigInt.asUintN(64, epoch + (1n << exponent));
}
