import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildExecutable } from "./build-executable.ts";
import { injectNote } from "./inject-note.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "qanat-build-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

test("a TypeScript program becomes one executable that starts by itself, and is not built twice", async () => {
  const entry = join(directory, "hello.ts");
  const output = join(directory, "hello");
  writeFileSync(entry, 'const name: string = "world";\nconsole.log("hello", name, process.argv.length);\n');
  expect(await buildExecutable({ entry, output })).toBe("built");
  expect(execFileSync(output, { encoding: "utf8", env: {} })).toBe("hello world 2\n");
  expect(await buildExecutable({ entry, output })).toBe("current");
  writeFileSync(entry, 'console.log("changed");\n');
  expect(await buildExecutable({ entry, output })).toBe("built");
  expect(execFileSync(output, { encoding: "utf8", env: {} })).toBe("changed\n");
});

test("options of the surrounding Node do not reach the executable", async () => {
  const entry = join(directory, "options.ts");
  const output = join(directory, "options");
  writeFileSync(entry, "console.log(process.execArgv.length);\n");
  await buildExecutable({ entry, output });
  const printed = execFileSync(output, { encoding: "utf8", env: { NODE_OPTIONS: "--trace-warnings" } });
  expect(printed).toBe(execFileSync(output, { encoding: "utf8", env: {} }));
});

test("a faulty program is refused with its error", async () => {
  const entry = join(directory, "faulty.ts");
  writeFileSync(entry, 'import { nothing } from "./nowhere.ts";\nnothing();\n');
  await expect(buildExecutable({ entry, output: join(directory, "faulty") })).rejects.toThrow(/nowhere/);
});

test("a note is added behind everything, in a segment of its own", () => {
  const node = readFileSync(process.execPath);
  const [header, addition] = injectNote(node, "A_NOTE", new Uint8Array([1, 2, 3]));
  expect(header).toMatchObject({ offset: 0 });
  expect(addition!.offset).toBeGreaterThanOrEqual(node.length);
  expect(addition!.offset % 4096).toBe(0);
  expect(Buffer.from(addition!.bytes).includes("A_NOTE")).toBe(true);
});

test.each<[string, Uint8Array]>([
  ["a text", new TextEncoder().encode("#!/bin/sh\n".repeat(10))],
  ["zeros", new Uint8Array(100)],
])("refuses %s", (_what, bytes) => {
  expect(() => injectNote(bytes, "A_NOTE", new Uint8Array(1))).toThrow(/not a 64-bit ELF executable/);
});
