import { fromHex, toHex } from "../codec/bytes.ts";
import type { PublicKey } from "../codec/common-types.ts";
import { testPublicKey } from "./memory-signer.ts";

/** Keys that are never valid: their signatures fail and descriptors that name them are refused. */
export interface Blacklist {
  has(key: PublicKey): boolean;
  /** The same list with more keys; this one stays as it is. */
  with(keys: Iterable<PublicKey>): Blacklist;
}

/** Keys behind the reserved addresses (facts/formats.md 2.5); nobody knows their secrets. */
export const reservedKeys = {
  commonPool: fromHex("1abe11edc001ffffffffffffffffffffffffffffffffffffffffffffffffffff"),
  feeAccumulator: fromHex("1abe11edfeeaccffffffffffffffffffffffffffffffffffffffffffffffffff"),
  governanceDeposits: fromHex("1abe11eddeaccfffffffffffffffffffffffffffffffffffffffffffffffffff"),
  /** Hash to curve of a fixed text, see the test. */
  burn: fromHex("8a4a49afa334bd61da65766d9b2cc8e7c263ba9a446f36e5227f3ec5c0988825"),
} as const satisfies Record<string, PublicKey>;

/** Names whose hashes are seeds of keys that everybody knows. */
const TEST_KEY_NAMES = [
  "ekiden test entity key seed",
  "ekiden test key manager RAK seed",
  "ekiden key manager test multisig key 0",
  "ekiden key manager test multisig key 1",
  "ekiden key manager test multisig key 2",
  // Of the official node's test code, which is a part of it: the mock beacon and the upgrade for tests.
  "oasis-core epochtime mock key seed",
  "__e2e-test-migration-entity",
];
/** A key that the official node registers as a test key without a seed. */
const TEST_KEY = fromHex("9d41a874b80e39a40c9644e964f0e4f967100c91654bfd7666435fe906af060f");

export interface BlacklistOptions {
  /** Test keys are allowed: local networks only. */
  readonly allowTestKeys: boolean;
}

/** The list a node starts with; genesis parameters add to it. */
export function createBlacklist({ allowTestKeys }: BlacklistOptions): Blacklist {
  const testKeys = allowTestKeys ? [] : [...TEST_KEY_NAMES.map(testPublicKey), TEST_KEY];
  return blacklistOf(new Set([...Object.values(reservedKeys), ...testKeys].map(toHex)));
}

function blacklistOf(keys: ReadonlySet<string>): Blacklist {
  return {
    has: (key) => keys.has(toHex(key)),
    with: (more) => blacklistOf(new Set([...keys, ...Array.from(more, toHex)])),
  };
}
