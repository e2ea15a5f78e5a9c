import { describe, expect, test } from "vitest";
import { testGenesis, testNode, testSignerOf } from "../../test/chain/engine-fixture.ts";
import type { Block } from "./block.ts";
import { encodeBlock } from "./block.ts";
import { BLOCK_ID_FLAG, type Commit, commitHash } from "./commit.ts";
import type { Header } from "./header.ts";
import { makeBlock } from "./make-block.ts";
import { openBlock } from "./open-block.ts";
import { validateBlock } from "./validate-block.ts";
import { consensusAddress } from "./validator.ts";

const node = testNode();
node.engine.start(node.controller.signal);
node.clock.advance(3000);
const { state } = node.engine;
const lastCommit = node.engine.commitAt(3n)!;
const proposerAddress = consensusAddress(testSignerOf(1).publicKey);
const block = makeBlock(state, { txs: [new Uint8Array([1])], evidence: [], lastCommit, proposerAddress });
const wrongHash = new Uint8Array(32).fill(9);

const withHeader = (header: Partial<Header>): Block => ({ ...block, header: { ...block.header, ...header } });
function withCommit(change: Partial<Commit>): Block {
  const last_commit = { ...block.last_commit, ...change };
  return { ...withHeader({ last_commit_hash: commitHash(last_commit) }), last_commit };
}
const [signature] = lastCommit.signatures;

test("the next block is valid", () => {
  validateBlock(state, block);
  expect(openBlock(state, encodeBlock(block)).block).toEqual(block);
});

describe("refused", () => {
  test.each<[string, Block]>([
    ["block protocol", withHeader({ version: { ...block.header.version, block: 12n } })],
    ["application version", withHeader({ version: { ...block.header.version, app: 1n } })],
    ["chain id", withHeader({ chain_id: "other" })],
    ["long chain id", withHeader({ chain_id: "x".repeat(51) })],
    ["height", withHeader({ height: 5n })],
    ["height zero", withHeader({ height: 0n })],
    ["time", withHeader({ time: block.header.time + 1n })],
    ["last block id", withHeader({ last_block_id: { ...block.header.last_block_id, hash: wrongHash } })],
    ["last commit hash", withHeader({ last_commit_hash: wrongHash })],
    ["data hash", withHeader({ data_hash: wrongHash })],
    ["validators hash", withHeader({ validators_hash: wrongHash })],
    ["next validators hash", withHeader({ next_validators_hash: wrongHash })],
    ["consensus hash", withHeader({ consensus_hash: wrongHash })],
    ["app hash", withHeader({ app_hash: wrongHash })],
    ["last results hash", withHeader({ last_results_hash: wrongHash })],
    ["evidence hash", withHeader({ evidence_hash: wrongHash })],
    ["hash of another length", withHeader({ data_hash: new Uint8Array(31) })],
    ["proposer", withHeader({ proposer_address: new Uint8Array(20) })],
    ["proposer of another length", withHeader({ proposer_address: new Uint8Array(19) })],
    ["transactions", { ...block, txs: [] }],
    ["commit of another height", withCommit({ height: 2n })],
    ["commit of another round", withCommit({ round: 1 })],
    ["commit for another block", withCommit({ block_id: { ...lastCommit.block_id, hash: wrongHash } })],
    ["commit without signatures", withCommit({ signatures: [] })],
    ["commit with one too many", withCommit({ signatures: [signature!, signature!] })],
    ["commit for nil", withCommit({ signatures: [{ ...signature!, block_id_flag: BLOCK_ID_FLAG.nil }] })],
    ["commit flag", withCommit({ signatures: [{ ...signature!, block_id_flag: 4 }] })],
    ["commit time", withCommit({ signatures: [{ ...signature!, timestamp: signature!.timestamp + 1n }] })],
    [
      "commit address",
      withCommit({ signatures: [{ ...signature!, validator_address: new Uint8Array(20) }] }),
    ],
    ["commit signature", withCommit({ signatures: [{ ...signature!, signature: new Uint8Array(64) }] })],
    [
      "absent commit signature",
      withCommit({ signatures: [{ ...signature!, block_id_flag: BLOCK_ID_FLAG.absent }] }),
    ],
  ])("another %s", (_, wrong) => {
    expect(() => validateBlock(state, wrong)).toThrow(expect.objectContaining({ name: "ChainError" }));
  });
});

describe("the first block", () => {
  const fresh = testNode();
  fresh.engine.start(fresh.controller.signal);
  const first = makeBlock(fresh.engine.state, {
    txs: [],
    evidence: [],
    lastCommit: { ...lastCommit, height: 0n, signatures: [] },
    proposerAddress,
  });

  test("has the time of the genesis and no commit", () => {
    expect(first.header.time).toBe(testGenesis().genesis_time);
    validateBlock(fresh.engine.state, first);
  });

  test("with another time or a commit it is refused", () => {
    const late = { ...first, header: { ...first.header, time: first.header.time + 1n } };
    expect(() => validateBlock(fresh.engine.state, late)).toThrow(/time/);
    const header = { ...first.header, last_commit_hash: commitHash(lastCommit) };
    expect(() => validateBlock(fresh.engine.state, { ...first, header, last_commit: lastCommit })).toThrow(
      /first block has a commit/,
    );
  });
});
