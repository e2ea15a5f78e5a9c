import { expect, test } from "vitest";
import { signConsensusMessage } from "../../src/chain/consensus-signature.ts";
import { type Evidence, encodeEvidence } from "../../src/chain/evidence/evidence.ts";
import { decodeLightBlock } from "../../src/chain/light-block.ts";
import { voteSignBytes } from "../../src/chain/sign-bytes.ts";
import { consensusAddress } from "../../src/chain/validator.ts";
import { SIGNED_MSG_TYPE, type Vote } from "../../src/chain/vote.ts";
import { cometGenesis } from "../../src/config/genesis/comet-genesis.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import * as staking from "../../src/types/staking.ts";
import { STAKE } from "../consensus-network.ts";
import { eventually } from "../interop/official-network.ts";
import { makeNodeNetwork, type NetworkNode, reached } from "./node-network.ts";

const PENALTY = 100n;
const HEIGHT = 2n;

test("evidence that is submitted over the API costs its validator the penalty, once", {
  timeout: 600_000,
}, async () => {
  await using network = await makeNodeNetwork({
    validators: 1,
    blockMs: 50,
    change: (document) => {
      const penalty = { amount: PENALTY, freeze_interval: 0n };
      document.staking.params.slashing = new Map([[staking.SLASH_CONSENSUS_EQUIVOCATION, penalty]]);
    },
  });
  const [node] = network.validators as [NetworkNode];
  await node.start();
  await reached([node], HEIGHT + 1n);
  const { consensus } = node.identity;
  const { chain_id } = cometGenesis(network.document, { debug: true });
  const [validator] = (await node.client.call("Scheduler", "GetValidators", HEIGHT))!;
  const power = validator!.voting_power;
  const exactTime = await blockTimeNs(node, HEIGHT);

  const vote = (byte: number): Vote => {
    const unsigned: Vote = {
      type: SIGNED_MSG_TYPE.precommit,
      height: HEIGHT,
      round: 0,
      block_id: {
        hash: new Uint8Array(32).fill(byte),
        part_set_header: { total: 1, hash: new Uint8Array(32).fill(byte) },
      },
      timestamp: exactTime,
      validator_address: consensusAddress(consensus.publicKey),
      validator_index: 0,
      signature: new Uint8Array(0),
    };
    return { ...unsigned, signature: signConsensusMessage(consensus, voteSignBytes(chain_id, unsigned)) };
  };
  const evidence = (second: Vote): Evidence => ({
    type: "duplicate_vote",
    value: {
      vote_a: vote(1),
      vote_b: second,
      total_voting_power: power,
      validator_power: power,
      timestamp: exactTime,
    },
  });
  const submit = (meta: Uint8Array) => node.client.call("Consensus", "SubmitEvidence", { meta });
  const owner = stakingAddress(node.entity.publicKey);
  const stake = async () => {
    const account = await node.client.call("Staking", "Account", { height: 0n, owner });
    return account.escrow.active.balance;
  };

  await expect(submit(new Uint8Array([1, 2, 3]))).rejects.toThrow("malformed evidence");
  const forged = { ...vote(2), signature: new Uint8Array(64) };
  await expect(submit(encodeEvidence(evidence(forged)))).rejects.toThrow();
  await expect(submit(encodeEvidence(evidence(vote(1))))).rejects.toThrow();
  expect(await stake()).toBe(STAKE);

  await submit(encodeEvidence(evidence(vote(2))));
  await eventually(async () => (await stake()) < STAKE);
  // It is known by then.
  await submit(encodeEvidence(evidence(vote(2)))).catch(() => {});
  const height = await node.height();
  await reached([node], height + 3n);
  expect(await stake()).toBe(STAKE - PENALTY);
});

/** The API's own structure has whole seconds, the header has nanoseconds. */
async function blockTimeNs(node: NetworkNode, height: bigint): Promise<bigint> {
  const { meta } = await node.client.call("Consensus", "GetLightBlock", height);
  return decodeLightBlock(meta!).header.time;
}
