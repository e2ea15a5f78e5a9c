import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "qanat-folder-"));
});
afterAll(() => rmSync(base, { recursive: true }));

test("folders above are made, and what is there stays", () => {
  const path = join(base, "a", "b", "c");
  makeFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  writeFileSync(join(path, "file"), "x");
  makeFolder(path);
  makeFolder(`${path}/`);
  makeFolder("/");
  expect(statSync(join(path, "file")).size).toBe(1);
});

test.each([
  ["a file in its place", (folder: string) => join(folder, "file"), "EEXIST"],
  ["a file above it", (folder: string) => join(folder, "file", "x", "y"), "ENOTDIR"],
  ["a file system that makes no folders", () => "/proc/x/y", "ENOENT"],
])("%s is an error and not a wait", (_name, path, code) => {
  writeFileSync(join(base, "file"), "");
  expect(() => makeFolder(path(base))).toThrow(expect.objectContaining({ code }));
});
