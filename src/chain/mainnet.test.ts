import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { fromBase64, toHex } from "../codec/bytes.ts";
import { bytes, decode, raw, struct } from "../codec/schema.ts";
import { dataHash } from "./block.ts";
import { Commit, checkCommit, commitHash } from "./commit.ts";
import { Header, headerHash } from "./header.ts";
import { checkLightBlock, decodeLightBlock, encodeLightBlock } from "./light-block.ts";
import { medianTime } from "./median-time.ts";
import { verifyCommit, verifyCommitLight, verifyCommitTrusting } from "./verify-commit.ts";
import { decode as decodeProto, encode as encodeProto } from "./wire.ts";

const readJson = (name: string) => JSON.parse(readFileSync(sharedPath("vectors", "mainnet", name), "utf8"));
const lightBlock = (height: number) => fromBase64(readJson(`light_block_${height}.json`).meta);

const trusted = decodeLightBlock(lightBlock(25_300_000));
const next = decodeLightBlock(lightBlock(25_300_001));
const chainId = trusted.header.chain_id;
const claimOf = ({ header, commit, validators }: typeof trusted) => ({
  chainId,
  height: header.height,
  blockId: commit.block_id,
  validators,
});

test.each([25_300_000, 25_300_001])("light block %i is re-encoded byte for byte and verifies", (height) => {
  const encoded = lightBlock(height);
  const block = decodeLightBlock(encoded);
  expect(toHex(encodeLightBlock(block))).toBe(toHex(encoded));
  checkLightBlock(chainId, block);
  verifyCommit(claimOf(block), block.commit);
  verifyCommitLight(claimOf(block), block.commit);
  verifyCommitLight(claimOf(block), block.commit, "all");
});

test("each block leads to the next", () => {
  expect(toHex(next.header.last_block_id.hash)).toBe(toHex(headerHash(trusted.header)));
  expect(toHex(next.header.last_block_id.hash)).toBe(readJson("block_25300000.json").hash);
  expect(toHex(next.header.validators_hash)).toBe(toHex(trusted.header.next_validators_hash));
  verifyCommitTrusting(chainId, trusted.validators, next.commit, { numerator: 1n, denominator: 3n });
});

test("the block's header, commit and transactions hash to what the headers say", () => {
  const meta = fromBase64(readJson("block_25300000.json").meta);
  const { header: headerBytes, last_commit: commitBytes } = decode(
    struct("BlockMeta", { header: raw, last_commit: raw }),
    meta,
  );
  const header = decodeProto(Header, decode(bytes, headerBytes)!);
  const commit = decodeProto(Commit, decode(bytes, commitBytes)!);
  expect(toHex(encodeProto(Header, header))).toBe(toHex(decode(bytes, headerBytes)!));
  expect(toHex(encodeProto(Commit, commit))).toBe(toHex(decode(bytes, commitBytes)!));
  checkCommit(commit);
  expect(toHex(headerHash(header))).toBe(toHex(headerHash(trusted.header)));
  expect(toHex(commitHash(commit))).toBe(toHex(header.last_commit_hash));
  const txs = (readJson("txs_25300000.json") as string[]).map(fromBase64);
  expect(toHex(dataHash(txs))).toBe(toHex(header.data_hash));
});

test("the commit for a block dates the block after the next", () => {
  // Not the seen commit but the canonical one dates block 25,300,001; both hold the same votes here.
  expect(medianTime(trusted.commit, trusted.validators)).toBe(next.header.time);
});

test("a commit with one signature changed is refused by every check that reads it", () => {
  const index = trusted.commit.signatures.findIndex(({ block_id_flag }) => block_id_flag === 2);
  const signatures = trusted.commit.signatures.map((entry, i) =>
    i === index
      ? { ...entry, signature: entry.signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) }
      : entry,
  );
  const commit = { ...trusted.commit, signatures };
  const refused = expect.objectContaining({ code: "chain/signature" });
  expect(() => verifyCommit(claimOf(trusted), commit)).toThrow(refused);
  expect(() => verifyCommitLight(claimOf(trusted), commit)).toThrow(refused);
  const third = { numerator: 1n, denominator: 3n };
  expect(() => verifyCommitTrusting(chainId, trusted.validators, commit, third)).toThrow(refused);
});
