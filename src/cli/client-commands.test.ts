import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { createHandlers } from "../api/handlers/create-handlers.ts";
import { RecordedBackend } from "../api/testing/recorded-backend.ts";
import { RecordingNode, startTestServer, type TestServer } from "../api/testing/test-server.ts";
import { fromJsonText } from "../codec/schema.ts";
import { Status } from "../types/api-control.ts";
import official from "./testing/official-answers.json" with { type: "json" };
import { run } from "./testing/run-command.ts";

const genesis = sharedPath("chains", "first-light.genesis.json");
let server: TestServer;
let address: string[];

beforeAll(async () => {
  const text = readFileSync(genesis, "utf8");
  const consensus = new RecordedBackend(text, sharedPath("chains", "first-light.jsonl.gz"));
  const { NodeController: _, ...handlers } = createHandlers({ node: new RecordingNode(), consensus });
  server = await startTestServer(handlers);
  address = ["-a", `unix:${server.socket}`];
});
afterAll(() => server[Symbol.asyncDispose]());

test("control status prints what the official node prints", async () => {
  const sample = readFileSync(sharedPath("samples", "control-status-compute.json"), "utf8");
  server.node.status = fromJsonText(Status, sample);
  expect(await run(["control", "status", ...address])).toEqual({
    code: 0,
    out: `${sample.trimEnd()}\n`,
    err: "",
  });
});

test("control commands", async () => {
  expect(await run(["control", "is-synced", ...address])).toEqual({
    code: 0,
    out: "node completed initial syncing\n",
    err: "",
  });
  server.node.calls.length = 0;
  expect((await run(["control", "shutdown", "--wait", ...address])).code).toBe(0);
  expect((await run(["control", "shutdown", "-w=false", ...address])).code).toBe(0);
  expect((await run(["control", "add-bundle", "/x.orc", ...address])).code).toBe(0);
  expect(server.node.calls).toEqual([
    ["requestShutdown", true],
    ["requestShutdown", false],
    ["addBundle", "/x.orc"],
  ]);
});

test("votes for the next block, and proposals, as JSON", async () => {
  const state = await run(["consensus", "next_block_state", ...address]);
  expect(JSON.parse(state.out)).toMatchObject({
    num_validators: 1,
    prevotes: { voting_power: 0, ratio: 0, votes: null },
  });
  // A list without elements is null, as the official node prints it.
  expect(await run(["governance", "list_proposals", ...address])).toEqual({
    code: 0,
    out: "null\n",
    err: "",
  });
  expect((await run(["governance", "list_proposals", "--include_closed", ...address])).out).toBe("null\n");
  const unknown = await run(["governance", "proposal_info", "--proposal.id", "3", ...address]);
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("no such proposal") });
});

test("lists and accounts", async () => {
  const runtimes = await run(["registry", "runtime", "list", ...address]);
  expect(runtimes.out).toBe(`${"80".padEnd(64, "0")}\n`);
  const entities = await run(["registry", "entity", "list", ...address]);
  expect(entities.out.trim().split("\n").length).toBeGreaterThan(0);
  const accounts = (await run(["stake", "list", ...address])).out.trim().split("\n");
  const account = await run([
    "stake",
    "account",
    "info",
    "--stake.account.address",
    accounts[0]!,
    ...address,
  ]);
  expect(account.out).toMatch(/^Account State for Height: 111\nBalance:\n {2}Total: .* TEST\n/);
  const info = await run(["stake", "info", ...address]);
  expect(info.out).toMatch(/^Token's ticker symbol: TEST\nToken's value base-10 exponent: 6\nTotal supply: /);
  expect(info.out).toContain("Staking threshold (keymanager-churp): ");
});

describe("what the official command prints about the same network", () => {
  test.each(official)("$command", async ({ command, out }) => {
    expect(await run([...command.split(" "), ...address])).toEqual({ code: 0, out, err: "" });
  });
});

test("genesis dump", async () => {
  const dumped = await run(["genesis", "dump", "--genesis.file", "", "--height", "100", ...address]);
  expect(JSON.parse(dumped.out).height).toBe(100);
  const refused = await run(["genesis", "dump", "--genesis.file", "", "--height", "1000", ...address]);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(
    "height 1000 must be less than or equal to the current blockchain height 111",
  );
});

describe("a node that does not answer", () => {
  test.each([
    { argv: ["control", "status"], code: 128 },
    { argv: ["control", "is-synced"], code: 128 },
    { argv: ["control", "wait-sync"], code: 1 },
    { argv: ["identity", "show-address"], code: 128 },
    { argv: ["stake", "info"], code: 1 },
  ])("$argv exits with $code", async ({ argv, code }) => {
    const result = await run([...argv, "-a", "unix:/nonexistent/internal.sock"]);
    expect(result.code).toBe(code);
    expect(result.err).toContain("no node answers at unix:/nonexistent/internal.sock");
    expect(result.out).toBe("");
  });

  test("an address that is none", async () => {
    const result = await run(["control", "status", "-a", "nowhere"]);
    expect(result.code).toBe(1);
    expect(result.err).toContain('--address: not an address: "nowhere"');
  });
});

describe("identity", () => {
  test("keys of a data directory", async () => {
    const dir = join(mkdtempSync(join(tmpdir(), "qanat-cli-")), "data");
    expect(await run(["identity", "init", "--datadir", dir])).toEqual({
      code: 0,
      out: `Generated identity files in: ${dir}\n`,
      err: "",
    });
    const show = async (...words: string[]) =>
      (await run(["identity", ...words, "--datadir", dir])).out.trim();
    expect(await show("show-tls-pubkey")).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(await show("show-address")).toMatch(/^oasis1[0-9a-z]{40}$/);
    for (const group of ["tendermint", "cometbft"]) {
      expect(await show(group, "show-node-address")).toMatch(/^[0-9A-F]{40}$/);
      expect(await show(group, "show-consensus-address")).toMatch(/^[0-9A-F]{40}$/);
    }
    expect(await show("tendermint", "show-node-address")).toBe(await show("cometbft", "show-node-address"));
    const before = await show("show-tls-pubkey");
    await run(["identity", "init", "--datadir", dir]);
    expect(await show("show-tls-pubkey")).toBe(before);
    rmSync(dir, { recursive: true });
  });

  test("no data directory", async () => {
    expect((await run(["identity", "init"])).err).toContain("data directory must be set");
    expect((await run(["identity", "show-tls-pubkey", "--datadir", "/nonexistent"])).code).toBe(1);
  });
});

describe("entities", () => {
  test("a key is never overwritten", async () => {
    const dir = mkdtempSync(join(tmpdir(), "qanat-cli-"));
    const init = ["registry", "entity", "init", "--signer.dir", dir];
    const first = await run(init);
    expect(first.code).toBe(0);
    expect((await run(init)).err).toContain("specify --force to overwrite");
    expect((await run([...init, "--force"])).err).toContain("it is not overwritten");
    writeFileSync(join(dir, "entity.json"), "");
    expect(await run([...init, "--force", "--entity.reuse_signer"])).toEqual(first);
  });
});
