import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runReplay } from "../src/consensus/replay.ts";
import { sharedPath } from "./shared.ts";

const chains = readdirSync(dirname(sharedPath("chains", "first-light.genesis.json")))
  .filter((file) => file.endsWith(".jsonl.gz"))
  .map((file) => file.slice(0, -".jsonl.gz".length));

const deps = { attestation: async () => null };

describe("recorded chains of the official network replay to the same roots, results and hashes", () => {
  test.each(chains)("%s", async (name) => {
    const result = await runReplay(
      {
        genesis: sharedPath("chains", `${name}.genesis.json`),
        chain: sharedPath("chains", `${name}.jsonl.gz`),
        to: null,
        debug: null,
      },
      deps,
    );
    expect(result.first_mismatch).toBeNull();
    expect(result.mismatches).toBe(0);
    const last = lines(name).at(-1)!;
    expect(result).toMatchObject({ height: BigInt(last.height), state_root: last.state_root });
  });
});

describe("a recording that differs is told apart", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "qanat-replay-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Replays `debond` with one line changed. */
  async function replayChanged(height: number, change: (line: RecordedLine) => void) {
    const changed = lines("debond");
    change(changed.find((line) => line.height === height)!);
    const chain = join(folder, "changed.jsonl.gz");
    writeFileSync(chain, gzipSync(changed.map((line) => JSON.stringify(line)).join("\n")));
    const genesis = sharedPath("chains", "debond.genesis.json");
    return await runReplay({ genesis, chain, to: null, debug: null }, deps);
  }

  test("a state root, by the key that was recorded with another value", async () => {
    const result = await replayChanged(3, (line) => {
      line.state_root = "00".repeat(32);
      line.writes!.find(({ k }) => Buffer.from(k, "base64")[0] === 0x58)!.v = "AAAA";
    });
    expect(result).toMatchObject({
      height: 2n,
      blocks: 2,
      mismatches: 1,
      first_mismatch: { height: 3n, what: "state key 58 (staking)", expected: "000000" },
    });
  });

  test("a state root without recorded writes", async () => {
    const result = await replayChanged(2, (line) => {
      line.state_root = "11".repeat(32);
    });
    expect(result.first_mismatch).toMatchObject({
      height: 2n,
      what: "state root",
      expected: "11".repeat(32),
    });
  });

  test("a header hash", async () => {
    const result = await replayChanged(4, (line) => {
      line.block_id_hash = "22".repeat(32);
    });
    expect(result.first_mismatch).toMatchObject({
      height: 4n,
      what: "header hash",
      expected: "22".repeat(32),
    });
  });

  test("results of another block", async () => {
    const other = lines("debond").find((line) => line.height === 1)!.results;
    const result = await replayChanged(3, (line) => {
      line.results = other;
    });
    expect(result.first_mismatch).toMatchObject({ height: 3n });
    expect(result.first_mismatch!.what).toMatch(/event|result/);
  });

  test("a block with a broken signature is refused before it is executed", async () => {
    const result = await replayChanged(3, (line) => {
      const block = Buffer.from(line.block, "base64");
      block[block.length - 3]! ^= 1;
      line.block = block.toString("base64");
    });
    expect(result.first_mismatch).toMatchObject({ height: 3n, what: "block", expected: "accepted" });
  });

  test("stops at the height it is told", async () => {
    const paths = {
      genesis: sharedPath("chains", "debond.genesis.json"),
      chain: sharedPath("chains", "debond.jsonl.gz"),
    };
    expect(await runReplay({ ...paths, to: 2n, debug: null }, deps)).toMatchObject({ height: 2n, blocks: 2 });
  });
});

interface RecordedLine {
  height: number;
  block: string;
  block_id_hash: string;
  results: string;
  state_root: string;
  writes?: { k: string; v: string | null }[];
}

function lines(name: string): RecordedLine[] {
  const text = gunzipSync(readFileSync(sharedPath("chains", `${name}.jsonl.gz`))).toString();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as RecordedLine);
}
