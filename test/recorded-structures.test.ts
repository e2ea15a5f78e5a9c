import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeBlock } from "../src/chain/block.ts";
import { readRecordedChain } from "../src/chain/recorded-chain.ts";
import { decodeResults } from "../src/chain/results.ts";
import { equal, fromBase64, toHex } from "../src/codec/bytes.ts";
import { parseJson } from "../src/codec/go-json.ts";
import { type Codec, decode, encode, quantity } from "../src/codec/schema.ts";
import * as consensusApi from "../src/types/api-consensus.ts";
import * as beacon from "../src/types/beacon.ts";
import * as churp from "../src/types/churp.ts";
import * as consensus from "../src/types/consensus.ts";
import { SignedEntity } from "../src/types/entity.ts";
import {
  ATTRIBUTE_NODE_LIST_EPOCH,
  ATTRIBUTE_RUNTIME_ID,
  EVENT_TYPE_PREFIX,
  eventCodec,
} from "../src/types/events.ts";
import * as governance from "../src/types/governance.ts";
import * as keymanager from "../src/types/keymanager.ts";
import { methodBody } from "../src/types/methods.ts";
import { MultiSignedNode } from "../src/types/node.ts";
import * as registry from "../src/types/registry.ts";
import * as roothash from "../src/types/roothash.ts";
import { IncomingMessage, IncomingMessageQueueMeta } from "../src/types/roothash-message.ts";
import { Runtime } from "../src/types/runtime.ts";
import * as scheduler from "../src/types/scheduler.ts";
import * as staking from "../src/types/staking.ts";
import { sharedPath } from "./shared.ts";

// Structures against what the official node wrote: whatever decodes must encode to the very same bytes.

/** Structure of the values under a key prefix (facts/formats.md section 7); null: raw or empty values. */
const valueCodecs = new Map<number, Codec<unknown> | null>([
  [0x10, SignedEntity],
  [0x11, MultiSignedNode],
  [0x12, null],
  [0x13, Runtime],
  [0x14, null],
  [0x15, registry.NodeStatus],
  [0x16, registry.ConsensusParameters],
  [0x17, null],
  [0x18, Runtime],
  [0x19, null],
  [0x20, roothash.RuntimeState],
  [0x21, roothash.ConsensusParameters],
  [0x22, null],
  [0x24, null],
  [0x25, null],
  [0x26, null],
  [0x27, roothash.RoundResults],
  [0x28, IncomingMessageQueueMeta],
  [0x29, IncomingMessage],
  [0x2a, roothash.RoundRoots],
  [0x40, beacon.EpochTimeState],
  [0x41, beacon.EpochTimeState],
  [0x42, null],
  [0x43, beacon.ConsensusParameters],
  [0x45, beacon.SetEpoch],
  [0x46, beacon.VRFState],
  [0x50, staking.Account],
  [0x51, quantity],
  [0x52, quantity],
  [0x53, staking.Delegation],
  [0x54, staking.DebondingDelegation],
  [0x55, null],
  [0x56, staking.ConsensusParameters],
  [0x57, quantity],
  // Epoch signing: a structure of the staking state alone.
  [0x58, null],
  [0x59, quantity],
  [0x5a, staking.Delegation],
  [0x5b, null],
  [0x60, scheduler.Committee],
  [0x61, scheduler.ValidatorSet],
  [0x62, scheduler.ValidatorSet],
  [0x63, scheduler.ConsensusParameters],
  [0x70, keymanager.Status],
  [0x71, keymanager.ConsensusParameters],
  [0x72, keymanager.SignedEncryptedMasterSecret],
  [0x73, keymanager.SignedEncryptedEphemeralSecret],
  [0x74, churp.ConsensusParameters],
  [0x75, churp.Status],
  [0x80, null],
  [0x81, governance.Proposal],
  [0x82, null],
  [0x83, governance.Vote],
  [0x84, null],
  [0x85, governance.ConsensusParameters],
  [0xf0, null],
  [0xf1, consensus.Parameters],
] as [number, Codec<unknown> | null][]);

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

describe.each(chains)("recorded chain %s", (name) => {
  const heights = [...readRecordedChain(sharedPath("chains", `${name}.jsonl.gz`))];

  it("has state values that encode back to the same bytes", () => {
    const wrong: string[] = [];
    for (const { height, writes } of heights) {
      for (const { key, value } of writes ?? []) {
        const codec = valueCodecs.get(key[0]!);
        if (value === null || codec === null) continue;
        if (codec === undefined || !encodesBack(codec, value))
          wrong.push(`height ${height} key ${toHex(key)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has transactions whose bodies encode back to the same bytes when they were executed", () => {
    const wrong: string[] = [];
    for (const { height, block, results } of heights) {
      const { txResults } = decodeResults(results);
      for (const [i, bytes] of decodeBlock(block).txs.entries()) {
        if (txResults[i]!.code !== 0) continue;
        const signed = decode(consensus.SignedTransaction, bytes, "strict");
        const tx = decode(consensus.Transaction, signed.untrusted_raw_value, "strict");
        const body = methodBody(tx.method);
        const isGood = body !== undefined && (tx.body === null || encodesBack(body, tx.body));
        if (!isGood) wrong.push(`height ${height} transaction ${i} ${tx.method}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has events that encode back to the same bytes", () => {
    const wrong = heights.flatMap(({ height, results }) => {
      const { beginEvents, txResults, endEvents } = decodeResults(results);
      const events = [...beginEvents, ...txResults.flatMap((result) => result.events), ...endEvents];
      return events.flatMap(wrongAttributes).map((what) => `height ${height} ${what}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe("mainnet at height 25,300,000", () => {
  it("has transactions whose bodies encode back to the same bytes", () => {
    const txs = readVector("txs_25300000.json") as string[];
    const wrong = txs.filter((encoded) => {
      const signed = decode(consensus.SignedTransaction, fromBase64(encoded), "strict");
      const tx = decode(consensus.Transaction, signed.untrusted_raw_value, "strict");
      const body = methodBody(tx.method);
      return body === undefined || (tx.body !== null && !encodesBack(body, tx.body));
    });
    expect(wrong).toEqual([]);
    expect(txs.length).toBe(27);
  });

  it("has results and events that encode back to the same bytes", () => {
    const results = consensusApi.BlockResults.fromJson(readVector("results_25300000.json"), "");
    const meta = decode(consensusApi.BlockResultsMeta, results.meta, "strict");
    const txEvents = (meta.txs_results ?? []).flatMap((result) => result.events ?? []);
    const events = [...(meta.begin_block_events ?? []), ...txEvents, ...(meta.end_block_events ?? [])];
    expect(events.flatMap(wrongAttributes)).toEqual([]);
    expect(meta.txs_results!.length).toBe(27);
  });

  it("has a block that reads as the API gives it", () => {
    const block = consensusApi.Block.fromJson(readVector("block_25300000.json"), "");
    expect(block.height).toBe(25_300_000n);
    expect(decode(consensusApi.BlockMeta, block.meta, "strict").header!.length).toBeGreaterThan(0);
  });
});

interface RecordedEvent {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[] | null;
}

function wrongAttributes({ type, attributes }: RecordedEvent): string[] {
  const app = type.slice(EVENT_TYPE_PREFIX.length);
  return (attributes ?? [])
    .filter(({ key, value }) => {
      if (key === ATTRIBUTE_RUNTIME_ID) return fromBase64(value).length !== 32;
      if (key === ATTRIBUTE_NODE_LIST_EPOCH) return value !== "1";
      const codec = eventCodec(app, key);
      return codec === undefined || !encodesBack(codec, fromBase64(value));
    })
    .map(({ key }) => `${type} ${key}`);
}

function encodesBack(codec: Codec<unknown>, bytes: Uint8Array): boolean {
  return equal(encode(codec, decode(codec, bytes)), bytes);
}

function readVector(name: string): unknown {
  return parseJson(readFileSync(sharedPath("vectors", "mainnet", name), "utf8"));
}
