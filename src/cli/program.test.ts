import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalizeArgv } from "./argv.ts";
import { commandGroups, commandSources, commandsFor, loadAllCommands } from "./commands.ts";
import { Given } from "./given.ts";
import { run } from "./testing/run-command.ts";

describe("the program", () => {
  test("version in the lines of the official command", async () => {
    const { out, code } = await run(["--version"]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^Software version: .+\nConsensus:\n {2}Consensus protocol version: 7\.0\.0\nRuntime:\n {2}Host protocol version: {6}5\.1\.0\n {2}Committee protocol version: 5\.0\.0\n/,
    );
    expect((await run(["-v"])).out).toBe(out);
  });

  test.each([
    { argv: ["control"], code: 0, out: "Usage: oasis-node control" },
    { argv: ["control", "nothing"], code: 0, out: "Usage: oasis-node control" },
    { argv: ["stake", "account"], code: 0, out: "Usage: oasis-node stake account" },
    { argv: ["--help"], code: 0, out: "localnet" },
    { argv: ["controll"], code: 1, err: 'unknown command "controll" for "oasis-node"' },
    { argv: ["control", "statsu"], code: 0, err: 'Unknown command "statsu" for "oasis-node control"' },
    { argv: [], code: 1, err: "--config FILE is missing" },
    { argv: ["control", "status", "--nothing"], code: 1, err: "unknown option '--nothing'" },
    { argv: ["control", "add-bundle"], code: 1, err: "missing required argument 'path'" },
    { argv: ["--config", "/nonexistent.yml"], code: 1, err: "/nonexistent.yml" },
    { argv: ["ias", "proxy", "--grpc.port", "8650"], code: 1, err: "leave ias.proxy.address out" },
  ])("$argv", async ({ argv, code, out = "", err = "" }) => {
    const result = await run(argv);
    expect(result.code).toBe(code);
    expect(result.out).toContain(out);
    expect(result.err).toContain(err);
    expect(result.err).not.toContain("    at ");
  });

  test("any arguments: an exit code, never an exception", async () => {
    const words = fc.constantFrom(
      "control",
      "status",
      "stake",
      "genesis",
      "hash",
      "-a",
      "--",
      "-",
      "--x=y",
      "-g",
      "é",
      "",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 5 }), async (argv) => {
        const { code } = await run(["identity", ...argv]);
        expect([0, 1, 128]).toContain(code);
      }),
      { numRuns: 30 },
    );
  });
});

test("every command has a place, a summary and its own flags once", async () => {
  const commands = await loadAllCommands();
  const paths = commands.map((command) => command.path);
  expect(paths).toEqual(commandSources.map((source) => source.path));
  expect(new Set(paths).size).toBe(paths.length);
  for (const { path, summary, options } of commands) {
    expect(summary, path).toMatch(/^[a-z]/);
    const names = options.map((option) => option.name);
    expect(new Set(names).size, path).toBe(names.length);
    const words = path.split(" ");
    for (let i = 1; i < words.length; i++) {
      expect(commandGroups, path).toHaveProperty([words.slice(0, i).join(" ")]);
    }
  }
});

test.each([
  { argv: ["--config", "x.yml"], paths: [] },
  { argv: ["control", "-a", "unix:x", "status"], paths: ["control status"] },
  { argv: ["stake", "info", "--help"], paths: ["stake info"] },
  { argv: ["control", "nothing"], paths: "all" },
  { argv: ["-h"], paths: "all" },
])("a command line loads what it can mean: $argv", async ({ argv, paths }) => {
  const loaded = (await commandsFor(argv)).map((command) => command.path);
  expect(loaded).toEqual(paths === "all" ? commandSources.map((source) => source.path) : paths);
});

test.each([
  { argv: ["-a=unix:x"], normal: ["-a", "unix:x"] },
  { argv: ["--wait=true", "x"], normal: ["--wait", "x"] },
  { argv: ["--wait=false", "x"], normal: ["x"] },
  { argv: ["-w=false"], normal: [] },
  { argv: ["--address=true"], normal: ["--address=true"] },
  { argv: ["--", "-a=b"], normal: ["--", "-a=b"] },
  { argv: ["--registry.tee_features.sgx.pcs=false"], normal: ["--registry.tee_features.sgx.pcs=false"] },
])("flags as Go writes them: $argv", async ({ argv, normal }) => {
  expect(normalizeArgv(argv, await loadAllCommands())).toEqual(normal);
});

describe("what was typed", () => {
  const given = (text: string) => new Given([], new Map([["x", text]]), new Set(["x"]));

  test.each([
    { text: "1m30s", ns: 90_000_000_000n },
    { text: "250ms", ns: 250_000_000n },
    { text: "1.5s", ns: 1_500_000_000n },
    { text: "0", ns: 0n },
  ])("duration $text", ({ text, ns }) => {
    expect(given(text).duration("x")).toBe(ns);
  });
  test.each(["", "5", "1 s", "s", "1d", "-1s"])("no duration: %s", (text) => {
    expect(() => given(text).duration("x")).toThrow("--x: expected a duration");
  });
  test.each([
    { text: "128kb", bytes: 131_072n },
    { text: "4MB", bytes: 4_194_304n },
    { text: "17", bytes: 17n },
  ])("size $text", ({ text, bytes }) => {
    expect(given(text).size("x")).toBe(bytes);
  });
  test("64-bit numbers", () => {
    expect(given("18446744073709551615").u64("x")).toBe(2n ** 64n - 1n);
    expect(() => given("18446744073709551616").u64("x")).toThrow("--x");
    expect(given("-9223372036854775808").i64("x")).toBe(-(2n ** 63n));
    expect(() => given("9223372036854775808").i64("x")).toThrow("--x");
    expect(() => given("0x10").u64("x")).toThrow("--x: expected a whole number");
  });
});
