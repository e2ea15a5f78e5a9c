import { concat, equal, utf8 } from "../codec/bytes.ts";
import type { Address, Namespace, PublicKey } from "../codec/common-types.ts";
import { reservedKeys } from "../crypto/blacklist.ts";
import { sha512_256 } from "../crypto/hash.ts";

// Account addresses: a version byte and the start of H(context || version || data).
// facts/formats.md 2.5; oasis-core v26.1 go/staking/api/address.go.

const VERSION = Uint8Array.of(0);
const HASH_PART = 20;
const STAKING_CONTEXT = utf8("oasis-core/address: staking");
const RUNTIME_CONTEXT = utf8("oasis-core/address: runtime");
const MODULE_CONTEXT = utf8("oasis-core/address: module");

/** Account of the holder of a key: user, entity, node. */
export function stakingAddress(key: PublicKey): Address {
  return derive(STAKING_CONTEXT, key);
}

/** Account of a ParaTime. */
export function runtimeAddress(id: Namespace): Address {
  return derive(RUNTIME_CONTEXT, id);
}

/** Account of a service, e.g. of one vault. */
export function moduleAddress(module: string, kind: string): Address {
  return derive(MODULE_CONTEXT, utf8(`${module}.${kind}`));
}

/** Pool that rewards come from and slashed stake goes to. */
export const COMMON_POOL_ADDRESS = stakingAddress(reservedKeys.commonPool);
/** Fees between being paid and being disbursed. */
export const FEE_ACCUMULATOR_ADDRESS = stakingAddress(reservedKeys.feeAccumulator);
/** Deposits of open governance proposals. */
export const GOVERNANCE_DEPOSITS_ADDRESS = stakingAddress(reservedKeys.governanceDeposits);
/** Transfers to it are burns. */
export const BURN_ADDRESS = stakingAddress(reservedKeys.burn);

const RESERVED: readonly Address[] = [
  COMMON_POOL_ADDRESS,
  FEE_ACCUMULATOR_ADDRESS,
  GOVERNANCE_DEPOSITS_ADDRESS,
  BURN_ADDRESS,
];

/** Whether no account can live at the address. */
export function isReservedAddress(address: Address): boolean {
  return RESERVED.some((reserved) => equal(reserved, address));
}

function derive(context: Uint8Array, data: Uint8Array): Address {
  return concat(VERSION, sha512_256(context, VERSION, data).subarray(0, HASH_PART));
}
