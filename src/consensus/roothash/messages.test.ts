import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../../codec/bytes.ts";
import { encode } from "../../codec/schema.ts";
import { EMPTY_HASH } from "../../crypto/hash.ts";
import { COMMON_POOL_ADDRESS } from "../../types/account-address.ts";
import { type Message, MessageEvent, Messages } from "../../types/roothash-message.ts";
import { incomingMessagesHash, isValidMessage, messagesHash } from "./messages.ts";

// Known answers: consensus-b.md 6.5 and formats.md 8.4.
const ADDRESS = fromHex("00c20cf510af974ed3627e22488e3c158a0da2180b");
const NONE = { staking: null, registry: null, governance: null };

function transfer(to: Uint8Array, amount: bigint): Message {
  const staking = { v: 0, transfer: { to, amount }, withdraw: null, add_escrow: null, reclaim_escrow: null };
  return { ...NONE, staking };
}

test("hash of no messages is the empty hash", () => {
  expect(messagesHash(null)).toEqual(EMPTY_HASH);
  expect(messagesHash([])).toEqual(EMPTY_HASH);
  expect(incomingMessagesHash([])).toEqual(EMPTY_HASH);
});

test.each([
  [
    "a zero transfer",
    transfer(new Uint8Array(21), 0n),
    "a6b91f974b34a9192efd12025659a768520d2f04e1dae9839677456412cdb2be",
  ],
  ["a transfer", transfer(ADDRESS, 10n), "2d9718381c1f797acb03cff1cf1464b452ce89adfc73e0fc946ec44ae6e5b776"],
])("hash of %s", (_, message, hash) => {
  expect(toHex(messagesHash([message]))).toBe(hash);
});

test("encoding of a transfer", () => {
  expect(toHex(encode(Messages, [transfer(ADDRESS, 10n)]))).toBe(
    `81a1677374616b696e67a2617600687472616e73666572a262746f55${toHex(ADDRESS)}66616d6f756e74410a`,
  );
});

test("hash of incoming messages", () => {
  const bare = { tag: 0n, fee: 0n, tokens: 0n, data: null };
  const one = { ...bare, id: 1n, caller: COMMON_POOL_ADDRESS, tokens: 5n, data: utf8("x") };
  expect(toHex(incomingMessagesHash([one]))).toBe(
    "9c124b698471adde1b15131a328cf33ddbece567d4a8ac172372c57996b32dd7",
  );
  const two = [
    { ...bare, id: 0n, caller: ADDRESS },
    { id: 1n, caller: ADDRESS, tag: 7n, fee: 5n, tokens: 300n, data: utf8("hi") },
  ];
  expect(toHex(incomingMessagesHash(two))).toBe(
    "d3bc306db9f1ec63023bd89636b8e0528932b1824915eafcd19fdbdf26101bca",
  );
});

test("encoding of message events", () => {
  const result = Uint8Array.of(0xf6);
  expect(toHex(encode(MessageEvent, { module: "", code: 0, index: 0, result }))).toBe("a166726573756c74f6");
  expect(toHex(encode(MessageEvent, { module: "staking", code: 5, index: 1, result }))).toBe(
    "a464636f64650565696e64657801666d6f64756c65677374616b696e6766726573756c74f6",
  );
});

describe("a message says exactly one thing", () => {
  const staking = transfer(ADDRESS, 1n).staking!;
  const vote = { id: 1n, vote: 1 };
  const governance = { v: 0, cast_vote: null, submit_proposal: null };
  const proposal = {} as never;
  test.each([
    ["nothing", NONE, false],
    ["a transfer", transfer(ADDRESS, 1n), true],
    ["nothing about staking", { ...NONE, staking: { ...staking, transfer: null } }, false],
    [
      "two things about staking",
      { ...NONE, staking: { ...staking, withdraw: { from: ADDRESS, amount: 1n } } },
      false,
    ],
    ["nothing to the registry", { ...NONE, registry: { v: 0, update_runtime: null } }, false],
    ["an update", { ...NONE, registry: { v: 0, update_runtime: {} as never } }, true],
    ["a vote", { ...NONE, governance: { ...governance, cast_vote: vote } }, true],
    ["nothing to governance", { ...NONE, governance }, false],
    [
      "a vote and a proposal",
      { ...NONE, governance: { ...governance, cast_vote: vote, submit_proposal: proposal } },
      false,
    ],
    // Staking is looked at first.
    [
      "a transfer and nothing to the registry",
      { ...transfer(ADDRESS, 1n), registry: { v: 0, update_runtime: null } },
      true,
    ],
  ] as [string, Message, boolean][])("%s", (_, message, valid) => {
    expect(isValidMessage(message)).toBe(valid);
  });
});
