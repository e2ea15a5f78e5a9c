import { expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { fromHex, toHex } from "../codec/bytes.ts";
import { dataSize, decodeBlock, encodeBlock, maxDataSize } from "./block.ts";
import { BlockID } from "./block-id.ts";
import { Commit } from "./commit.ts";
import { consensusParamsHash } from "./consensus-params.ts";
import { ConsensusVersion, headerHash } from "./header.ts";
import { makePartSet } from "./part-set.ts";
import { readRecordedChain } from "./recorded-chain.ts";
import { consensusAddress, makeValidator, validatorLeaf } from "./validator.ts";
import { encode, timestamp } from "./wire.ts";

const blockOf = (chain: string, height: bigint) =>
  [...readRecordedChain(sharedPath("chains", `${chain}.jsonl.gz`))].find(
    (recorded) => recorded.height === height,
  )!.block;

test("a block of three validators, part by part (cometbft.md 8.1)", () => {
  const encoded = blockOf("debond", 3n);
  const { header } = decodeBlock(encoded);
  expect(toHex(encode(ConsensusVersion, header.version))).toBe("080b108080808070");
  expect(toHex(encode(timestamp, header.time))).toBe("08aba793d80610faeddd9003");
  expect(toHex(encode(BlockID, header.last_block_id))).toBe(
    "0a20f109ad7ced2f645efc1f12babd41c396868b046b7dfde41f876a7c32e353768c122408011220db00131c41f3f251ddd5008cd234c8bb0f7b7945fea1d8bd9b94f430a350e737",
  );
  expect(toHex(headerHash(header))).toBe("79cfc0d2a6fe34432a8c0a2ef4c09eed52d8abdece80db866087b1ed188ec564");
  expect(encoded.length).toBe(3786);
  const parts = makePartSet(encoded).header;
  expect(parts.total).toBe(1);
  expect(toHex(parts.hash)).toBe("9cef329ed46171a71099acc5a3667e4e2516e0fd944047fe7012f5b5efc9ee84");
  const key = fromHex("db4c863c0c635fb8f6f9336c7a249edad7d126156f144932c8b3c987e9268ed7");
  expect(toHex(consensusAddress(key))).toBe("5d937c81ec0796bb327503b64a2df3755329d857");
  expect(toHex(validatorLeaf(makeValidator(key, 1n)))).toBe(`0a220a20${toHex(key)}1001`);
  const limits = { max_bytes: 4_194_304n, max_gas: -1n };
  expect(toHex(consensusParamsHash({ block: limits } as never))).toBe(toHex(header.consensus_hash));
});

test("the first block of a chain (cometbft.md 8.2)", () => {
  const encoded = blockOf("txsource-multi-short", 1n);
  const block = decodeBlock(encoded);
  expect(encoded.length).toBe(675);
  expect(toHex(headerHash(block.header))).toBe(
    "85f9245fb0a45df7ddeee6e8eba7404a1db6e901491d9a7dc4a0a751993f6448",
  );
  expect(toHex(makePartSet(encoded).header.hash)).toBe(
    "5b0aa29e9b1efcb86628906dec3a5607544e0362a344587c3fb09bfd53db4e5b",
  );
  expect(toHex(encode(Commit, block.last_commit))).toBe("1a021200");
});

test("transactions have the room that the rest of a block leaves (cometbft.md 4.6)", () => {
  expect(maxDataSize(4_194_304n, 0n, 3)).toBe(4_193_240n);
  expect(maxDataSize(4_194_304n, 100n, 3)).toBe(4_193_140n);
  expect(() => maxDataSize(1000n, 0n, 3)).toThrow(/no room/);
  const empty = { ...decodeBlock(blockOf("debond", 3n)), txs: [] };
  for (const size of [0, 1, 127, 128, 16_383, 16_384]) {
    const txs = [new Uint8Array(size), new Uint8Array(size)];
    const grown = encodeBlock({ ...empty, txs }).length - encodeBlock(empty).length;
    // The length of Data itself may grow by up to two bytes.
    expect(grown - Number(dataSize(txs))).toBeOneOf([0, 1, 2]);
  }
});
