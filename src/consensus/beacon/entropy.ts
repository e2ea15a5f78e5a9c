import { u64be, u64le, utf8 } from "../../codec/bytes.ts";
import { sha3_256 } from "../../crypto/hash.ts";
import { tupleHash256 } from "../../crypto/tuple-hash.ts";

/** The bytes that make beacons. consensus-b.md 2.1. */

const BEACON_CONTEXT = utf8("EkB-tmnt");
const ALPHA_DOMAIN = "oasis-core:vrf/alpha";
const EMPTY = new Uint8Array(0);

/**
 * Entropy that a proposer can influence: good for test networks and ties.
 *
 * @param lastHeight height of the last block; of the block before the initial one in the first block
 * @param time Unix seconds of the block
 * @param lastStateRoot null in the first block
 */
export function blockEntropy(lastHeight: bigint, time: bigint, lastStateRoot: Uint8Array | null): Uint8Array {
  return sha3_256(u64le(lastHeight), u64le(BigInt.asUintN(64, time)), lastStateRoot ?? EMPTY);
}

/** The random beacon of an epoch, 32 bytes. */
export function makeBeacon(epoch: bigint, entropy: Uint8Array): Uint8Array {
  return sha3_256(BEACON_CONTEXT, entropy, u64le(epoch));
}

/**
 * What nodes prove their VRF output for, 32 bytes. `sources` is block entropy (low quality) or the VRF outputs of the
 * last epoch in order of node ids (high quality).
 */
export function makeAlpha(chainContext: string, epoch: bigint, sources: readonly Uint8Array[]): Uint8Array {
  return tupleHash256(ALPHA_DOMAIN, [utf8(chainContext), u64be(epoch), ...sources]);
}
