import { expect, test } from "vitest";
import { BLOCK_ID_FLAG, Commit } from "../../src/chain/commit.ts";
import { consensusAddress } from "../../src/chain/validator.ts";
import { decode as decodeProto } from "../../src/chain/wire.ts";
import { toHex } from "../../src/codec/bytes.ts";
import { decode } from "../../src/codec/schema.ts";
import { BlockMeta } from "../../src/types/api-consensus.ts";
import type { SigningStatus } from "../../src/types/api-control.ts";
import { eventually } from "../interop/official-network.ts";
import { makeNodeNetwork, type NetworkNode, reached, sameChain } from "./node-network.ts";

const BLOCKS = 10n;

test.each([1, 4, 7])("a network of %i nodes has one chain", { timeout: 240_000 }, async (count) => {
  await using network = await makeNodeNetwork({ validators: count });
  await Promise.all(network.validators.map((node) => node.start()));
  await reached(network.validators, BLOCKS);
  expect(await sameChain(network.validators)).toBeGreaterThanOrEqual(BLOCKS);
  const status = await network.validators[0]!.status();
  expect(status.consensus).toMatchObject({ is_validator: true, status: 0 });
  expect(status.consensus!.p2p!.peers).toHaveLength(count - 1);
  for (const node of network.validators) await signsAll(node);
});

/**
 * By its own record and by the chain a validator that runs voted at every height. On a machine that is too busy a vote
 * may be for nil: a block that does not come within the times of the rules is nobody's to sign.
 */
async function signsAll(node: NetworkNode): Promise<void> {
  let signing: SigningStatus | null = null;
  const counted = () => (signing === null ? 0n : signing.included + signing.late + signing.nil);
  await eventually(async () => {
    signing = (await node.status()).signing;
    return counted() >= 5n;
  });
  const { since_height, included, none } = signing!;
  expect(none).toBe(0n);
  const address = toHex(consensusAddress(node.identity.consensus.publicKey));
  let found = 0n;
  for (let height = since_height; height < since_height + counted(); height++) {
    const { meta } = await node.client.call("Consensus", "GetBlock", height + 1n);
    const { signatures } = decodeProto(Commit, decode(BlockMeta, meta).last_commit!);
    const own = signatures.find(({ validator_address }) => toHex(validator_address) === address);
    if (own?.block_id_flag === BLOCK_ID_FLAG.commit) found++;
  }
  expect(found).toBe(included);
}
