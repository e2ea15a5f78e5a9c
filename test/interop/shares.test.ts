import { describe, expect, test } from "vitest";
import { BLOCK_ID_FLAG, Commit } from "../../src/chain/commit.ts";
import { Header } from "../../src/chain/header.ts";
import { consensusAddress } from "../../src/chain/validator.ts";
import { decode as decodeProto } from "../../src/chain/wire.ts";
import { toHex } from "../../src/codec/bytes.ts";
import { decode } from "../../src/codec/schema.ts";
import { loadIdentity } from "../../src/crypto/identity.ts";
import { BlockMeta } from "../../src/types/api-consensus.ts";
import { executable } from "../e2e/command.ts";
import { makeOfficialNetwork, type OfficialNode, officialBinary } from "./official-network.ts";

const BLOCKS = 500n;
const VALIDATORS = 4;
const binary = officialBinary();

function addressOf({ dataDir }: OfficialNode): string {
  return toHex(consensusAddress(loadIdentity({ dataDir, now: new Date() }).consensus.publicKey));
}

async function untilHeight({ client }: OfficialNode, height: bigint): Promise<void> {
  for (;;) {
    const { latest_height } = await client.call("Consensus", "GetStatus", null);
    if (latest_height >= height) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

describe.skipIf(binary === null)("500 blocks of official validators and ours", () => {
  test.each([
    [3, 1],
    [2, 2],
  ])(
    "%i official, %i of ours: each proposes its share and signs",
    { timeout: 400_000 },
    async (officials) => {
      await using network = await makeOfficialNetwork(binary!, {
        validators: VALIDATORS,
        timeoutCommit: "20ms",
      });
      const { validators } = network;
      for (const [i, node] of validators.entries()) {
        const persistent_peers = validators.filter((other) => other !== node).map(({ peerText }) => peerText);
        await node.start(
          { consensus: { p2p: { persistent_peers } } },
          i < officials ? undefined : executable,
        );
      }
      const [theirs] = validators;
      await untilHeight(theirs!, BLOCKS + 1n);
      const proposed = new Map<string, number>();
      const signed = new Map<string, number>();
      const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
      for (let height = 2n; height <= BLOCKS + 1n; height++) {
        const [block, ...others] = await Promise.all(
          validators.map(({ client }) => client.call("Consensus", "GetBlock", height)),
        );
        for (const other of others) expect(toHex(other.hash)).toBe(toHex(block!.hash));
        const meta = decode(BlockMeta, block!.meta);
        count(proposed, toHex(decodeProto(Header, meta.header!).proposer_address));
        for (const one of decodeProto(Commit, meta.last_commit!).signatures) {
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
      );
      for (const share of shares.slice(officials)) {
        expect(share.proposed).toBeGreaterThan(100);
        expect(share.signed).toBeGreaterThan(400);
      }
    },
  );
});
