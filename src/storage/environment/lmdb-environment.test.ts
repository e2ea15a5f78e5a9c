import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { afterEach, describe, expect, it } from "vitest";
import { utf8 } from "../../codec/bytes.ts";
import { environmentSuite } from "./environment.suite.ts";
import { openEnvironment } from "./lmdb-environment.ts";
import { bytesKey, bytesValue, defineTable, u64Key } from "./table.ts";

const directories: string[] = [];
function newDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "qanat-lmdb-"));
  directories.push(path);
  return path;
}
afterEach(() => {
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
});

const table = defineTable({ name: "things", key: [bytesKey("key")], value: bytesValue, meaning: "Test." });
const key = utf8("key");

environmentSuite("environment on disk", () => openEnvironment(newDirectory()));

describe("environment on disk", () => {
  it("finds again what was written", async () => {
    const path = newDirectory();
    const env = openEnvironment(path);
    env.table(table, "scope").put([key], utf8("value"));
    await env.close();
    const again = openEnvironment(path);
    expect(again.table(table, "scope").get([key])).toEqual(utf8("value"));
    await again.close();
  });

  it("is for one process at a time, but may be read meanwhile", async () => {
    const path = newDirectory();
    const env = openEnvironment(path);
    env.table(table).put([key], utf8("1"));
    const locked = expect.objectContaining({ code: "storage/locked" });
    expect(() => openEnvironment(path)).toThrow(locked);
    const program = `import { openEnvironment } from ${JSON.stringify(import.meta.resolve("./lmdb-environment.ts"))};
      try { openEnvironment(process.argv[1]); } catch (error) { console.log(error.code); }`;
    const other = spawnSync(process.execPath, ["--input-type=module", "-e", program, path], {
      encoding: "utf8",
    });
    expect(other.stdout.trim()).toBe("storage/locked");
    const reader = openEnvironment(path, { readonly: true });
    expect(reader.table(table).get([key])).toEqual(utf8("1"));
    expect(reader.table(table, "unknown").get([key])).toBeNull();
    expect([...reader.table(table, "unknown").range()]).toEqual([]);
    expect(() => reader.table(table).put([key], key)).toThrow(
      expect.objectContaining({ code: "storage/readonly" }),
    );
    await reader.close();
    await env.close();
    await openEnvironment(path).close();
  });

  it.each([
    ["noise", new Uint8Array(20_000).map((_, i) => i * 31)],
    ["a short file", utf8("no database")],
  ])("refuses %s with an error", (_, content) => {
    const path = newDirectory();
    writeFileSync(join(path, "data.mdb"), content);
    const damaged = expect.objectContaining({ code: "storage/damaged" });
    expect(() => openEnvironment(path)).toThrow(damaged);
    expect(() => openEnvironment(path, { readonly: true })).toThrow(damaged);
  });

  it("refuses to read what is not there and to open what is no directory", () => {
    const path = newDirectory();
    expect(() => openEnvironment(path, { readonly: true })).toThrow(
      expect.objectContaining({ code: "storage/open" }),
    );
    writeFileSync(join(path, "file"), "");
    expect(() => openEnvironment(join(path, "file"))).toThrow();
  });

  it("keeps what it has when the system refuses a write, and goes on", async () => {
    const path = newDirectory();
    const program = `
      import { openEnvironment } from ${JSON.stringify(import.meta.resolve("./lmdb-environment.ts"))};
      import { bytesValue, defineTable, u64Key } from ${JSON.stringify(import.meta.resolve("./table.ts"))};
      const env = openEnvironment(process.argv[1]);
      const table = env.table(defineTable({ name: "t", key: [u64Key("n")], value: bytesValue, meaning: "" }));
      let n = 0n;
      try {
        for (; ; n += 10n) env.transaction(() => { for (let i = 0n; i < 10n; i++) table.put([n + i], new Uint8Array(3000)); });
      } catch (error) {
        table.remove([0n]);
        console.log(JSON.stringify([error.code, String(n), table.count()]));
      }
      await env.close();`;
    // The shell lets the limit on the length of files fail the write instead of ending the process.
    const limited = `trap '' XFSZ; ulimit -f 4000; exec "$@"`;
    const run = ["-c", limited, "sh", process.execPath, "--input-type=module", "-e", program, path];
    const child = spawnSync("sh", run, { encoding: "utf8" });
    const [code, written, count] = JSON.parse(child.stdout) as [string, string, number];
    expect(code).toMatch(/^storage\/(io|disk-full)$/);
    expect(count).toBe(Number(written) - 1);
    const env = openEnvironment(path);
    expect(
      env.table(defineTable({ name: "t", key: [u64Key("n")], value: bytesValue, meaning: "" })).count(),
    ).toBe(count);
    await env.close();
  });

  it("takes over what a first start left that ended before it had written the format", async () => {
    const path = newDirectory();
    const root = open<Uint8Array, string>({ path, maxDbs: 4, encoding: "binary" });
    root.openDB({ name: "format", encoding: "binary" });
    await root.close();
    const env = openEnvironment(path);
    env.table(table).put([key], utf8("value"));
    await env.close();
    await openEnvironment(path).close();
  });

  it("refuses the database of another program", async () => {
    const path = newDirectory();
    const root = open<Uint8Array, string>({ path, maxDbs: 4, encoding: "binary" });
    root.openDB({ name: "theirs", encoding: "binary" });
    await root.close();
    expect(() => openEnvironment(path)).toThrow("was not made by this program");
  });

  it("refuses another format", async () => {
    const path = newDirectory();
    const env = openEnvironment(path);
    const format = defineTable({ ...table, name: "format" });
    env.table(format).put([utf8("version")], utf8("999"));
    await env.close();
    expect(() => openEnvironment(path)).toThrow(/format 999, this version reads format/);
  });
});
