import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { toHex } from "../codec/bytes.ts";
import { decodeBlock, encodeBlock } from "./block.ts";
import { headerHash } from "./header.ts";
import { readRecordedChain } from "./recorded-chain.ts";
import { decodeResults, encodeResults, resultsHash } from "./results.ts";

const names = readdirSync(dirname(sharedPath("chains", "first-light.genesis.json")))
  .filter((file) => file.endsWith(".jsonl.gz"))
  .map((file) => file.slice(0, -".jsonl.gz".length));

describe.each(names)("%s", (name) => {
  const heights = [...readRecordedChain(sharedPath("chains", `${name}.jsonl.gz`))];

  test("blocks and results are re-encoded byte for byte and hash as recorded", () => {
    let lastResults: Uint8Array | null = null;
    for (const recorded of heights) {
      const block = decodeBlock(recorded.block);
      expect(toHex(encodeBlock(block))).toBe(toHex(recorded.block));
      expect(toHex(headerHash(block.header))).toBe(toHex(recorded.hash));
      if (lastResults !== null) expect(toHex(block.header.last_results_hash)).toBe(toHex(lastResults));
      const results = decodeResults(recorded.results);
      expect(toHex(encodeResults(results))).toBe(toHex(recorded.results));
      lastResults = resultsHash(results.txResults);
    }
  });
});
