import { describe, expect, test } from "vitest";
import { BLOCK_ID_FLAG, Commit } from "../../src/chain/commit.ts";
import { Header } from "../../src/chain/header.ts";
import { consensusAddress } from "../../src/chain/validator.ts";
import { decode as decodeProto } from "../../src/chain/wire.ts";
import { toHex } from "../../src/codec/bytes.ts";
import { decode } from "../../src/codec/schema.ts";
import { loadIdentity } from "../../src/crypto/identity.ts";
import { BlockMeta } from "../../src/types/api-consensus.ts";
import type { SigningStatus } from "../../src/types/api-control.ts";
import { executable } from "../e2e/command.ts";
import { makeOfficialNetwork, type OfficialNode, officialBinary } from "./official-network.ts";

const BLOCKS = 500n;
const VALIDATORS = 4;
/** Pause between blocks: a twentieth of that of the Mainnet. With less the official nodes' signatures are mostly late. */
const COMMIT_PAUSE = process.env.QANAT_COMMIT_PAUSE ?? "250ms";
const binary = officialBinary();

function addressOf({ dataDir }: OfficialNode): string {
  return toHex(consensusAddress(loadIdentity({ dataDir, now: new Date() }).consensus.publicKey));
}

/** What a node of ours says of its signatures; null while it has nothing to say. */
async function signingOf({ client }: OfficialNode): Promise<SigningStatus | null> {
  return (await client.call("NodeController", "GetStatus", null)).signing;
}

/** Heights whose signatures a node of ours has counted. */
function countOf({ included, late, nil, none }: SigningStatus): bigint {
  return included + late + nil + none;
}

/** Waits until a node of ours has counted so many heights. */
async function untilCounted(node: OfficialNode, count: bigint): Promise<SigningStatus> {
  for (;;) {
    const signing = await signingOf(node);
    if (signing !== null && countOf(signing) >= count) return signing;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe.skipIf(binary === null)("500 blocks of official validators and ours", () => {
  test.each([
    [3, 1],
    [2, 2],
  ])(
    "%i official, %i of ours: each of ours proposes its share, and signs every block",
    { timeout: 1_200_000 },
    async (officials) => {
      await using network = await makeOfficialNetwork(binary!, {
        validators: VALIDATORS,
        timeoutCommit: COMMIT_PAUSE,
      });
      const { validators } = network;
      const persistent = (node: OfficialNode) => ({
        persistent_peers: validators.filter((other) => other !== node).map(({ peerText }) => peerText),
      });
      for (const [i, node] of validators.entries()) {
        await node.start({ consensus: { p2p: persistent(node) } }, i < officials ? undefined : executable);
      }
      const ours = validators.slice(officials);
      // The heights before are not of nodes that ran all the time.
      const before = await Promise.all(ours.map((node) => untilCounted(node, 5n)));
      const first = maxOf(before.map((signing) => signing.since_height + countOf(signing)));
      const last = first + BLOCKS - 1n;
      const after = await Promise.all(
        ours.map((node, i) => untilCounted(node, last - before[i]!.since_height + 1n)),
      );
      const proposed = new Map<string, number>();
      const signed = new Map<string, number>();
      const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
      for (let height = first; height <= last; height++) {
        const [block, ...others] = await Promise.all(
          validators.map(({ client }) => client.call("Consensus", "GetBlock", height)),
        );
        for (const other of others) expect(toHex(other.hash)).toBe(toHex(block!.hash));
        count(proposed, toHex(decodeProto(Header, decode(BlockMeta, block!.meta).header!).proposer_address));
        const next = await validators[0]!.client.call("Consensus", "GetBlock", height + 1n);
        for (const one of decodeProto(Commit, decode(BlockMeta, next.meta).last_commit!).signatures) {
          if (one.block_id_flag === BLOCK_ID_FLAG.commit) count(signed, toHex(one.validator_address));
        }
      }
      const shares = validators.map((node) => ({
        proposed: proposed.get(addressOf(node)) ?? 0,
        signed: signed.get(addressOf(node)) ?? 0,
      }));
      console.log(
        shares
          .map((share, i) => `${i < officials ? "official" : "ours"} ${JSON.stringify(share)}`)
          .join("; "),
        after.map(({ included, late, nil, none }) => ({ included, late, nil, none })),
      );
      const best = Math.max(...shares.slice(0, officials).map((share) => share.signed));
      for (const [i, share] of shares.slice(officials).entries()) {
        // A quarter, unless somebody's round passed.
        expect(share.proposed).toBeGreaterThanOrEqual(Number(BLOCKS) / VALIDATORS - 5);
        // By its own record it signed every block, in time or not.
        expect(after[i]!.nil - before[i]!.nil).toBe(0n);
        expect(after[i]!.none - before[i]!.none).toBe(0n);
        // In time for the next proposer at least as often as any official node.
        expect(share.signed).toBeGreaterThanOrEqual(best);
      }
    },
  );
});

function maxOf([first, ...rest]: readonly bigint[]): bigint {
  let max = first!;
  for (const value of rest) if (value > max) max = value;
  return max;
}
