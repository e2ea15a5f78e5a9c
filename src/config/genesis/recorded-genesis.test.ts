import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sharedPath } from "../../../test/shared.ts";
import { fromBase64, fromUtf8, toHex } from "../../codec/bytes.ts";
import { decode, encode } from "../../codec/schema.ts";
import { createBlacklist } from "../../crypto/blacklist.ts";
import { Document } from "../../types/genesis.ts";
import { chainContext, cometChainId } from "./chain-context.ts";
import { checkGenesis } from "./check-genesis.ts";
import { parseGenesis } from "./read-genesis.ts";
import { formatGenesis } from "./write-genesis.ts";

/** State key under which a chain keeps its context. */
const CHAIN_CONTEXT_KEY = "8A==";

// Hash and length from facts/formats.md 3.1; without a hash the sheet has none and the chain alone is the judge.
const chains: readonly (readonly [name: string, hash: string | null, cborLength: number | null])[] = [
  ["beacon-vrf-honest", null, null],
  [
    "change-parameters-min-commission-rate",
    "9a6d0dbe90c2e364acee6e5bc439702b8753afbe9010821a95b477fa63057e13",
    6485,
  ],
  ["debond", "6883d3abe99ad027f86a89a5f3be941379ab1c23428283eae27e6d9220fc9c09", 6123],
  ["first-light", "d1b955676268f3bc3401628d8e23a1be061d6fec00e92d28b47cab8fcb754bfb", 4271],
  ["gas-fees_staking", "ff15305a631c2598d107b37bc938d2559388f53772c4303af720185d7200152e", 6374],
  ["keymanager-churp-txs", null, null],
  ["min-transact-balance", "6ee53bc6eb928f1e15db7ca565e44337d8418fa75106375a8a69f3c6a957752f", 5957],
  ["paratime-kv-discrepancy", "4839cf693e276582315cd46f5818f03212416683274136fd289cc984ffc6e350", 4271],
  ["runtime-message", null, null],
  ["txsource-multi-short", "e669eb479965226bf41f44caf244934ef4a194c02343d331ba44adcd776cc192", 11501],
];

describe.each(chains)("genesis document of %s", (name, hash, cborLength) => {
  const text = readFileSync(sharedPath("chains", `${name}.genesis.json`), "utf8");
  const document = parseGenesis(text, name);
  const firstBlock = readFirstBlock(name);

  it("has the hash that the sheet gives and that the chain itself carries", () => {
    const context = chainContext(document);
    if (hash !== null) expect(context).toBe(hash);
    expect(firstBlock.chainContext).toBe(context);
    expect(firstBlock.headerChainId).toBe(cometChainId(context));
  });

  it("encodes to the known length and decodes back", () => {
    const cbor = encode(Document, document);
    if (cborLength !== null) expect(cbor.length).toBe(cborLength);
    // CBOR has whole seconds only.
    const wholeSeconds = (document.genesis_time! / 1_000_000_000n) * 1_000_000_000n;
    expect(decode(Document, cbor, "strict")).toEqual({ ...document, genesis_time: wholeSeconds });
  });

  it("is written back byte for byte", () => {
    expect(formatGenesis(document)).toBe(text);
  });

  it("passes every check in debug mode, and without it fails only for its debug switches and keys", () => {
    const debug = { debug: true, blacklist: createBlacklist({ allowTestKeys: true }) };
    expect(checkGenesis(document, debug)).toEqual([]);
    const strict = checkGenesis(document, { ...debug, debug: false });
    expect(strict.filter((problem) => !/test networks only|must be positive/.test(problem.message))).toEqual(
      [],
    );
  });
});

describe("smallest document", () => {
  it("has the known hash", () => {
    const document = Document.make({ height: 1n, genesis_time: 1_577_836_800_000_000_000n, chain_id: "x" });
    expect(chainContext(document)).toBe("6100ed2b35efa5f784b19ac532ca82bcbcd7339c229f8eccfad57b8cda57791c");
  });
});

function readFirstBlock(name: string): { headerChainId: string; chainContext: string } {
  const recorded = gunzipSync(readFileSync(sharedPath("chains", `${name}.jsonl.gz`)));
  const line = JSON.parse(fromUtf8(recorded.subarray(0, recorded.indexOf(0x0a)))) as {
    block: string;
    writes: { k: string; v: string }[];
  };
  const context = line.writes.find((write) => write.k === CHAIN_CONTEXT_KEY)!.v;
  return {
    headerChainId: headerChainId(fromBase64(line.block)),
    chainContext: fromUtf8(fromBase64(context)),
  };
}

/** `chain_id` (field 2, text) of the header (field 1) of a protobuf block; all lengths here are one or two bytes. */
function headerChainId(block: Uint8Array): string {
  const marker = Uint8Array.of(0x12, 50);
  const hex = toHex(block);
  const at = hex.indexOf(toHex(marker)) / 2;
  return fromUtf8(block, at + 2, at + 52);
}
