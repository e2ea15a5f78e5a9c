import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QanatError } from "../../codec/errors.ts";
import { findLibraries } from "./find-libraries.ts";
import { parseLdCache } from "./ld-cache.ts";
import { readElf } from "./read-elf.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "qanat-elf-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A minimal static x86-64 executable: header and one loadable segment. */
function staticElf(): Uint8Array {
  const bytes = new Uint8Array(120);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  bytes.set([2, 1, 1], 4);
  view.setUint16(16, 2, true);
  view.setUint16(18, 62, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  return bytes;
}

function write(name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

describe("readElf", () => {
  test("reads what the node itself is linked with", () => {
    const info = readElf(process.execPath);
    expect(info.interpreter).toMatch(/^\/lib64\/ld-linux-x86-64/);
    expect(info.needed).toContain("libc.so.6");
    expect(info.needed).toContain("libstdc++.so.6");
  });

  test("a static executable needs nothing", () => {
    expect(readElf(write("static", staticElf()))).toEqual({ interpreter: null, needed: [], soname: null });
  });

  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ["empty file", () => new Uint8Array(0), /shorter/],
    ["shell script", () => new TextEncoder().encode(`#!/bin/sh\n${"#".repeat(100)}`), /signature/],
    ["32-bit", (b) => b.fill(1, 4, 5), /64-bit/],
    ["object file", (b) => b.fill(1, 16, 17), /neither/],
    ["ARM", (b) => b.fill(183, 18, 19), /another processor/],
    ["too many segments", (b) => b.fill(255, 56, 58), /program header/],
    ["segments beyond the end", (b) => b.fill(99, 33, 34), /truncated/],
    ["offset beyond 2^53", (b) => b.fill(255, 32, 40), /beyond/],
  ])("refuses: %s", (name, change, reason) => {
    expect(() => readElf(write(name, change(staticElf())))).toThrow(reason);
  });

  test("never fails otherwise than with its own error, whatever the bytes", () => {
    const head = readFileSync(process.execPath).subarray(0, 4096);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { maxLength: 40 }), (changes) => {
        const bytes = Uint8Array.from(head);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          readElf(write("fuzzed", bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(QanatError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("parseLdCache", () => {
  test("finds what ldconfig lists", () => {
    const listed = execFileSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
    const cache = parseLdCache(readFileSync("/etc/ld.so.cache"));
    const path = /^\s*libc\.so\.6 \(libc6,x86-64[^)]*\) => (.*)$/m.exec(listed)![1]!;
    expect(cache.get("libc.so.6")).toContain(path);
  });

  test("reads the new format behind the old one", () => {
    const modern = readFileSync("/etc/ld.so.cache");
    const old = new Uint8Array(32);
    old.set(new TextEncoder().encode("ld.so-1.7.0\0"));
    old[12] = 1;
    expect(parseLdCache(Buffer.concat([old, modern]))).toEqual(parseLdCache(modern));
  });

  test("prefers the library that every processor runs", () => {
    const strings = new TextEncoder().encode("libx.so\0/v3/libx.so\0/base/libx.so\0");
    const bytes = new Uint8Array(48 + 2 * 24 + strings.length);
    const view = new DataView(bytes.buffer);
    bytes.set(new TextEncoder().encode("glibc-ld.so.cache1.1"));
    view.setUint32(20, 2, true);
    view.setUint32(24, strings.length, true);
    for (const [i, [value, capabilities]] of (
      [
        [8, 1n << 62n],
        [20, 0n],
      ] as const
    ).entries()) {
      view.setUint32(48 + i * 24, 0x0303, true);
      view.setUint32(52 + i * 24, 96, true);
      view.setUint32(56 + i * 24, 96 + value, true);
      view.setBigUint64(64 + i * 24, capabilities, true);
    }
    bytes.set(strings, 96);
    expect(parseLdCache(bytes).get("libx.so")).toEqual(["/base/libx.so", "/v3/libx.so"]);
  });

  test("refuses damaged files with its own error", () => {
    const good = readFileSync("/etc/ld.so.cache").subarray(0, 2000);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(1999), fc.nat(255)), { maxLength: 20 }),
        fc.nat(2000),
        (changes, cut) => {
          const bytes = Uint8Array.from(good.subarray(0, cut));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            parseLdCache(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(QanatError);
          }
        },
      ),
    );
  });
});

describe("findLibraries", () => {
  /** What the system's own linker loads, by name. */
  function linkedBySystem(path: string): string[] {
    return [...execFileSync("ldd", [path], { encoding: "utf8" }).matchAll(/^\s*(\S+) (?:=> (\S+) )?\(/gm)]
      .map(([, name]) => basename(name!))
      .filter((name) => name !== "linux-vdso.so.1")
      .sort();
  }

  test("finds the libraries that the system's linker loads", () => {
    const names = findLibraries(process.execPath).flatMap((library) => library.names);
    expect(names.toSorted()).toEqual(linkedBySystem(process.execPath));
  });

  test("finds the same ones without a cache, as on musl", () => {
    const sources = { cacheFile: join(directory, "none"), muslPathFile: join(directory, "none") };
    const names = findLibraries(process.execPath, sources).flatMap((library) => library.names);
    expect(names.toSorted()).toEqual(linkedBySystem(process.execPath));
  });

  test("looks into LD_LIBRARY_PATH last, and joins the names of one file", () => {
    const libraries = join(directory, "libs");
    mkdirSync(libraries);
    const real = findLibraries(process.execPath).find((library) => library.names.includes("libc.so.6"))!.path;
    copyFileSync(real, join(libraries, "libc-copy.so"));
    for (const name of linkedBySystem(process.execPath)) symlinkSync("libc-copy.so", join(libraries, name));
    const found = findLibraries(process.execPath, {
      cacheFile: join(directory, "none"),
      muslPathFile: join(directory, "none"),
      muslDirectories: [],
      searchPath: libraries,
    });
    expect(found.map(({ path }) => path)).toEqual([join(libraries, "libc-copy.so")]);
    expect(found[0]!.names).toContain("libc.so.6");
  });

  test("names the missing library and who needs it", () => {
    const sources = {
      cacheFile: join(directory, "none"),
      muslPathFile: join(directory, "none"),
      muslDirectories: [],
    };
    expect(() => findLibraries(process.execPath, { ...sources, searchPath: "" })).toThrow(
      /library lib\S+, needed by .*, is not installed/,
    );
  });

  test("a truncated executable is an error of its own", () => {
    const path = join(directory, "cut");
    copyFileSync(process.execPath, path);
    truncateSync(path, 1000);
    expect(() => findLibraries(path)).toThrow(QanatError);
  });
});
