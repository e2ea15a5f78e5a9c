import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { fromHex, toHex } from "../../src/codec/bytes.ts";
import { consensusCheckpoints, runtimeCheckpoints } from "../../src/node/open-checkpoints.ts";
import type { CheckpointFiles } from "../../src/storage/checkpoint/checkpoint-files.ts";
import { openEnvironment } from "../../src/storage/environment/lmdb-environment.ts";
import { MkvsTree } from "../../src/storage/mkvs/mkvs-tree.ts";
import { tables } from "../../src/storage/tables.ts";
import { type Metadata, ROOT_IO } from "../../src/types/storage.ts";
import { removeLocalnetDir } from "../localnet-process.ts";
import { restoreCheckpoint } from "../storage/restore-checkpoint.ts";
import { type NodeProcess, oasisNode, startNode } from "./command.ts";
import { insert } from "./key-value-client.ts";
import { copyNetwork, type NetworkFolder, newNetwork } from "./network-folder.ts";

let template: NetworkFolder;
beforeAll(async () => {
  template = await newNetwork();
}, 240_000);
afterAll(() => removeLocalnetDir(template.dir));

const KEPT_HEIGHTS = 20n;
const KEPT_ROUNDS = 10n;

/** A node that prunes and makes checkpoints, looking every tenth of a second. */
function pruningNode(): NetworkFolder {
  return copyNetwork(template, (config) => {
    config.consensus = {
      ...(config.consensus as object),
      prune: { strategy: "keep_n", num_kept: Number(KEPT_HEIGHTS), interval: "100ms" },
      checkpointer: { check_interval: "100ms" },
    };
    config.runtime.prune = { strategy: "keep_last", num_kept: Number(KEPT_ROUNDS), interval: "1s" };
    config.storage = { checkpointer: { enabled: true, check_interval: "100ms", parallel_chunker: true } };
  });
}

async function insertMany(folder: NetworkFolder, count: number): Promise<void> {
  await using client = await connected(folder);
  for (let i = 0; i < count; i++) await insert(client, `key ${i % 7}`, `value ${i}`);
}

async function connected({ socket, config }: NetworkFolder) {
  const client = new ApiClient(parseDialAddress(`unix:${socket}`));
  const runtimeId = fromHex(/id: "?([0-9a-f]{64})/.exec(readFileSync(config, "utf8"))![1]!);
  await client.call("NodeController", "WaitReady", null);
  return { client, runtimeId, [Symbol.asyncDispose]: async () => client.close() };
}

async function running(folder: NetworkFolder): Promise<NodeProcess> {
  const node = startNode(["--config", folder.config]);
  await node.logged(({ msg }) => msg === "ParaTime started");
  return node;
}

interface Inspected {
  consensus: Record<"state_db" | "block_history", Part> & { checkpoints: number[] };
  runtimes: Record<string, Record<"state_db" | "light_history", Part> & { checkpoints: number[] }>;
  database: { used_bytes: number; file_bytes: number };
}
interface Part {
  ok: boolean;
  latest_version: number;
  last_retained_version: number;
}

async function inspect(folder: NetworkFolder): Promise<Inspected> {
  const { stdout, stderr } = await oasisNode([
    "storage",
    "inspect",
    "--output",
    "json",
    "--config",
    folder.config,
  ]);
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

/** Restores a checkpoint into an empty database and gives its entries. */
async function restored(files: CheckpointFiles, checkpoint: Metadata): Promise<number> {
  const db = await restoreCheckpoint(files, checkpoint);
  return [...MkvsTree.open(db, checkpoint.root).seek(new Uint8Array(0))].length;
}

test("a node drops what is old and writes checkpoints while it runs; the tools agree", {
  timeout: 240_000,
}, async () => {
  const folder = pruningNode();
  await using node = await running(folder);
  await insertMany(folder, 60);
  const whileRunning = await inspect(folder);
  expect(whileRunning.consensus.state_db.ok).toBe(true);
  for (const [command, text] of [
    ["prune", "pruning can only be done when the node is not running"],
    ["compact", "compaction can only be done when the node is not running"],
    ["verify", "verification can only be done when the node is not running"],
  ] as const) {
    const { code, stderr } = await oasisNode(["storage", command, "--config", folder.config]);
    expect([code, stderr]).toEqual([1, `Error: ${text}\n`]);
  }
  expect(await node.stop()).toBe(0);
  expect(node.stderr).toContain('"msg":"checkpoint made"');

  const before = await inspect(folder);
  const { state_db, block_history, checkpoints } = before.consensus;
  expect(block_history).toEqual(state_db);
  // It looked for the last time at most a few blocks before its end.
  expect(state_db.latest_version - state_db.last_retained_version).toBeLessThan(Number(KEPT_HEIGHTS) + 30);
  const [[id, runtime]] = Object.entries(before.runtimes) as [[string, Inspected["runtimes"][string]]];
  expect(runtime.state_db).toEqual(runtime.light_history);
  expect(runtime.light_history.last_retained_version).toBeGreaterThan(0);

  const pruned = await oasisNode(["storage", "prune", "--config", folder.config]);
  expect(pruned).toMatchObject({ code: 0, stderr: "" });
  const after = await inspect(folder);
  expect(after.consensus.state_db.last_retained_version).toBe(state_db.latest_version - Number(KEPT_HEIGHTS));
  expect(after.runtimes[id]!.light_history.last_retained_version).toBe(
    runtime.light_history.latest_version - Number(KEPT_ROUNDS) + 1,
  );

  const compacted = await oasisNode(["storage", "compact", "--config", folder.config]);
  expect(compacted).toMatchObject({ code: 0, stderr: "" });
  expect((await inspect(folder)).database.file_bytes).toBeLessThan(before.database.file_bytes);

  const verified = await oasisNode(["storage", "verify", "--config", folder.config]);
  expect(verified).toMatchObject({ code: 0, stderr: "" });
  expect(verified.stdout).toContain("everything belongs together");
  const checked = await oasisNode(["storage", "check", id, "--datadir", folder.dataDir]);
  expect(checked).toMatchObject({ code: 0, stderr: "" });
  expect(checked.stdout).toMatch(/^looked at 0 blocks, [1-9]\d* rounds, [1-9]\d* trees/);

  expect(checkpoints.length).toBeGreaterThan(0);
  const consensusFiles = consensusCheckpoints(folder.dataDir);
  for (const made of consensusFiles.list()) expect(await restored(consensusFiles, made)).toBeGreaterThan(20);
  const runtimeFiles = runtimeCheckpoints(folder.dataDir, fromHex(id));
  // Of the first round: state and I/O are both empty, and share their folder as in the official node.
  expect(runtimeFiles.list().map(({ root }) => [root.version, root.root_type])).toContainEqual([0n, ROOT_IO]);

  await using again = await running(folder);
  await insertMany(folder, 3);
  expect(await again.stop()).toBe(0);
  removeLocalnetDir(folder.dir);
});

test("verify finds what is damaged", { timeout: 240_000 }, async () => {
  const folder = copyNetwork(template);
  const environment = openEnvironment(join(folder.dataDir, "store"));
  const nodes = environment.table(tables.nodes, toHex(new Uint8Array(32)));
  const [[number]] = [...nodes.keys({ reverse: true, limit: 1 })] as [[number]];
  nodes.remove([number]);
  const blocks = environment.table(tables.chainBlocks);
  const [[height, block]] = [...blocks.range({ limit: 1 })] as [[[bigint], Uint8Array]];
  block[block.length - 1]! ^= 1;
  blocks.put(height, block);
  await environment.close();
  const { code, stdout, stderr } = await oasisNode(["storage", "verify", "--config", folder.config]);
  expect(code).toBe(1);
  expect(stdout).toContain(`node ${number} is missing`);
  expect(stdout).toContain(`block ${height[0]}:`);
  expect(stderr).toContain("the database is damaged");
  removeLocalnetDir(folder.dir);
});

test("commands for what a node keeps need a node that kept something", async () => {
  const folder = copyNetwork(template, (config) => {
    config.common.data_dir = join(config.common.data_dir, "nothing");
  });
  for (const command of ["inspect", "prune", "verify", "compact"]) {
    const { code, stderr } = await oasisNode(["storage", command, "--config", folder.config]);
    expect(code).toBe(1);
    expect(stderr).toContain("holds no node's database");
  }
  expect(existsSync(join(folder.dataDir, "nothing"))).toBe(false);
  expect(readdirSync(folder.dataDir)).toContain("store");
  const { code, stderr } = await oasisNode(["storage", "inspect"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("--config FILE is missing")]);
  removeLocalnetDir(folder.dir);
});
