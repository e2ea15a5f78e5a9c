import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { encodeBlock } from "../chain/block.ts";
import { Commit } from "../chain/commit.ts";
import { Header, headerHash } from "../chain/header.ts";
import * as wire from "../chain/wire.ts";
import { fromBase64, toBase64 } from "../codec/bytes.ts";
import { decode } from "../codec/schema.ts";
import { Block, BlockMeta, BlockResults, BlockResultsMeta } from "../types/api-consensus.ts";
import { apiBlock, apiBlockResults } from "./consensus-block.ts";

// What a node of Mainnet answered for one height.
const answer = (name: string) => JSON.parse(readFileSync(sharedPath("vectors", "mainnet", name), "utf8"));

test("a Mainnet block is answered as Mainnet does", () => {
  const expected = answer("block_25300000.json");
  const { header, last_commit } = decode(BlockMeta, fromBase64(expected.meta));
  const block = {
    header: wire.decode(Header, header!),
    last_commit: wire.decode(Commit, last_commit!),
    txs: (answer("txs_25300000.json") as string[]).map(fromBase64),
    evidence: [],
  };
  const size = BigInt(encodeBlock(block).length);
  const json = Block.toJson(apiBlock({ block, hash: headerHash(block.header), size }));
  expect(json).toEqual({ ...expected, time: new Date(expected.time).toISOString().replace(".000Z", "Z") });
});

test("Mainnet block results are answered byte for byte", () => {
  const expected = answer("results_25300000.json");
  const meta = decode(BlockResultsMeta, fromBase64(expected.meta));
  const events = (list: typeof meta.begin_block_events) =>
    (list ?? []).map(({ type, attributes }) => ({ type, attributes: attributes ?? [] }));
  const results = {
    beginEvents: events(meta.begin_block_events),
    txResults: (meta.txs_results ?? []).map((result) => ({
      ...result,
      data: result.data ?? new Uint8Array(0),
      events: events(result.events),
    })),
    endEvents: events(meta.end_block_events),
    validatorUpdates: [],
    appVersion: 0n,
  };
  const got = apiBlockResults(25_300_000n, results);
  expect(toBase64(got.meta!)).toBe(expected.meta);
  expect(BlockResults.toJson(got)).toEqual(expected);
});
