import { describe, expect, test } from "vitest";
import { toHex } from "../codec/bytes.ts";
import { resolveTrustRoot } from "./commands/consensus/trust-root.ts";
import { resolveRuntimeStats } from "./commands/control/runtime-stats.ts";
import { resolveReplay } from "./commands/debug/replay.ts";
import { resolveLocalnet } from "./commands/localnet.ts";
import { resolveQuery } from "./commands/paratime/query.ts";
import { resolveSubmit } from "./commands/paratime/submit.ts";
import { resolveNodeInit } from "./commands/registry/node-init.ts";
import { resolveRun } from "./commands/run.ts";
import { Given, type GivenValue } from "./given.ts";
import { defaultLocalnetDir, findLocalnet } from "./localnet-dir.ts";
import { cborOfJson, cborText } from "./text/cbor-value.ts";

function given(
  values: Record<string, GivenValue>,
  args: string[] = [],
  defaults: Record<string, GivenValue> = {},
): Given {
  return new Given(args, new Map(Object.entries({ ...defaults, ...values })), new Set(Object.keys(values)));
}

describe("control runtime-stats", () => {
  const id = `80${"00".repeat(31)}`;
  const address = { address: "unix:/a.sock" };

  test("counts all heights unless told otherwise", () => {
    expect(resolveRuntimeStats(given(address, [id]))).toMatchObject({ start: 0n, end: 0n });
    expect(resolveRuntimeStats(given(address, [id, "7", "9"]))).toMatchObject({ start: 7n, end: 9n });
  });

  test.each([[["80"]], [[id, "-1"]], [[id, "1", "0x9"]], [[id, "1", "9".repeat(19)]]])(
    "%j is refused",
    (args) => {
      expect(() => resolveRuntimeStats(given(address, args))).toThrow(/malformed/);
    },
  );
});

describe("consensus trust_root", () => {
  test("takes two different nodes or more", () => {
    const sources = ["unix:/a.sock", "grpc.example.org:443"];
    expect(resolveTrustRoot(given({}, sources, { height: "0" }))).toEqual({ height: 0n, sources });
    expect(resolveTrustRoot(given({ height: "7" }, sources)).height).toBe(7n);
  });

  test.each([[["unix:/a.sock"]], [["unix:/a.sock", "unix:/a.sock"]], [["unix:/a.sock", "somewhere"]]])(
    "%j is refused",
    (sources) => {
      expect(() => resolveTrustRoot(given({}, sources, { height: "0" }))).toThrow(
        /two different|not an address/,
      );
    },
  );
});

describe("run", () => {
  test("flags become configuration keys", () => {
    const typed = {
      config: "c.yml",
      datadir: "/d",
      "log.level": "info,consensus/staking:debug",
      "log.format": "json",
      "debug.dont_blame_oasis": true,
    };
    expect(resolveRun(given(typed))).toEqual({
      configPath: "c.yml",
      overrides: {
        "common.data_dir": "/d",
        "common.log.format": "json",
        "common.log.level.default": "info",
        "common.log.level.consensus/staking": "debug",
        "debug.dont_blame_oasis": "true",
      },
    });
  });
  test.each(["", ":debug", "info,", "1"])("no log level: %s", (level) => {
    expect(() => resolveRun(given({ config: "c.yml", "log.level": level }))).toThrow("--log.level");
  });
});

describe("localnet", () => {
  test("defaults", () => {
    expect(resolveLocalnet(given({}))).toEqual({
      options: {
        dir: defaultLocalnetDir(),
        blockTimeMs: null,
        paratime: null,
        validators: null,
        compute: null,
      },
      isJson: false,
      isDefaultDir: true,
    });
  });
  test("all flags", () => {
    const typed = { dir: "/x", "block-time": "1s500ms", paratime: "kv", validators: "4", json: true };
    expect(resolveLocalnet(given(typed))).toEqual({
      options: { dir: "/x", blockTimeMs: 1500, paratime: "kv", validators: 4, compute: null },
      isJson: true,
      isDefaultDir: false,
    });
  });
  test.each(["0", "21", "many", "-1"])("%s validators", (validators) => {
    expect(() => resolveLocalnet(given({ validators }))).toThrow(/^--validators: expected a whole number/);
  });
  test("a block time of nothing", () => {
    expect(() => resolveLocalnet(given({ "block-time": "10us" }))).toThrow("at least 1ms");
  });
  test("the default folder follows the XDG rules", () => {
    expect(defaultLocalnetDir({ XDG_STATE_HOME: "/s", HOME: "/h" })).toBe("/s/qanat/localnet");
    expect(defaultLocalnetDir({ HOME: "/h" })).toBe("/h/.local/state/qanat/localnet");
  });
  test("none runs", async () => {
    await expect(findLocalnet("/nonexistent")).rejects.toThrow("no local network runs in /nonexistent");
  });
});

describe("paratime", () => {
  const defaults = { address: "", nonce: "0" };

  test("key/value arguments as the official simple-keyvalue takes them", () => {
    const insert = resolveSubmit(given({}, ["insert", "k", "v"], defaults));
    expect(toHex(insert.args)).toBe(
      "a4636b6579616b6576616c756561766863687572705f6964006a67656e65726174696f6e00",
    );
    const get = resolveQuery(given({}, ["get", "k"], defaults));
    expect(toHex(get.args)).toBe("a3636b6579616b6863687572705f6964006a67656e65726174696f6e00");
    expect(get.round).toBe(2n ** 64n - 1n);
    expect(toHex(resolveQuery(given({}, ["get_runtime_id"], defaults)).args)).toBe("f6");
    expect(toHex(resolveQuery(given({}, ["other", '{"b":[1,-2],"a":"x"}'], defaults)).args)).toBe(
      "a261616178616282 0121".replace(" ", ""),
    );
  });
  test.each([
    { args: ["insert", "k"], message: "insert needs KEY and VALUE" },
    { args: ["get"], message: "get needs KEY" },
    { args: ["other", "1", "2"], message: "one JSON value" },
    { args: ["other", "{"], message: "not a JSON value" },
    { args: ["other", "1.5"], message: "only whole numbers" },
    { args: ["isnert", "hello"], message: "isnert is none of insert, get" },
    { args: ["isnert", "hello"], message: "A text is typed as '\"hello\"'" },
  ])("$args", ({ args, message }) => {
    expect(() => resolveSubmit(given({}, args, defaults))).toThrow(message);
  });
  test("a ParaTime that is none", () => {
    expect(() => resolveQuery(given({ runtime: "80" }, ["get", "k"], defaults))).toThrow(
      "--runtime: expected 64 hex",
    );
  });
});

test("any answer as text", () => {
  const cases: [string, string][] = [
    ["65776f726c64", "world"],
    ["f6", "null"],
    ["1903e8", "1000"],
    ["20", "-1"],
    ["f5", "true"],
    ["4101", "0x01"],
    ["8201f4", "[\n  1,\n  false\n]"],
    ["a16161f6", '{\n  "a": null\n}'],
    ["ff00", "0xff00"],
    ["", "0x"],
  ];
  for (const [bytes, text] of cases) expect(cborText(Buffer.from(bytes, "hex")), bytes).toBe(text);
  expect(cborText(cborOfJson('{"a":[1,2,{"b":"c"}]}'))).toBe(
    JSON.stringify({ a: [1, 2, { b: "c" }] }, null, 2),
  );
});

test("debug replay", () => {
  const typed = { genesis: "g", chain: "c" };
  expect(resolveReplay(given(typed, [], { to: "0" }))).toMatchObject({
    genesis: "g",
    chain: "c",
    to: null,
    debug: null,
  });
  expect(resolveReplay(given({ ...typed, to: "7" })).to).toBe(7n);
  expect(() => resolveReplay(given({ chain: "c" }, [], { to: "0" }))).toThrow("--genesis is missing");
});

describe("registry node init", () => {
  const id = "TqUyj5Q+9vZtqu10yw6Zw7HEX3Ywe0JQA9vHyzY47TU=";
  const base = { "node.entity_id": id, "node.p2p_address": ["1.2.3.4:1"] };
  const defaults = { "node.expiration": "0" };
  test.each([
    { typed: {}, message: "missing --node.entity_id" },
    {
      typed: { "node.entity_id": "xx", "node.p2p_address": ["1.2.3.4:1"] },
      message: "--node.entity_id: expected a public key",
    },
    { typed: { "node.entity_id": id }, message: "at least 1 P2P address" },
    { typed: { ...base, "node.role": ["storage-worker"] }, message: "unsupported role: 'storage-worker'" },
    { typed: { ...base, "node.role": ["Validator"] }, message: "require a consensus address" },
    { typed: { ...base, "node.p2p_address": ["host"] }, message: "expected IP:PORT" },
    { typed: { ...base, "node.runtime.id": ["80"] }, message: "--node.runtime.id" },
  ])("$message", ({ typed, message }) => {
    expect(() => resolveNodeInit(given(typed as never, [], defaults))).toThrow(message);
  });
});
