import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { officialBinary } from "../interop/official-network.ts";
import {
  type LocalnetProcess,
  newLocalnetDir,
  removeLocalnetDir,
  startLocalnet,
} from "../localnet-process.ts";
import { oasisNode } from "./command.ts";
import { insert } from "./key-value-client.ts";

// The official `oasis-node`, version 26.1, as the client of our node: its commands work, and print what ours print.

const reference = officialBinary();

describe.skipIf(reference === null)("the official command line", () => {
  let dir: string;
  let net: LocalnetProcess;
  let socket: string;

  beforeAll(async () => {
    dir = newLocalnetDir();
    net = await startLocalnet(dir);
    socket = `unix:${net.ready.socket}`;
    await insert(net, "key", "value");
  }, 600_000);
  afterAll(async () => {
    await net?.[Symbol.asyncDispose]();
    removeLocalnetDir(dir);
  });

  const official = (...args: string[]) => oasisNode(args, { program: reference!, cwd: dir });
  const ours = (...args: string[]) => oasisNode(args, { cwd: dir });

  test("is the version that this node speaks to", async () => {
    const { stdout } = await official("--version");
    expect(stdout).toContain("Consensus protocol version: 7.0.0");
    expect(stdout).toMatch(/Host protocol version: +5\.1\.0/);
  });

  test("control status: the same but for our additions", async () => {
    const [theirs, own] = [
      await official("control", "status", "-a", socket),
      await ours("control", "status", "-a", socket),
    ];
    expect(theirs.code).toBe(0);
    const { storage, sync: _sync, consensus_peers: _peers, ...known } = JSON.parse(own.stdout);
    expect(storage).toBeDefined();
    expect(withoutMoving(JSON.parse(theirs.stdout))).toEqual(withoutMoving(known));
    expect(JSON.parse(theirs.stdout)).toMatchObject({ mode: "compute", consensus: { status: "ready" } });
  });

  test.each([
    [["control", "is-synced"]],
    [["control", "wait-sync"]],
    [["identity", "show-address"]],
    [["registry", "entity", "list"]],
    [["registry", "entity", "list", "-v"]],
    [["registry", "node", "list"]],
    [["registry", "node", "list", "-v"]],
    [["registry", "runtime", "list"]],
    [["registry", "runtime", "list", "-v"]],
    [["stake", "info"]],
    [["stake", "list"]],
    [["stake", "list", "-v"]],
    [["governance", "list_proposals", "--include_closed"]],
    [["debug", "beacon", "status"]],
    [["debug", "control", "wait-ready"]],
  ])("%j prints the same", async (args) => {
    const theirs = await official(...args, "-a", socket);
    const own = await ours(...args, "-a", socket);
    expect(theirs.code, theirs.stderr).toBe(0);
    expect(own.code).toBe(0);
    expect(comparable(own.stdout)).toEqual(comparable(theirs.stdout));
  });

  test("stake account info and nonce of the entity", async () => {
    const { id } = JSON.parse(readFileSync(join(dir, "entity", "entity.json"), "utf8"));
    const toAddress = ["stake", "pubkey2address", "--public_key", id];
    const { stdout: address } = await official(...toAddress);
    expect((await ours(...toAddress)).stdout).toBe(address);
    for (const command of ["info", "nonce"]) {
      const args = ["stake", "account", command, "--stake.account.address", address.trim(), "-a", socket];
      const theirs = await official(...args);
      expect(theirs.code, theirs.stderr).toBe(0);
      expect(comparable((await ours(...args)).stdout)).toEqual(comparable(theirs.stdout));
    }
  });

  test("a transfer that it signs is executed, and seen by both", async () => {
    const target = "oasis1qrydpazemvuwtnp3efm7vmfvg3tde044qg6cxwzx";
    const file = join(dir, "transfer.json");
    // Its log goes to standard output.
    const { code, stdout } = await official(
      ...[
        "stake",
        "account",
        "gen_transfer",
        "--genesis.file",
        net.ready.genesis,
        "--transaction.file",
        file,
      ],
      ...["--signer.backend", "file", "--signer.dir", join(dir, "entity"), "--assume_yes"],
      ...["--stake.amount", "12345", "--stake.transfer.destination", target],
      ...["--transaction.nonce", "0", "--transaction.fee.gas", "2000", "--debug.dont_blame_oasis"],
    );
    expect(code, stdout).toBe(0);
    const document = ["--genesis.file", net.ready.genesis, "--debug.dont_blame_oasis"];
    const show = ["consensus", "show_tx", "--transaction.file", file, ...document];
    const shown = await official(...show);
    expect(shown.code, shown.stdout).toBe(0);
    expect((await ours(...show)).stdout).toBe(shown.stdout);
    const submitted = await official("consensus", "submit_tx", "--transaction.file", file, "-a", socket);
    expect(submitted.code, submitted.stdout).toBe(0);
    const info = ["stake", "account", "info", "--stake.account.address", target, "-a", socket];
    const theirs = await official(...info);
    expect(theirs.stdout).toContain("0.000012345");
    expect(comparable((await ours(...info)).stdout)).toEqual(comparable(theirs.stdout));
    // The same transaction again is refused, and the official program learns why.
    const again = await official("consensus", "submit_tx", "--transaction.file", file, "-a", socket);
    expect(again.code).toBe(1);
    expect(again.stdout).toContain("consensus: duplicate transaction");
  });

  test("genesis check: the document of the local network is valid and canonical, with the same hash", async () => {
    const { code, stdout, stderr } = await official(
      ...["genesis", "check", "--genesis.file", net.ready.genesis, "--debug.dont_blame_oasis"],
    );
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).toContain("valid and in canonical form");
    expect(stdout + stderr).toContain(net.ready.chain_context);
  });

  test("genesis dump: the state as a document that both accept", { timeout: 600_000 }, async () => {
    const height = String((await net.client.call("Consensus", "GetStatus", null)).latest_height);
    const dumps = [];
    for (const [program, name] of [
      [official, "theirs.json"],
      [ours, "ours.json"],
    ] as const) {
      const file = join(dir, name);
      const dumped = await program(
        "genesis",
        "dump",
        "--genesis.file",
        file,
        "--height",
        height,
        "-a",
        socket,
      );
      expect(dumped.code, dumped.stderr).toBe(0);
      dumps.push(readFileSync(file, "utf8"));
    }
    expect(dumps[1]).toBe(dumps[0]);
    const check = [
      "genesis",
      "check",
      "--genesis.file",
      join(dir, "theirs.json"),
      "--debug.dont_blame_oasis",
    ];
    const theirs = await official(...check);
    expect(theirs.code, theirs.stderr).toBe(0);
    expect((await ours(...check)).code).toBe(0);
  });

  test("debug control wait-ready", async () => {
    const { code, stderr } = await official("debug", "control", "wait-ready", "-a", socket);
    expect(code, stderr).toBe(0);
  });

  test("identity show-tls-pubkey: reads our key files", async () => {
    const { code, stdout } = await official("identity", "show-tls-pubkey", "--datadir", join(dir, "node"));
    expect(code).toBe(0);
    const { identity } = await net.client.call("NodeController", "GetStatus", null);
    expect(stdout.trim()).toBe(Buffer.from(identity.tls).toString("base64"));
  });

  test("control shutdown ends our node in order", async () => {
    const { code, stderr } = await official("control", "shutdown", "-a", socket);
    expect(code, stderr).toBe(0);
    expect(await net.exited).toBe(0);
    expect(existsSync(net.ready.socket)).toBe(false);
  });
});

/** What changes with every block. */
const moving = new Set([
  "latest_height",
  "latest_hash",
  "latest_time",
  "latest_block_size",
  "latest_state_root",
  "latest_round",
  "liveness",
  "last_round",
  "last_finalized_round",
]);

function withoutMoving(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, member) => (moving.has(key) ? undefined : member)));
}

/** The lines without the height that they were printed at, sorted: the official program prints maps in any order. */
function comparable(text: string): string[] {
  return text
    .replace(/(?<=for Height: )\d+/, "")
    .split("\n")
    .sort();
}
