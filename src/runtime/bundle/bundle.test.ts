import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Zippable, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromHex, toBase64, toHex, utf8 } from "../../codec/bytes.ts";
import { CodecError, QanatError } from "../../codec/errors.ts";
import { encode } from "../../codec/schema.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { formatComponentId, parseComponentId } from "./component-id.ts";
import { explodeBundle, explodedPath } from "./explode-bundle.ts";
import { loadComponent } from "./load-component.ts";
import { availableComponents, Manifest, manifestHash, parseManifest } from "./manifest.ts";
import { openBundle, readBundle } from "./read-bundle.ts";

const runtimeId = `80${"00".repeat(31)}`;
const digest = "724325450c0eab3fab951957da2848151fe3c62f6d50bdb16b25f143c39e2ce7";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "qanat-bundle-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** facts/runtime.md 11.3. */
describe("manifest hash", () => {
  test("of a manifest with components", () => {
    const manifest = parseManifest(
      `{"name":"test-runtime","id":"${runtimeId}","version":{},"components":[{"kind":"ronl","version":{},"elf":{"executable":"component-0-ronl.elf"}}],"digests":{"component-0-ronl.elf":"${digest}"}}`,
    );
    expect(toHex(encode(Manifest, manifest))).toBe(
      `a46269645820${runtimeId}646e616d656c746573742d72756e74696d656764696765737473a174636f6d706f6e656e742d302d726f6e6c2e656c665820${digest}6a636f6d706f6e656e747381a263656c66a16a65786563757461626c6574636f6d706f6e656e742d302d726f6e6c2e656c66646b696e6464726f6e6c`,
    );
    expect(toHex(manifestHash(manifest))).toBe(
      "4307b056555cf7bdce0f7c0b70955e0c63bea389abada8a34875b5c52e3b36ce",
    );
    expect(toBase64(manifestHash(manifest))).toBe("QwewVlVc973OD3wLcJVeDGO+o4mrraijSHW1xS47Ns4=");
  });

  test("of one whose version is at the top", () => {
    const manifest = parseManifest(
      `{"name":"t","id":"${runtimeId}","version":{"major":1},"components":[{"kind":"ronl","version":{"major":1},"elf":{"executable":"runtime.elf"}}],"digests":{"runtime.elf":"${digest}"}}`,
    );
    expect(toHex(manifestHash(manifest))).toBe(
      "8da34cf3344381cf212b92efde9d070d968b4500b4926d1b08dcf9fbe821e4fe",
    );
    expect(availableComponents(manifest)[0]!.version).toEqual({ major: 1, minor: 0, patch: 0 });
  });
});

test("an older manifest describes the on-chain component at the top", () => {
  const manifest = parseManifest(
    `{"id":"${runtimeId}","version":{"minor":3},"executable":"r.elf","digests":{"r.elf":"${digest}"}}`,
  );
  expect(availableComponents(manifest)).toMatchObject([
    { kind: "ronl", version: { major: 0, minor: 3, patch: 0 }, elf: { executable: "r.elf" } },
  ]);
});

const ronl = '{"kind":"ronl","elf":{"executable":"r.elf"}}';

test.each<[string, string, RegExp]>([
  ["no JSON", "{", /./],
  ["two components of one name", components(ronl, ronl), /two components are called ronl/],
  ["both ways at once", `{"id":"${runtimeId}","executable":"x","components":[${ronl}]}`, /both at the top/],
  ["an unknown kind", components('{"kind":"robl"}'), /unknown kind/],
  [
    "a named on-chain component",
    components('{"kind":"ronl","name":"abc","executable":"x"}'),
    /must not have a name/,
  ],
  ["no executable", components('{"kind":"ronl"}'), /needs an executable/],
  ["an empty executable", components('{"kind":"ronl","elf":{"executable":""}}'), /names no executable/],
  [
    "a disabled on-chain component",
    components('{"kind":"ronl","executable":"x","disabled":true}'),
    /disabled/,
  ],
  ["a short name", components('{"kind":"rofl","name":"ab"}'), /3 to 128/],
  ["a strange name", components('{"kind":"rofl","name":"a/b/c"}'), /3 to 128/],
  [
    "two enclaves",
    components(
      '{"kind":"rofl","name":"abc","sgx":{"executable":"x"},"tdx":{"firmware":"f","resources":{"memory":16,"cpus":1}}}',
    ),
    /both an SGX and a TDX part/,
  ],
  [
    "too little memory",
    components('{"kind":"rofl","name":"abc","tdx":{"firmware":"f","resources":{"memory":15,"cpus":1}}}'),
    /16 MB/,
  ],
])("refuses a manifest with %s", (_what, json, reason) => {
  expect(() => parseManifest(json)).toThrow(reason);
});

test("component ids have a text form", () => {
  for (const text of ["ronl", "rofl.my-app_1"]) expect(formatComponentId(parseComponentId(text))).toBe(text);
  for (const text of ["", "rofl", "rofl.", "rofl.a", "ronl.abc", "kml", "rofl.a.b c"])
    expect(() => parseComponentId(text), text).toThrow(QanatError);
});

describe("bundle", () => {
  const elf = readFileSync(process.execPath).subarray(0, 64 * 1024);

  /** A good bundle, with changes. */
  function bundle({
    manifest = {},
    files = { "r.elf": elf } as Record<string, Uint8Array>,
    zip = (entries: Zippable) => zipSync(entries),
  } = {}): Uint8Array {
    const digests = Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [name, toHex(sha512_256(bytes))]),
    );
    const json = { id: runtimeId, components: [JSON.parse(ronl)], digests, ...manifest };
    return zip({ "META-INF/MANIFEST.MF": utf8(JSON.stringify(json)), ...files });
  }

  test("opens, and knows what is in it", () => {
    const opened = openBundle("good", bundle({ files: { "r.elf": elf, "notes.txt": utf8("hello") } }));
    expect([...opened.files.keys()]).toEqual(["META-INF/MANIFEST.MF", "r.elf", "notes.txt"]);
    expect(opened.hash).toEqual(manifestHash(opened.manifest));
  });

  test.each<[string, () => Uint8Array, RegExp]>([
    ["is no archive", () => utf8("PK\x03\x04 and nothing else"), /not a readable ZIP archive/],
    ["is empty", () => zipSync({}), /empty/],
    [
      "does not begin with its manifest",
      () => zipSync({ "r.elf": elf, "META-INF/MANIFEST.MF": utf8("{}") }),
      /first entry is r\.elf/,
    ],
    ["has a file outside", () => bundle({ files: { "r.elf": elf, "../evil": utf8("x") } }), /plain names/],
    ["has a file in a folder", () => bundle({ files: { "r.elf": elf, "a/b": utf8("x") } }), /plain names/],
    ["has a file called ..", () => bundle({ files: { "r.elf": elf, "..": utf8("x") } }), /plain names/],
    [
      "lacks the executable",
      () => bundle({ files: { "other.elf": elf } }),
      /ronl: ELF executable r\.elf is missing/,
    ],
    ["lacks a digest", () => bundle({ manifest: { digests: {} } }), /no digest of r\.elf/],
    [
      "has a wrong digest",
      () => bundle({ manifest: { digests: { "r.elf": digest } } }),
      /does not have the digest/,
    ],
    ["has a broken manifest", () => zipSync({ "META-INF/MANIFEST.MF": utf8("[]") }), /manifest/],
    [
      "has the name of another ParaTime",
      () => bundle({ manifest: { id: `c0${"00".repeat(31)}` } }),
      /it is for ParaTime c0/,
    ],
  ])("is refused when it %s", (_what, make, reason) => {
    expect(() => openBundle("bad", make(), { runtimeId: fromHex(runtimeId) })).toThrow(reason);
  });

  test("is refused when it is another one than expected", () => {
    expect(() => openBundle("x", bundle(), { manifestHash: fromHex(digest) })).toThrow(
      /its manifest hash is/,
    );
  });

  test("checks enclaves when asked to", () => {
    const sgx = {
      kind: "ronl",
      elf: { executable: "r.elf" },
      sgx: { executable: "r.sgxs", signature: "r.sig" },
    };
    const archive = bundle({
      manifest: { components: [sgx] },
      files: { "r.elf": elf, "r.sgxs": utf8("enclave"), "r.sig": utf8("signature") },
    });
    const seen: string[] = [];
    openBundle("sgx", archive, {
      checkEnclave: (...parts) => seen.push(...parts.map((part) => Buffer.from(part).toString())),
    });
    expect(seen).toEqual(["enclave", "signature"]);
  });

  test("whatever the bytes, only errors of its own come out", () => {
    const good = bundle({ files: { "r.elf": utf8("small") } });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        fc.nat(),
        (changes, cut) => {
          const bytes = Uint8Array.from(good.subarray(0, cut % 3 === 0 ? cut % good.length : good.length));
          for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
          try {
            openBundle("fuzzed", bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(QanatError);
            expect(error).not.toBeInstanceOf(CodecError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("is unpacked once, with the right modes, and a changed file is noticed", () => {
    const dataDir = join(directory, "data");
    const opened = openBundle("good", bundle());
    const exploded = explodeBundle(dataDir, opened);
    expect(exploded).toBe(explodedPath(dataDir, opened));
    expect(statSync(exploded).mode & 0o777).toBe(0o700);
    expect(statSync(join(exploded, "r.elf")).mode & 0o777).toBe(0o700);
    expect(statSync(join(exploded, "META-INF/MANIFEST.MF")).mode & 0o777).toBe(0o600);
    const { mtimeMs } = statSync(join(exploded, "r.elf"));
    explodeBundle(dataDir, opened);
    expect(statSync(join(exploded, "r.elf")).mtimeMs).toBe(mtimeMs);
    writeFileSync(join(exploded, "r.elf"), "changed");
    expect(() => explodeBundle(dataDir, opened)).toThrow(/has changed since it was unpacked/);
  });

  test("loadComponent makes a bundle or a plain executable runnable", () => {
    const path = join(directory, "demo.orc");
    writeFileSync(path, bundle({ manifest: { version: { major: 1, minor: 2 } } }));
    const options = { runtimeId: fromHex(runtimeId), dataDir: join(directory, "loaded") };
    const loaded = loadComponent({ ...options, path });
    expect(loaded).toMatchObject({ component: "ronl", version: { major: 1, minor: 2, patch: 0 } });
    expect(loaded.manifestHash).toEqual(readBundle(path).hash);
    expect(existsSync(loaded.executable)).toBe(true);
    expect(loadComponent({ ...options, path: process.execPath })).toMatchObject({
      executable: process.execPath,
      version: null,
      manifestHash: null,
    });
    expect(() => loadComponent({ ...options, path, component: "rofl.other" })).toThrow(
      /has no component rofl\.other/,
    );
    // The host looks whether it is there, and says so as long as it is not.
    const missing = join(directory, "not there yet");
    expect(loadComponent({ ...options, path: missing })).toMatchObject({
      executable: missing,
      version: null,
    });
  });
});

function components(...list: string[]): string {
  return `{"id":"${runtimeId}","components":[${list.join(",")}]}`;
}
