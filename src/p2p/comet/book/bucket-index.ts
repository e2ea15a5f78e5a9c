import { readUintBe, utf8 } from "../../../codec/bytes.ts";
import { sha256 } from "../../../crypto/hash.ts";
import { addressGroup } from "../address-scope.ts";
import { addressText, type NetAddress } from "../net-address.ts";

export const NEW_BUCKETS = 256;
export const OLD_BUCKETS = 64;
/** Buckets that the addresses from one source network can get into. */
const NEW_BUCKETS_PER_SOURCE = 32;
/** Buckets that the addresses of one network can get into. */
const OLD_BUCKETS_PER_GROUP = 4;

/**
 * Places addresses so that nobody who does not know the book's key can fill a bucket of their choice, and that one
 * network, or one source, reaches only some of them.
 */
export interface BucketIndex {
  ofNew(address: NetAddress, source: NetAddress): number;
  ofOld(address: NetAddress): number;
}

/** @param key the book's secret; @param isStrict whether unroutable addresses share one group */
export function bucketIndex(key: string, isStrict: boolean): BucketIndex {
  const group = ({ ip }: NetAddress) => addressGroup(ip, isStrict);
  return {
    ofNew(address, source) {
      const from = group(source);
      const slot = hash(key, group(address), from) % NEW_BUCKETS_PER_SOURCE;
      return hash(key, from, String(slot)) % NEW_BUCKETS;
    },
    ofOld(address) {
      const slot = hash(key, addressText(address)) % OLD_BUCKETS_PER_GROUP;
      return hash(key, group(address), String(slot)) % OLD_BUCKETS;
    },
  };
}

function hash(...parts: readonly string[]): number {
  return readUintBe(sha256(utf8(parts.join("\n"))), 0, 4);
}
