import { describe, expect, it } from "vitest";
import { filledSeedConfig, SEED_VALUES, seedConfigText } from "../../../test/config-samples.ts";
import { fromHex } from "../../codec/bytes.ts";
import { ConfigError, formatNote } from "../config-error.ts";
import { type LoadedConfig, parseConfig } from "../load-config.ts";
import { classicKeys } from "./classic-keys.ts";

const FILE = "config.yml";
const ID = SEED_VALUES.runtime_id;

function read(text: string): LoadedConfig {
  return parseConfig(text, FILE);
}

function warningsOf(text: string): string[] {
  return read(text).warnings.map((warning) => formatNote(FILE, warning));
}

describe("the seed's config.yml", () => {
  it("is read word for word", () => {
    const { config, form } = read(filledSeedConfig());
    expect(form).toBe("classic");
    expect(config.mode).toBe("compute");
    expect(config.common.data_dir).toBe("/node/data");
    expect(config.common.log).toEqual({
      file: "",
      format: "json",
      level: new Map([
        ["default", "info"],
        ["chain", "info"],
        ["chain/context", "error"],
      ]),
    });
    expect(config.genesis.file).toBe("/node/etc/genesis.json");
    expect(config.consensus).toMatchObject({
      validator: false,
      listen_address: "tcp://0.0.0.0:26656",
      external_address: "tcp://203.0.113.7:26656",
      p2p: { seeds: ["e27f6b7a350b4cc2b48a6cbe94b0a02b0dcb0bf3@35.199.49.168:26656"] },
    });
    expect(config.runtime.runtimes).toMatchObject([
      {
        id: fromHex(ID),
        executable: "/node/runtimes/foo-paratime.sgxs",
        signature: "/node/runtimes/foo-paratime.sig",
      },
    ]);
    expect(config.runtime.sgx.loader).toBe("/node/bin/oasis-core-runtime-loader");
    expect(config.registration.entity).toBe("/node/entity/entity.json");
    expect(config.p2p.port).toBe(30002);
    expect(config.p2p.registration.addresses).toEqual(["203.0.113.7:30002"]);
    expect(config.ias.proxy_addresses).toEqual([SEED_VALUES.ias_proxy_address]);
  });

  it("is told which of its keys have no effect, each by its own name and line", () => {
    const lines = filledSeedConfig().split("\n");
    const { warnings } = read(filledSeedConfig());
    expect(warnings.map((warning) => warning.key)).toEqual([
      "runtime.sgx.loader",
      `runtime.sgx.signatures.${ID}`,
      "worker.storage.enabled",
      "worker.client.port",
      "worker.client.addresses",
      "worker.p2p.enabled",
      "ias.proxy.address",
    ]);
    for (const { key, position } of warnings) {
      expect(lines[position!.line - 1]!.slice(position!.column - 1)).toMatch(
        new RegExp(`^"?${key.split(".").at(-1)}`),
      );
    }
  });

  it("is refused while placeholders are not filled in, all of them at once", () => {
    const refuse = () => read(seedConfigText());
    expect(refuse).toThrow(ConfigError);
    expect(refuse).toThrow(/config\.yml:21:31: the placeholder \{\{ external_address \}\}/);
    expect(refuse).toThrow(
      /the placeholder \{\{ ias_proxy_address \}\} .* \(there are no IAS proxies any more/,
    );
  });

  it.each([
    [
      "without the trusted hardware",
      (text: string) =>
        text
          .replace(/\n {2}# The following section is required[\s\S]*?(?=\nworker:)/, "")
          .replace(/\n# The following section[\s\S]*$/, "\n"),
    ],
    ["with Windows line ends", (text: string) => text.replaceAll("\n", "\r\n")],
    [
      "with keys in capitals",
      (text: string) => text.replace("datadir:", "DataDir:").replace("worker:", "WORKER:"),
    ],
  ])("is read %s", (_, change) => {
    expect(read(change(filledSeedConfig())).config).toMatchObject({
      mode: "compute",
      common: { data_dir: "/node/data" },
      runtime: { runtimes: [{ id: fromHex(ID), executable: "/node/runtimes/foo-paratime.sgxs" }] },
    });
  });
});

describe("the 21.x form", () => {
  it.each([
    ["nested", `datadir: /d\nworker:\n  p2p:\n    port: 1234\n`],
    ["dotted", "datadir: /d\nworker.p2p.port: 1234\n"],
    ["half and half", 'datadir: /d\nworker: {"p2p.port": 1234}\n'],
    ["in capitals", "DATADIR: /d\nWorker: {P2P: {Port: 1234}}\n"],
    ["quoted", 'datadir: "/d"\nworker: {p2p: {port: "1234"}}\n'],
    ["as JSON", '{"datadir": "/d", "worker": {"p2p": {"port": 1234}}}'],
  ])("has nested and dotted keys, and numbers in quotes: %s", (_, text) => {
    const { config, warnings, form } = read(text);
    expect([form, config.common.data_dir, config.p2p.port, warnings]).toEqual(["classic", "/d", 1234, []]);
  });

  it.each([
    [
      "all dotted",
      `runtime.supported: ["${ID}"]\nruntime.paths.${ID}: /bin/a\nruntime.config.${ID}.Allow_X: 1\n`,
    ],
    [
      "nested",
      `runtime:\n  supported: ["${ID}"]\n  paths: {"${ID}": /bin/a}\n  config: {"${ID}": {Allow_X: 1}}\n`,
    ],
    [
      "without quotes",
      `runtime:\n  supported: [${ID}]\n  paths:\n    ${ID}: /bin/a\n  config:\n    ${ID}: {Allow_X: 1}\n`,
    ],
    [
      "as text",
      `runtime:\n  supported: "${ID}:x"\n  paths: {"${ID}": /bin/a}\n  config: {"${ID}": {Allow_X: 1}}\n`,
    ],
  ])("joins what it says of a ParaTime: %s", (_, text) => {
    const { config, warnings } = read(`datadir: /d\n${text}`);
    // Keys arrive in lower case even inside a ParaTime's own configuration.
    expect(config.runtime.runtimes).toMatchObject([
      { id: fromHex(ID), executable: "/bin/a", config: { allow_x: 1 } },
    ]);
    expect(warnings).toEqual([]);
  });

  it("does not follow a ParaTime that is not supported", () => {
    const text = `datadir: /d\nruntime:\n  paths:\n    "${ID}": /bin/a\n`;
    expect(read(text).config.runtime.runtimes).toEqual([]);
    expect(warningsOf(text)).toEqual([
      `config.yml:4:5: runtime.paths.${ID}: has no effect: this ParaTime is not in runtime.supported`,
    ]);
  });

  it.each([
    ["compute", "worker: {compute: {enabled: true}}", "compute"],
    ["a validator", "consensus: {validator: true}", "validator"],
    ["neither", "log: {level: info}", "client"],
    ["a seed", "consensus: {tendermint: {mode: seed}}", "seed"],
    [
      "a validator that follows a ParaTime",
      `consensus: {validator: true}\nruntime: {supported: ["${ID}"]}`,
      "client",
    ],
  ])("gives the mode of %s", (_, text, mode) => {
    const runtime =
      text.includes("runtime") || !text.includes("compute") ? "" : `\nruntime: {supported: ["${ID}"]}`;
    expect(read(`datadir: /d\n${text}${runtime}`).config.mode).toBe(mode);
  });

  it.each([["keymanager", "worker: {keymanager: {enabled: true}}", "worker.keymanager.enabled"]])(
    "names the key that asks for the mode %s, which this release lacks",
    (mode, text, key) => {
      expect(() => read(`datadir: /d\n${text}\n`)).toThrow(
        `${key}: "${mode}" is not supported in this release`,
      );
    },
  );

  it.each([
    ["one level", "log: {level: DEBUG}", [["default", "debug"]]],
    [
      "levels of modules",
      "log: {level: {default: warn, WORKER/Storage: debug}}",
      [
        ["default", "warn"],
        ["worker/storage", "debug"],
      ],
    ],
    ["dotted levels", "log.level.default: error", [["default", "error"]]],
  ] as [string, string, [string, string][]][])("has %s", (_, text, levels) => {
    expect([...read(`datadir: /d\n${text}\n`).config.common.log.level]).toEqual(levels);
  });

  it("has durations without unit in nanoseconds, and the inverse of a switch", () => {
    const { config } = read(
      "datadir: /d\nmetrics.interval: 60000000\nworker.storage.checkpointer: {disabled: false}\nconsensus.tendermint.p2p.seed: 'e27f6b7a350b4cc2b48a6cbe94b0a02b0dcb0bf3@a:1,53572f689e5bacdd3c6527e6594ec49c8f3093f6@b:2'\n",
    );
    expect(config.metrics.interval).toBe(60);
    expect(config.storage.checkpointer.enabled).toBe(true);
    expect(config.consensus.p2p.seeds).toEqual([
      "e27f6b7a350b4cc2b48a6cbe94b0a02b0dcb0bf3@a:1",
      "53572f689e5bacdd3c6527e6594ec49c8f3093f6@b:2",
    ]);
  });

  it("accepts unknown keys and says that they have no effect", () => {
    expect(
      warningsOf(
        "datadir: /d\nworker: {compute: {enable: true}}\nmempool.size: 5\nlog.level: info\nlog.level: warn\n",
      ),
    ).toEqual([
      'config.yml:2:20: worker.compute.enable: unknown key, it has no effect; did you mean "worker.compute.enabled"?',
      "config.yml:3:1: mempool.size: unknown key, it has no effect",
      "config.yml:5:1: log.level: is given more than once; the last one counts",
    ]);
  });

  it("stays the 21.x form when a key of the other form has strayed into it", () => {
    expect(warningsOf("datadir: /d\nstorage: {backend: auto}\n")).toEqual([
      "config.yml:2:11: storage.backend: unknown key, it has no effect; it belongs to the 26.1 form, and this file is in the 21.x form",
    ]);
  });

  it("does not look into the environment", () => {
    expect(read("datadir: /d/$HOME\n").config.common.data_dir).toBe("/d/$HOME");
  });

  it.each([
    [
      "worker.p2p.port: http",
      'config.yml:2:1: worker.p2p.port: expected a port from 0 to 65535, found "http"',
    ],
    [
      'worker: {compute: {enabled: "maybe"}}',
      'config.yml:2:20: worker.compute.enabled: expected true or false, found "maybe"',
    ],
    [
      "consensus.tendermint: {min_gas_price: -3}",
      "consensus.tendermint.min_gas_price: expected a whole number from 0",
    ],
    [
      "worker: {p2p: {addresses: [a:1]}}",
      "config.yml:2:28: worker.p2p.addresses[0]: expected a numeric address",
    ],
    ["runtime: {supported: [abc]}", "config.yml:2:23: runtime.supported.0: expected a ParaTime id"],
    ["log: {level: loud}", "config.yml:2:7: log.level: expected one of trace, debug"],
    [
      "consensus: {tendermint: {mode: fool}}",
      'consensus.tendermint.mode: expected one of full, seed, found "fool"',
    ],
  ])("refuses a value that means nothing, by the name in the file: %s", (text, message) => {
    expect(() => read(`datadir: /d\n${text}\n`)).toThrow(message);
  });
});

describe("the table of 21.x keys", () => {
  it("has the 126 flags of the node but --config itself, and runtime.config, which only files have", () => {
    expect(classicKeys.size).toBe(126);
    expect(classicKeys.has("config")).toBe(false);
    expect(classicKeys.has("runtime.config")).toBe(true);
  });

  it("gives every key either a place or a reason", () => {
    expect(
      [...classicKeys].filter(([, { to, reason }]) => (to === undefined) === (reason === undefined)),
    ).toEqual([]);
  });
});
