import { type Codec, u32, withText } from "../codec/schema.ts";
import { orMalformed } from "./text-form.ts";

/** Runs ParaTime transactions in committees. */
export const ROLE_COMPUTE_WORKER = 1 << 0;
/** Follows ParaTimes with confidential queries, without being elected. */
export const ROLE_OBSERVER = 1 << 1;
/** Serves keys to enclaves. */
export const ROLE_KEY_MANAGER = 1 << 2;
/** Takes part in consensus. */
export const ROLE_VALIDATOR = 1 << 3;
/** Consensus-RPC role of version 2 descriptors; not valid any more. */
export const ROLE_RESERVED_3 = 1 << 4;
/** Serves ParaTime state to anyone. */
export const ROLE_STORAGE_RPC = 1 << 5;
/** Every bit that no descriptor may have. */
export const ROLE_RESERVED = 0xffff_ffd0;

/** Names in the order in which they are printed. oasis-core v26.1 go/common/node/node.go RolesMask. */
export const ROLE_NAMES: ReadonlyMap<number, string> = new Map([
  [ROLE_COMPUTE_WORKER, "compute"],
  [ROLE_OBSERVER, "observer"],
  [ROLE_KEY_MANAGER, "key-manager"],
  [ROLE_VALIDATOR, "validator"],
  [ROLE_STORAGE_RPC, "storage-rpc"],
]);

/** Comma list of role names; `[invalid roles]` when a reserved bit is set. */
export function formatRoles(mask: number): string {
  if ((mask & ROLE_RESERVED) !== 0) return "[invalid roles]";
  return [...ROLE_NAMES]
    .filter(([bit]) => (mask & bit) !== 0)
    .map(([, name]) => name)
    .join(",");
}

/** Inverse of {@link formatRoles}; null for an unknown or repeated name. */
export function parseRoles(text: string): number | null {
  let mask = 0;
  for (const name of text.split(",")) {
    const bit = [...ROLE_NAMES].find(([, known]) => known === name)?.[0];
    if (bit === undefined || (mask & bit) !== 0) return null;
    mask |= bit;
  }
  return mask;
}

/** Whether exactly one bit is set and it is a valid role. */
export function isSingleRole(mask: number): boolean {
  return ROLE_NAMES.has(mask);
}

/** Node roles as bits: a number in CBOR, a comma list of names in JSON. */
export const RolesMask: Codec<number> = withText(
  u32,
  formatRoles,
  orMalformed(parseRoles, `a comma list of ${[...ROLE_NAMES.values()].join(", ")}`),
);
export type RolesMask = number;
