import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import official from "./testing/official-genesis.json" with { type: "json" };
import { run } from "./testing/run-command.ts";

const folder = () => mkdtempSync(join(tmpdir(), "qanat-cli-"));
const firstLight = sharedPath("chains", "first-light.genesis.json");
const debug = ["--debug.dont_blame_oasis", "--debug.allow_test_keys"];

describe("genesis init", () => {
  test.each(official)("$command", async ({ command, document }) => {
    const path = join(folder(), "genesis.json");
    const result = await run([...command.split(" "), "--genesis.file", path]);
    expect(result).toEqual({ code: 0, out: "", err: "" });
    const text = readFileSync(path, "utf8").replace(
      /"genesis_time": "[^"]+"/,
      '"genesis_time": "2026-01-01T00:00:00Z"',
    );
    expect(text).toBe(`${JSON.stringify(document, null, 2)}\n`);
  });

  test("flags of 21.x mean what they meant", async () => {
    const path = join(folder(), "genesis.json");
    const flags = [
      "--consensus.tendermint.timeout_commit",
      "5s",
      "--beacon.insecure.tendermint.interval=600",
    ];
    const gone = ["--halt.epoch", "9", "--governance.quorum=90"];
    const base = [
      "genesis",
      "init",
      "--chain.id",
      "x",
      "--staking.token_symbol",
      "T",
      "--genesis.file",
      path,
    ];
    expect((await run([...base, ...flags, ...gone])).code).toBe(0);
    const document = JSON.parse(readFileSync(path, "utf8"));
    expect(document.consensus.params.timeout_commit).toBe(5_000_000_000);
    expect(document.beacon.params.insecure_parameters.interval).toBe(600);
  });

  test("entity, node and ParaTime of this machine make a sound document", async () => {
    const dir = folder();
    const id = (await run(["registry", "entity", "init", "--signer.dir", dir])).out.trim();
    const node = await run([
      ..."registry node init --node.role validator,compute-worker --node.expiration 5 --node.p2p_address 1.2.3.4:9200".split(
        " ",
      ),
      ..."--node.consensus_address 1.2.3.4:26656 --node.runtime.id".split(" "),
      "80".padEnd(64, "0"),
      ..."--node.entity_id".split(" "),
      id,
      "--datadir",
      dir,
    ]);
    expect(node).toEqual({ code: 0, out: "", err: "" });
    const descriptor = join(dir, "node_genesis.json");
    await run(["registry", "entity", "update", "--signer.dir", dir, "--entity.node.descriptor", descriptor]);
    const path = join(dir, "genesis.json");
    const init = [
      "genesis",
      "init",
      "--chain.id",
      "x",
      "--staking.token_symbol",
      "T",
      "--genesis.file",
      path,
    ];
    const result = await run([...init, "--entity", join(dir, "entity_genesis.json")]);
    expect(result).toEqual({ code: 0, out: "", err: "" });
    expect(JSON.parse(readFileSync(path, "utf8")).registry.entities).toHaveLength(1);
  });

  test.each([
    { flags: ["--staking.token_symbol", "T"], message: "--chain.id is missing" },
    { flags: ["--chain.id", "x"], message: "--staking.token_symbol is missing" },
    { flags: ["--chain.id", "x", "--beacon.backend", "pvss"], message: 'unsupported beacon backend "pvss"' },
    { flags: ["--chain.id", "x", "--consensus.cometbft.max_tx_size", "big"], message: "expected a size" },
    {
      flags: ["--chain.id", "x", "--consensus.cometbft.timeout_commit", "1"],
      message: "expected a duration",
    },
    {
      flags: ["--chain.id", "x", "--scheduler.min_validators", "-1"],
      message: "expected a whole number from 0",
    },
    {
      flags: ["--chain.id", "x", "--staking.token_symbol", "T", "--roothash.debug.bypass_stake"],
      message: "needs --debug.dont_blame_oasis",
    },
    {
      flags: ["--chain.id", "x", "--entity", "/nonexistent"],
      message: "cannot read signed entity /nonexistent",
    },
  ])("$message", async ({ flags, message }) => {
    const result = await run(["genesis", "init", "--genesis.file", join(folder(), "g.json"), ...flags]);
    expect(result.code).toBe(1);
    expect(result.err).toContain(message);
  });
});

describe("genesis check and hash", () => {
  const context = "d1b955676268f3bc3401628d8e23a1be061d6fec00e92d28b47cab8fcb754bfb";

  test("a document of the official node", async () => {
    expect(await run(["genesis", "hash", "-g", firstLight])).toEqual({
      code: 0,
      out: `${context}\n`,
      err: "",
    });
    const checked = await run(["genesis", "check", "--genesis.file", firstLight, ...debug]);
    expect(checked.code).toBe(0);
    expect(checked.out).toMatch(
      new RegExp(
        "^genesis file is valid and in canonical form\n" +
          `genesis document's hash: ${context}\n` +
          "genesis file's SHA256 checksum: [0-9a-f]{64}\n$",
      ),
    );
  });

  test("debug parameters need the flag", async () => {
    const result = await run(["genesis", "check", "--genesis.file", firstLight]);
    expect(result.code).toBe(1);
    expect(result.err).toContain("--debug.dont_blame_oasis");
  });

  test("another layout is not canonical", async () => {
    const path = join(folder(), "genesis.json");
    writeFileSync(path, JSON.stringify(JSON.parse(readFileSync(firstLight, "utf8"))));
    const result = await run(["genesis", "check", "--genesis.file", path, ...debug]);
    expect(result.code).toBe(1);
    expect(result.err).toContain("is not in canonical form");
    expect(result.err).toMatch(/^Diff:\n--- Actual\n\+\+\+ Canonical\n@@ line 1 @@\n-\{.*\n\+\{\n/s);
  });

  test("no document at all", async () => {
    const path = join(folder(), "genesis.json");
    writeFileSync(path, '{"height": tru');
    const result = await run(["genesis", "check", "--genesis.file", path]);
    expect(result).toMatchObject({ code: 1, out: "" });
    expect(result.err).toContain("line 1");
  });
});
