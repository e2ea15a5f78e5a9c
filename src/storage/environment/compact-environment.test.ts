import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { compactEnvironment } from "./compact-environment.ts";
import { openEnvironment } from "./lmdb-environment.ts";
import { bytesValue, defineTable, uint } from "./table.ts";

const numbers = defineTable({ name: "numbers", key: [uint("n", 4)], value: bytesValue, meaning: "Numbers." });

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "qanat-compact-"));
});
afterEach(() => rmSync(path, { recursive: true }));

it("gives deleted space back to the disk and keeps the rest", async () => {
  const env = openEnvironment(path);
  const table = env.table(numbers);
  const scoped = env.table(numbers, "scope");
  env.transaction(() => {
    for (let n = 0; n < 5000; n++) table.put([n], new Uint8Array(500).fill(n));
    scoped.put([1], Uint8Array.of(1));
  });
  env.transaction(() => {
    for (let n = 0; n < 4900; n++) table.remove([n]);
  });
  expect(env.fileSize()).toBeGreaterThan(2_000_000);
  expect(env.size()).toBeLessThan(200_000);
  await expect(compactEnvironment(path)).rejects.toMatchObject({ code: "storage/locked" });
  await env.close();

  const { before, after } = await compactEnvironment(path);
  expect(before).toBeGreaterThan(2_000_000);
  expect(after).toBeLessThan(200_000);
  expect(existsSync(join(path, "compact"))).toBe(false);

  const again = openEnvironment(path);
  expect(again.table(numbers).count()).toBe(100);
  expect(again.table(numbers).get([4999])).toEqual(new Uint8Array(500).fill(4999 & 0xff));
  expect(again.table(numbers, "scope").get([1])).toEqual(Uint8Array.of(1));
  again.table(numbers).put([1], Uint8Array.of(2));
  expect(again.table(numbers).count()).toBe(101);
  await again.close();
});

it("leaves what an interrupted compaction left to the next start, which removes it", async () => {
  await openEnvironment(path).close();
  mkdirSync(join(path, "compact"));
  writeFileSync(join(path, "compact", "data.mdb"), "half");
  const env = openEnvironment(path);
  expect(existsSync(join(path, "compact"))).toBe(false);
  await env.close();
});

it("does not take for a database what is none", async () => {
  writeFileSync(join(path, "data.mdb"), "something else entirely, and long enough to be looked at");
  await expect(compactEnvironment(path)).rejects.toMatchObject({ code: "storage/damaged" });
});
