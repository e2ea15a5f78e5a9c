import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Document } from "../../types/genesis.ts";
import { GenesisError } from "./genesis-error.ts";
import { parseGenesis, readGenesis } from "./read-genesis.ts";
import { formatGenesis, writeGenesis } from "./write-genesis.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "qanat-genesis-"));
});
afterAll(() => rm(folder, { recursive: true }));

const document = Document.make({
  height: 1n,
  genesis_time: 1_577_836_800_123_456_789n,
  chain_id: "<test> & co",
});

describe("genesis files", () => {
  it("reads what it wrote, to the nanosecond", async () => {
    const path = join(folder, "genesis.json");
    await writeGenesis(path, document);
    expect(await readGenesis(path)).toEqual(document);
    expect(await readFile(path, "utf8")).toContain('"chain_id": "\\u003ctest\\u003e \\u0026 co"');
  });

  it("does not overwrite a document", async () => {
    const path = join(folder, "taken.json");
    await writeFile(path, "mine");
    await expect(writeGenesis(path, document)).rejects.toThrow(/EEXIST/);
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  it.each([
    ["a file that is not there", () => join(folder, "none.json"), /none\.json: no such file$/],
    ["a directory", () => folder, /this is a directory/],
  ])("says what is wrong with %s", async (_, path, message) => {
    await expect(readGenesis(path())).rejects.toThrow(message);
  });
});

describe("parseGenesis", () => {
  it.each([
    ["cut text", '{\n  "height": 1,\n  "chain_', /line 3, column/],
    ["a number where text belongs", '{"chain_id": 5}', /chain_id: expected a string, found a number/],
    ["text where a number belongs", '{"height": "1"}', /height: expected an integer, found a string/],
    ["a fraction", '{"height": 1.5}', /height: expected an integer/],
    [
      "a bad quantity deep inside",
      '{"staking": {"ledger": {"oasis1qzzd6khm3acqskpxlk9vd5044cmmcce78y5l6000": {"general": {"balance": "-1"}}}}}',
      /staking\.ledger\.oasis1qzzd6khm3acqskpxlk9vd5044cmmcce78y5l6000\.general\.balance: .*negative/,
    ],
    ["a bad address", '{"staking": {"ledger": {"oasis1xyz": {}}}}', /staking\.ledger\.oasis1xyz: /],
    [
      "an unknown threshold",
      '{"staking": {"params": {"thresholds": {"node": "1"}}}}',
      /ThresholdKind "node"/,
    ],
    ["a list in place of the document", "[]", /expected an object, found an array/],
    ["no text", "", /genesis document: /],
  ])("says where %s is wrong", (_, text, message) => {
    expect(() => parseGenesis(text)).toThrow(GenesisError);
    expect(() => parseGenesis(text)).toThrow(message);
  });

  it("drops unknown members and reads numbers up to 2^64 - 1", () => {
    const text = '{"height": 1, "halt_epoch": 3, "beacon": {"base": 18446744073709551615}}';
    expect(parseGenesis(text)).toEqual(
      Document.make({ height: 1n, beacon: { ...Document.zero().beacon, base: (1n << 64n) - 1n } }),
    );
  });

  it("throws nothing but GenesisError, whatever the text", () => {
    const canonical = formatGenesis(document);
    fc.assert(
      fc.property(fc.nat(canonical.length), fc.string(), fc.nat(20), (at, insert, cut) => {
        try {
          parseGenesis(canonical.slice(0, at) + insert + canonical.slice(at + cut));
        } catch (error) {
          expect(error).toBeInstanceOf(GenesisError);
        }
      }),
    );
  });
});
