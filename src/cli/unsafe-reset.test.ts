import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDirectory } from "../storage/environment/directory-lock.ts";
import { run } from "./testing/run-command.ts";

let dataDir: string;
const at = (...names: string[]) => join(dataDir, ...names);
const isThere = (...names: string[]) => existsSync(at(...names));

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "qanat-reset-"));
  await run(["identity", "init", "--datadir", dataDir]);
  for (const folder of [
    "store",
    "consensus",
    join("runtimes", "80", "checkpoints"),
    join("runtimes", "logs"),
  ]) {
    mkdirSync(at(folder), { recursive: true });
    writeFileSync(at(folder, "file"), "x");
  }
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const everything = ["--preserve.local_storage=false", "--preserve.mkvs_database=false"];
const reset = (...args: string[]) => run(["unsafe-reset", "--datadir", dataDir, ...args]);

test("what is stored goes, keys and logs stay", async () => {
  const dry = await reset(...everything, "-n");
  expect(dry).toEqual({
    code: 0,
    out: `would remove ${at("store")}\nwould remove ${at("consensus")}\nwould remove ${at("runtimes", "80", "checkpoints")}\n`,
    err: "",
  });
  expect(isThere("store", "file")).toBe(true);
  expect((await reset(...everything)).code).toBe(0);
  expect([isThere("store"), isThere("consensus"), isThere("runtimes", "80", "checkpoints")]).toEqual([
    false,
    false,
    false,
  ]);
  expect([isThere("identity.pem"), isThere("runtimes", "logs", "file")]).toEqual([true, true]);
});

test("nothing is preserved that cannot be, and nothing else is deleted then", async () => {
  for (const args of [[], [everything[0]!]]) {
    const { code, err } = await reset(...args);
    expect(code).toBe(1);
    expect(err).toContain("--preserve.mkvs_database=false");
  }
  expect(isThere("store", "file")).toBe(true);
});

test("a running node, and a folder that is no data directory, are left alone", async () => {
  const unlock = lockDirectory(at("store"));
  expect((await reset(...everything)).err).toContain("when the node is not running");
  unlock();
  rmSync(at("identity_pub.pem"));
  expect((await reset(...everything)).err).toContain("does not look like an oasis-node data directory");
  expect(isThere("store", "file")).toBe(true);
  expect((await reset(...everything, "--force")).code).toBe(0);
  expect(isThere("store")).toBe(false);
});
