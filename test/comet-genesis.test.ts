import { describe, expect, it } from "vitest";
import { decodeBlock } from "../src/chain/block.ts";
import { consensusParamsHash } from "../src/chain/consensus-params.ts";
import { readRecordedChain } from "../src/chain/recorded-chain.ts";
import { newValidatorSet } from "../src/chain/update-validators.ts";
import { cometGenesis } from "../src/config/genesis/comet-genesis.ts";
import { readGenesis } from "../src/config/genesis/read-genesis.ts";
import { createBlacklist } from "../src/crypto/blacklist.ts";
import { sharedPath } from "./shared.ts";

const chains = [
  "beacon-vrf-honest",
  "change-parameters-min-commission-rate",
  "debond",
  "first-light",
  "gas-fees_staking",
  "keymanager-churp-txs",
  "min-transact-balance",
  "paratime-kv-discrepancy",
  "runtime-message",
  "txsource-multi-short",
];

describe("chain genesis derived from the document", () => {
  it.each(chains)("is what the first block of %s was made from", async (name) => {
    const document = await readGenesis(sharedPath("chains", `${name}.genesis.json`));
    const blacklist = createBlacklist({ allowTestKeys: true });
    const genesis = cometGenesis(document, { debug: true, blacklist });
    const [first] = readRecordedChain(sharedPath("chains", `${name}.jsonl.gz`));
    const { header } = decodeBlock(first!.block);

    expect(header.chain_id).toBe(genesis.chain_id);
    expect(header.height).toBe(genesis.initial_height);
    expect(header.time).toBe(genesis.genesis_time);
    expect(header.version.app).toBe(genesis.consensus_params.version.app);
    expect(header.consensus_hash).toEqual(consensusParamsHash(genesis.consensus_params));
    expect(header.validators_hash).toEqual(newValidatorSet(genesis.validators).hash);
  });
});
