import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { toHex } from "../codec/bytes.ts";
import { cometGenesis } from "../config/genesis/comet-genesis.ts";
import { readGenesis } from "../config/genesis/read-genesis.ts";
import { decodeBlock, encodeBlock } from "./block.ts";
import { type ChainState, decodeState, encodeState, genesisState, stateAfterBlock } from "./chain-state.ts";
import { openBlock } from "./open-block.ts";
import { readRecordedChain } from "./recorded-chain.ts";
import { decodeResults, encodeResults } from "./results.ts";
import { verifyCommit } from "./verify-commit.ts";

const names = readdirSync(dirname(sharedPath("chains", "first-light.genesis.json")))
  .filter((file) => file.endsWith(".jsonl.gz"))
  .map((file) => file.slice(0, -".jsonl.gz".length));

describe.each(names)("%s", async (name) => {
  const heights = [...readRecordedChain(sharedPath("chains", `${name}.jsonl.gz`))];
  const genesis = cometGenesis(await readGenesis(sharedPath("chains", `${name}.genesis.json`)), {
    debug: true,
  });

  test("blocks and results are encoded again byte for byte", () => {
    for (const { block, results } of heights) {
      expect(toHex(encodeBlock(decodeBlock(block)))).toBe(toHex(block));
      expect(toHex(encodeResults(decodeResults(results)))).toBe(toHex(results));
    }
  });

  test("every block follows on the state before it, from the genesis document to the last commit", () => {
    const appHash = decodeBlock(heights[0]!.block).header.app_hash;
    let state: ChainState = genesisState(genesis, { appHash, validators: [] });
    for (const recorded of heights) {
      const { validators } = state;
      const { block, blockId } = openBlock(state, recorded.block);
      expect(toHex(blockId.hash)).toBe(toHex(recorded.hash));
      state = stateAfterBlock(
        state,
        blockId,
        block.header,
        decodeResults(recorded.results),
        recorded.stateRoot,
      );
      if (recorded.seenCommit !== null) {
        const claim = { chainId: genesis.chain_id, height: recorded.height, blockId, validators };
        verifyCommit(claim, recorded.seenCommit);
      }
      const encoded = encodeState(state);
      expect(toHex(encodeState(decodeState(encoded)))).toBe(toHex(encoded));
    }
  });
});
