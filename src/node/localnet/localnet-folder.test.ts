import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LOCK_FILE } from "../../storage/environment/directory-lock.ts";
import { localnetPaths } from "./localnet-files.ts";
import { takeFolder } from "./localnet-folder.ts";

function folderWith(...files: string[]) {
  const dir = mkdtempSync(join(tmpdir(), "folder-"));
  for (const name of files) writeFileSync(join(dir, name), "");
  return localnetPaths(dir);
}

test("what a process leaves that was killed while it took the folder is no foreign content", () => {
  const paths = folderWith(LOCK_FILE, `${LOCK_FILE}-journal`);
  takeFolder(paths)();
  expect(existsSync(join(paths.dir, LOCK_FILE))).toBe(true);
});

test("a folder with anything else in it is refused", () => {
  expect(() => takeFolder(folderWith("holiday.jpg"))).toThrow(/is not empty and holds no local network/);
});
