import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedPath } from "../test/shared.ts";
import { bundleNode } from "./bundle-node.ts";

const root = join(import.meta.dirname, "..");
const folder = join(root, "build", `bundle-of-test-${process.pid}`);

describe("the bundled node", () => {
  beforeAll(() => bundleNode(folder), 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) =>
    spawnSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(folder, "main.mjs"), ...args],
      {
        encoding: "utf8",
      },
    );

  test("says the version that package.json has", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(run("--version").stdout).toContain(`Software version: ${version} `);
  });

  test("starts its threads from the bundle, and finds its native code", () => {
    const chain = (end: string) => sharedPath("chains", `debond.${end}`);
    const replay = run("debug", "replay", "--genesis", chain("genesis.json"), "--chain", chain("jsonl.gz"));
    expect(replay.stderr).toBe("");
    expect(JSON.parse(replay.stdout)).toMatchObject({ height: 5, mismatches: 0 });
    const threads = files().flatMap((text) => text.match(/"[^"]*recorded-heights-worker\.\w+"/g) ?? []);
    expect(new Set(threads)).toEqual(new Set(['"./recorded-heights-worker.mjs"']));
  });

  test("knows no folder of the machine, so that a checkout may be moved", () => {
    expect(files().filter((text) => text.includes(root))).toEqual([]);
  });

  const files = () => readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
});
