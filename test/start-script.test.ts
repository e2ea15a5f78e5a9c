import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** When the bundle of a checkout was made, in seconds. */
const BUNDLED_AT = 1_700_000_000;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "qanat-start-"));
  mkdirSync(join(root, "bin"));
  copyFileSync(join(import.meta.dirname, "..", "bin", "oasis-node"), join(root, "bin", "oasis-node"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A file of the checkout, as old as is said. */
function file(path: string, text: string, changedAt: number): void {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  for (let at = full; at !== root; at = dirname(at)) utimesSync(at, changedAt, changedAt);
}

/** A set-up checkout whose Node says what it is told to run. */
function checkout({ isBundled }: { isBundled: boolean }): void {
  file("node_modules/node/bin/node", '#!/bin/sh\nprintf "%s\\n" "$@"\n', BUNDLED_AT);
  chmodSync(join(root, "node_modules/node/bin/node"), 0o755);
  file("package-lock.json", "{}", BUNDLED_AT - 1);
  file("src/cli/main.ts", "", BUNDLED_AT - 1);
  if (!isBundled) return;
  file("build/node/main.mjs", "", BUNDLED_AT + 1);
  file("build/node/stamp", "", BUNDLED_AT);
}

function started(...args: string[]): string[] {
  const { stdout, stderr } = spawnSync(join(root, "bin", "oasis-node"), args, { encoding: "utf8" });
  return [...stdout.trimEnd().split("\n"), ...stderr.split("\n").filter(Boolean)];
}

test("the bundle runs where no source is newer, with the arguments as they are", () => {
  checkout({ isBundled: true });
  expect(started("debug", "a b").slice(-3)).toEqual([join(root, "build/node/main.mjs"), "debug", "a b"]);
});

test("the sources run after one of them was changed", () => {
  checkout({ isBundled: true });
  file("src/chain/block.ts", "", BUNDLED_AT + 1);
  expect(started("debug").slice(-2)).toEqual([join(root, "src/cli/main.ts"), "debug"]);
});

test("the sources run after one of them was removed", () => {
  checkout({ isBundled: true });
  file("src/chain/block.ts", "", BUNDLED_AT - 1);
  rmSync(join(root, "src/chain/block.ts"));
  expect(started()).toContain(join(root, "src/cli/main.ts"));
});

test("the sources run with other packages, and where nothing was bundled", () => {
  checkout({ isBundled: true });
  file("package-lock.json", "{ }", BUNDLED_AT + 1);
  expect(started()).toContain(join(root, "src/cli/main.ts"));
  rmSync(join(root, "build"), { recursive: true });
  file("package-lock.json", "{ }", BUNDLED_AT - 1);
  expect(started()).toContain(join(root, "src/cli/main.ts"));
});

test("a checkout that is not set up says how to do that", () => {
  expect(started().join()).toContain("not set up yet. Run: npm --prefix");
});
