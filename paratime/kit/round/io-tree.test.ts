import { expect, test } from "vitest";
import { toHex, utf8 } from "../../../src/codec/bytes.ts";
import { CodecError } from "../../../src/codec/errors.ts";
import { sha512_256 } from "../../../src/crypto/hash.ts";
import { MkvsTree } from "../../../src/storage/mkvs/mkvs-tree.ts";
import {
  BLOCK_TAG_HASH,
  encodeInput,
  inputKey,
  outputKey,
  parseIoKey,
  readTags,
  readTransactions,
  tagKey,
} from "../../../src/types/io-tree.ts";
import { ROOT_IO } from "../../../src/types/storage.ts";
import { IoTree } from "./io-tree.ts";
import type { EmittedTag } from "./round.ts";

const namespace = new Uint8Array(32).fill(0x80, 0, 1);

interface KnownTree {
  what: string;
  transactions: { input: string; output?: string; tags?: Record<string, string> }[];
  root: string;
}

/** facts/runtime.md 11.7 and facts/formats.md 8.1. */
const knownTrees: KnownTree[] = [
  {
    what: "one input",
    transactions: [{ input: "hi" }],
    root: "52c5468982f7980d0f74c96207167f0d1bd4ee4466cb431ede9f380d3c046ce7",
  },
  {
    what: "one transaction with output and tag",
    transactions: [{ input: "hi", output: "ok", tags: { k: "v" } }],
    root: "059e9595bacae89e0e53fa01d33aeb5710e29cc352d6a6db734c19c55922905f",
  },
  {
    what: "two inputs",
    transactions: [{ input: "in0" }, { input: "in1" }],
    root: "f281d5fc4dfc651330e892077c88ac0f1d8eafa3f69534d895df9a6f61ea5006",
  },
  {
    what: "another transaction with output and tag",
    transactions: [{ input: "in0", output: "out0", tags: { tag: "val" } }],
    root: "9e90c8dcd7a8d7755c11f2c4c6a964e56f14d7250620228ad7766158df2fcc40",
  },
];

function build({ transactions }: KnownTree) {
  const io = new IoTree(namespace, 1n);
  for (const [order, { input }] of transactions.entries())
    io.addInput(sha512_256(utf8(input)), utf8(input), order);
  const inputs = io.commit();
  for (const { input, output, tags = {} } of transactions) {
    if (output === undefined) continue;
    const emitted: EmittedTag[] = Object.entries(tags).map(([key, value]) => ({
      key: utf8(key),
      value: utf8(value),
    }));
    io.addOutput(sha512_256(utf8(input)), utf8(output), emitted);
  }
  return { inputs, outputs: io.commit() };
}

test.each(knownTrees)("root of $what", (known) => {
  expect(toHex(build(known).outputs.root.hash)).toBe(known.root);
});

test("both write logs together give the tree, and reading it gives back what went in", () => {
  const { inputs, outputs } = build(knownTrees[3]!);
  const tree = MkvsTree.empty(ROOT_IO);
  tree.applyWriteLog(inputs.writeLog);
  tree.applyWriteLog(outputs.writeLog);
  expect(toHex(tree.rootHash())).toBe(knownTrees[3]!.root);
  expect(readTransactions(tree)).toEqual([
    { hash: sha512_256(utf8("in0")), input: utf8("in0"), batchOrder: 0, output: utf8("out0") },
  ]);
  expect(readTags(tree)).toEqual([{ key: utf8("tag"), value: utf8("val"), txHash: sha512_256(utf8("in0")) }]);
});

test("keys come apart, and strange ones are recognised", () => {
  const hash = sha512_256(utf8("x"));
  expect(parseIoKey(inputKey(hash))).toEqual({ kind: "input", txHash: hash });
  expect(parseIoKey(outputKey(hash))).toEqual({ kind: "output", txHash: hash });
  expect(parseIoKey(tagKey(utf8("some tag"), BLOCK_TAG_HASH))).toEqual({
    kind: "tag",
    key: utf8("some tag"),
    txHash: BLOCK_TAG_HASH,
  });
  for (const strange of [new Uint8Array(0), utf8("T"), utf8("E"), utf8("Z".repeat(34)), utf8("T".repeat(34))])
    expect(parseIoKey(strange)).toBeNull();
});

test.each<[string, (tree: MkvsTree) => void]>([
  ["a gap in the order", (tree) => tree.insert(inputKey(sha512_256(utf8("x"))), encodeInput(utf8("x"), 1))],
  ["an output without input", (tree) => tree.insert(outputKey(sha512_256(utf8("x"))), utf8("x"))],
  ["a value that is no input", (tree) => tree.insert(inputKey(sha512_256(utf8("x"))), utf8("x"))],
  ["another key", (tree) => tree.insert(utf8("Tx"), utf8("x"))],
])("refuses a tree with %s", (_what, change) => {
  const tree = MkvsTree.empty(ROOT_IO);
  change(tree);
  expect(() => readTransactions(tree)).toThrow(CodecError);
});
