import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../codec/bytes.ts";
import { decode, encode } from "../codec/schema.ts";
import { createBlacklist } from "../crypto/blacklist.ts";
import { testSigner } from "../crypto/memory-signer.ts";
import { COMMON_POOL_ADDRESS, FEE_ACCUMULATOR_ADDRESS } from "../types/account-address.ts";
import { BlockMetadata, Parameters, SignedTransaction, type Transaction } from "../types/consensus.ts";
import { TransferEvent } from "../types/staking-events.ts";
import { eventsRoot, makeMetadataTransaction, verifyMetadata } from "./block-metadata.ts";
import { TransactionOpener, transactionContext } from "./decode-transaction.ts";

// consensus-a.md 1.5.
describe("events root", () => {
  test("of nothing", () => {
    expect(toHex(eventsRoot([]))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  test("of one transfer", () => {
    const event = { from: COMMON_POOL_ADDRESS, to: FEE_ACCUMULATOR_ADDRESS, amount: 10n };
    expect(toHex(eventsRoot([encode(TransferEvent, event)]))).toBe(
      "51ee829fdedfed96a9f90f94fa703d1fbc57b1674e58d592ed6784f212e04745",
    );
  });
});

describe("metadata transaction", () => {
  const context = transactionContext("aa".repeat(32));
  const signer = testSigner("proposer");
  const computed = { stateRoot: new Uint8Array(32).fill(1), eventsRoot: new Uint8Array(32).fill(2) };

  test("has the known encoding", () => {
    const raw = makeMetadataTransaction(computed, context, signer);
    const blob = decode(SignedTransaction, raw).untrusted_raw_value!;
    const [state, events] = ["01", "02"].map((byte) => byte.repeat(32));
    expect(toHex(blob)).toBe(
      `a364626f6479a26a73746174655f726f6f745820${state}6b6576656e74735f726f6f745820${events}656e6f6e636500666d6574686f646e636f6e73656e7375732e4d657461`,
    );
    expect(raw.length).toBe(282);
  });

  test("opens with the proposer as its signer", () => {
    const raw = makeMetadataTransaction(computed, context, signer);
    const signatures = { blacklist: createBlacklist({ allowTestKeys: false }) };
    const opened = new TransactionOpener(context, signatures).open(raw, Parameters.zero());
    expect(opened.signer).toEqual(signer.publicKey);
    expect(() => verifyMetadata([opened.transaction], computed)).not.toThrow();
  });

  const transaction = (change: Partial<BlockMetadata> = {}, method = "consensus.Meta"): Transaction => ({
    nonce: 0n,
    fee: null,
    method,
    body: encode(BlockMetadata, {
      state_root: computed.stateRoot,
      events_root: computed.eventsRoot,
      ...change,
    }),
  });
  test.each<[string, Transaction[]]>([
    ["none", []],
    ["two", [transaction(), transaction()]],
    ["an unknown system method", [transaction(), transaction({}, "consensus.Other")]],
    ["another state root", [transaction({ state_root: new Uint8Array(32) })]],
    ["another events root", [transaction({ events_root: new Uint8Array(32) })]],
    ["no events root", [transaction({ events_root: null })]],
  ])("%s is refused", (_, transactions) => {
    expect(() => verifyMetadata(transactions, computed)).toThrow();
  });

  test("a body that does not decode is refused", () => {
    expect(() => verifyMetadata([{ ...transaction(), body: fromHex("01") }], computed)).toThrow();
  });
});
