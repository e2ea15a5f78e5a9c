import type { Status } from "../../../types/keymanager.ts";
import { TxError } from "../../errors.ts";

/** Number of the master secret that comes next: 0 for the first. */
export function nextGeneration({ checksum, generation }: Readonly<Status>): bigint {
  return (checksum?.length ?? 0) === 0 ? 0n : BigInt.asUintN(64, generation + 1n);
}

/** @throws TxError when the policy does not allow a new master secret in the epoch; the first is always allowed */
export function checkRotationAllowed(status: Readonly<Status>, epoch: bigint): void {
  if (nextGeneration(status) === 0n) {
    return;
  }
  const interval = status.policy?.policy.master_secret_rotation_interval ?? 0n;
  if (interval === 0n) {
    throw new TxError("keymanager: master secret rotation disabled");
  }
  if (epoch < BigInt.asUintN(64, status.rotation_epoch + interval)) {
    throw new TxError("keymanager: master secret rotation interval has not yet expired");
  }
}
