import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleConfigText } from "../../test/config-samples.ts";
import { fromHex } from "../codec/bytes.ts";
import { ConfigError, formatNote } from "./config-error.ts";
import { loadConfig, parseConfig } from "./load-config.ts";

const FILE = "config.yml";
const MINIMAL = "mode: client\ncommon:\n  data_dir: /node/data\n";

/** Message that a text is refused with; the text follows the minimal configuration unless it is complete itself. */
function refusal(text: string): string {
  try {
    parseConfig(text, FILE);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("the text was accepted");
}

function warningsOf(text: string): string[] {
  return parseConfig(text, FILE).warnings.map((warning) => formatNote(FILE, warning));
}

describe("a configuration of the 26.1 form", () => {
  it("is the official sample, with every value where it belongs", () => {
    const { config, form } = parseConfig(sampleConfigText(), FILE);
    expect(form).toBe("26.1");
    expect(config.mode).toBe("compute");
    expect(config.common).toMatchObject({
      data_dir: "/node/compute-0",
      log: { file: "/node/compute-0/node.log", format: "logfmt", level: new Map([["default", "info"]]) },
      debug: { allow_root: true, rlimit: 50_000n },
    });
    expect(config.consensus).toMatchObject({
      validator: false,
      external_address: "tcp://127.0.0.1:20004",
      submission: { gas_price: 0n, max_fee: 10_000_000_000n },
      halt_epoch: 18_446_744_073_709_551_615n,
      upgrade_stop_delay: 10_000,
      prune: { strategy: "none", num_kept: 250_000n, interval: 120_000 },
    });
    expect(config.runtime.runtimes.map(({ id }) => id)).toEqual([fromHex(`80${"00".repeat(31)}`)]);
    expect(config.runtime.paths.length).toBe(1);
    expect(config.p2p.port).toBe(20_005);
    expect(config.p2p.discovery.bootstrap.retention_period).toBe(3_600_000);
    expect(config.registration.entity_id).toBe("UApEaWE5njGdiQ+W3azJxW4dRW/DWk2BavVJnrKIvds=");
    expect(config.storage.max_cache_size).toBe(256 * 1024 * 1024);
  });

  it("warns about set keys without effect, but not about defaults that are spelled out", () => {
    const warnings = parseConfig(sampleConfigText(), FILE).warnings;
    const keys = warnings.map((warning) => warning.key);
    expect(keys).not.toContain("p2p.seeds");
    expect(keys).toContain("runtime.registries");
    expect(keys).not.toContain("p2p.gossipsub.validate_throttle");
    expect(keys).not.toContain("mode");
    expect(warnings.every((warning) => warning.position !== null)).toBe(true);
  });

  it("has our additions", () => {
    const text = `${MINIMAL}api:
  grpc:
    listen_address: 127.0.0.1:9500
  http:
    listen_address: "[::1]:8545"
    cors_origins: ["https://wallet.example"]
    methods: [Consensus/*]
`;
    expect(parseConfig(text, FILE).config.api).toEqual({
      grpc: { listen_address: "127.0.0.1:9500", methods: ["*"] },
      http: {
        listen_address: "[::1]:8545",
        methods: ["Consensus/*"],
        cors_origins: ["https://wallet.example"],
      },
    });
  });

  it("keeps a ParaTime's own configuration as it is", () => {
    const id = "80".padEnd(64, "0");
    const text = `${MINIMAL}runtime:
  runtimes:
    - id: ${id}
      executable: bin/kv
      components: [ronl]
      config: {Allow_X: true, Limits: {max: 18446744073709551615, share: 0.5}, names: [a, "1"]}
`;
    const [runtime] = parseConfig(text, FILE, { workingDirectory: "/here" }).config.runtime.runtimes;
    expect(runtime!.id).toEqual(fromHex(id));
    expect(runtime!.executable).toBe("/here/bin/kv");
    expect(runtime!.components).toMatchObject([{ id: "ronl", disabled: false }]);
    expect(runtime!.config).toEqual({
      Allow_X: true,
      Limits: { max: 18_446_744_073_709_551_615n, share: 0.5 },
      names: ["a", "1"],
    });
  });

  it("moves deprecated keys", () => {
    const id = "80".padEnd(64, "0");
    const text = `${MINIMAL}runtime:
  sgx_loader: /bin/loader
  runtimes: [{id: "${id}"}]
  config:
    "${id}": {estimate: 5}
`;
    const { config, warnings } = parseConfig(text, FILE);
    expect(config.runtime.sgx.loader).toBe("/bin/loader");
    expect(config.runtime.runtimes[0]!.config).toEqual({ estimate: 5 });
    expect(warnings.filter((warning) => warning.kind === "deprecated").map(({ key }) => key)).toEqual([
      "runtime.sgx_loader",
      "runtime.config",
    ]);
  });

  it("knows YAML: anchors, merges, quotes, comments, empty values, a second document", () => {
    const text = `# a comment
common: &common
  data_dir: "/node/data" # another
  log:
    file:
    level: {default: ~}
genesis: {file: 'g.json'}
metrics:
  <<: {mode: pull, address: "127.0.0.1:9000"}
  mode: none
consensus:
  validator: yes
---
nonsense: true
`;
    const { config } = parseConfig(text, FILE);
    expect(config.common.data_dir).toBe("/node/data");
    expect(config.metrics).toMatchObject({ mode: "none", address: "127.0.0.1:9000" });
    expect(config.consensus.validator).toBe(true);
    expect(config.common.log.level.size).toBe(0);
  });

  it("takes variables from the environment", () => {
    const text = `common: {data_dir: "\${HOME}/node"}
p2p: {port: \${PORT:-9200}}
consensus: {min_gas_price: $PRICE}
metrics: {job_name: "\${JOB:+set}", labels: {price: "$$5"}}
registration: {entity: "\${MISSING}"} # \${IN_COMMENT}
`;
    const environment = { HOME: "/home/op", PRICE: "7", JOB: "x" };
    const { config, warnings } = parseConfig(text, FILE, { environment });
    expect(config.common.data_dir).toBe("/home/op/node");
    expect(config.p2p.port).toBe(9200);
    expect(config.consensus.min_gas_price).toBe(7n);
    expect(config.metrics.job_name).toBe("set");
    expect(config.metrics.labels.get("price")).toBe("$5");
    expect(
      warnings.filter((warning) => warning.kind === "environment").map((w) => formatNote(FILE, w)),
    ).toEqual(["config.yml:5:25: the environment variable MISSING is not set and reads as empty"]);
  });

  it("takes a byte order mark", () => {
    expect(parseConfig(`\ufeff${MINIMAL}`, FILE).config.mode).toBe("client");
  });

  it("takes JSON as well", () => {
    expect(
      parseConfig('{"mode": "client", "common": {"data_dir": "/d"}}', "c.json").config.common.data_dir,
    ).toBe("/d");
  });
});

describe("a wrong configuration", () => {
  it.each([
    [
      "an unknown key, with the nearest known one",
      `${MINIMAL}runtime:\n  provisionr: sandboxed\n`,
      'config.yml:5:3: runtime.provisionr: unknown key; did you mean "runtime.provisioner"?',
    ],
    [
      "a key that belongs elsewhere",
      `${MINIMAL}consensus:\n  p2p:\n    gossipsub: {}\n`,
      'config.yml:6:5: consensus.p2p.gossipsub: unknown key; did you mean "p2p.gossipsub"?',
    ],
    [
      "a key of the other form",
      `${MINIMAL}datadir: /x\n`,
      'config.yml:4:1: datadir: unknown key; it is a key of the 21.x form, here it is "common.data_dir"',
    ],
    [
      "a dead key of the other form",
      `${MINIMAL}worker:\n  client:\n    port: 1\n`,
      "config.yml:4:1: worker: unknown key",
    ],
    [
      "text where a number belongs",
      `${MINIMAL}p2p:\n  port: http\n`,
      'config.yml:5:3: p2p.port: expected a port from 0 to 65535, found "http"',
    ],
    [
      "a port that is too large",
      `${MINIMAL}p2p:\n  port: 70000\n`,
      "config.yml:5:3: p2p.port: expected a port from 0 to 65535, found 70000",
    ],
    [
      "a quoted boolean",
      `${MINIMAL}consensus:\n  validator: "yes"\n`,
      'config.yml:5:3: consensus.validator: expected true or false, found "yes"',
    ],
    [
      "a duration without unit",
      `${MINIMAL}metrics:\n  interval: 60\n`,
      "config.yml:5:3: metrics.interval: expected a duration with unit, such as 30s, 2m0s or 24h, found 60",
    ],
    [
      "an unknown word",
      `common: {data_dir: /d}\nmode: computer\n`,
      'config.yml:2:1: mode: expected one of client, validator, compute, observer, keymanager, seed, archive, found "computer"',
    ],
    [
      "a section where a value belongs",
      `${MINIMAL}genesis:\n  file:\n    path: x\n`,
      "config.yml:5:3: genesis.file: expected a path, found a section",
    ],
    [
      "a value where a section belongs",
      `${MINIMAL}genesis: x.json\n`,
      'config.yml:4:1: genesis: expected a section with keys of its own, found "x.json"',
    ],
    [
      "a value where a list belongs",
      `${MINIMAL}runtime:\n  paths: a.orc\n`,
      'config.yml:5:3: runtime.paths: expected a list or map, each value a path, found "a.orc"',
    ],
    [
      "an element of a list",
      `${MINIMAL}p2p:\n  registration:\n    addresses:\n      - 203.0.113.7:1\n      - example.org:1\n`,
      "config.yml:8:9: p2p.registration.addresses[1]: expected a numeric address such as 203.0.113.7:9200",
    ],
    [
      "a ParaTime id",
      `${MINIMAL}runtime:\n  runtimes:\n    - id: 80\n`,
      "config.yml:6:7: runtime.runtimes[0].id: expected a ParaTime id: 64 hexadecimal digits, found 80",
    ],
    [
      "a ParaTime id with reserved bits",
      `${MINIMAL}runtime:\n  runtimes:\n    - id: "${"ff".repeat(32)}"\n`,
      "config.yml:6:7: runtime.runtimes[0].id: expected a ParaTime id",
    ],
    [
      "a ParaTime without id",
      `${MINIMAL}runtime:\n  runtimes:\n    - executable: /x\n`,
      "config.yml:6:7: runtime.runtimes[0].id: expected a ParaTime id: 64 hexadecimal digits, found nothing",
    ],
    [
      "a seed without key",
      `${MINIMAL}p2p:\n  seeds: [127.0.0.1:1]\n`,
      "config.yml:5:11: p2p.seeds[0]: expected a peer such as <base64 public key>@203.0.113.7:26656",
    ],
    [
      "a level",
      `${MINIMAL}`.replace("/node/data", "/d\n  log: {level: {chain: loud}}"),
      "common.log.level.chain: expected one of trace",
    ],
    ["no data folder", "mode: client\n", "common.data_dir: must be set"],
    [
      "a mode of later releases",
      "mode: keymanager\ncommon: {data_dir: /d}\n",
      'config.yml:1:1: mode: "keymanager" is not supported',
    ],
    [
      "a compute node without ParaTimes",
      "mode: compute\ncommon: {data_dir: /d}\n",
      "runtime.runtimes: a compute node needs",
    ],
    [
      "both kinds of entity",
      `${MINIMAL}registration:\n  entity: e.json\n  entity_id: x\n`,
      "config.yml:6:3: registration.entity_id: only one of entity and entity_id can be set",
    ],
    [
      "an unconfined ParaTime without the switch",
      `${MINIMAL}runtime: {provisioner: unconfined}\n`,
      "config.yml:4:11: runtime.provisioner: unconfined gives a ParaTime everything",
    ],
    [
      "a ParaTime twice",
      `${MINIMAL}runtime:\n  runtimes: [{id: "${"80".padEnd(64, "0")}"}, {id: "${"80".padEnd(64, "0")}"}]\n`,
      "runtime.runtimes[1].id: this ParaTime is listed twice",
    ],
    ["a key twice", `${MINIMAL}mode: compute\n`, "config.yml:4:1: mode: is given more than once"],
    ["bad YAML", `${MINIMAL}genesis: {file: x\n`, "config.yml:5:1: "],
    ["a tab", "common:\n\tdata_dir: /d\n", "config.yml:2:1: "],
    ["a list", "- a\n- b\n", "config.yml:1:1: expected keys with values"],
    ["an alias without anchor", `${MINIMAL}genesis: *g\n`, "config.yml:4:10: "],
    ["an alias that contains itself", "common: &a {data_dir: /d, log: *a}\n", "nested too deeply"],
    ["endless nesting", `a: ${"[".repeat(100_000)}`, "config.yml:1:"],
    [
      "an unfilled placeholder",
      `${MINIMAL}genesis: {file: "{{ genesis }}"}\n`,
      "config.yml:4:18: the placeholder {{ genesis }}",
    ],
  ])("names file, line, column, key and what was expected: %s", (_, text, message) => {
    expect(refusal(text)).toContain(message);
  });

  it("is told everything that is wrong, in the order of the file", () => {
    const message = refusal("mode: x\ncommon:\n  data_dr: /d\np2p:\n  port: -1\n");
    expect(message.split("\n").map((line) => line.split(": ").slice(0, 2).join(": "))).toEqual([
      "config.yml:1:1: mode",
      "config.yml:3:3: common.data_dr",
      "config.yml:5:3: p2p.port",
    ]);
  });

  it("never makes anything but a ConfigError, whatever the text", () => {
    const sample = sampleConfigText();
    fc.assert(
      fc.property(fc.nat(sample.length), fc.string({ unit: "grapheme" }), fc.nat(40), (at, insert, cut) => {
        try {
          parseConfig(sample.slice(0, at) + insert + sample.slice(at + cut), FILE);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});

describe("a profile", () => {
  const pruned = (text: string) => {
    const { consensus, runtime } = parseConfig(`${MINIMAL}${text}`, FILE).config;
    return [consensus.prune, runtime.prune].map(({ strategy, num_kept, interval }) => [
      strategy,
      num_kept,
      interval,
    ]);
  };

  it.each<[string, string, [strategy: string, numKept: bigint][]]>([
    [
      "nothing",
      "",
      [
        ["none", 250_000n],
        ["none", 250_000n],
      ],
    ],
    [
      "archive",
      "profile: archive\n",
      [
        ["none", 250_000n],
        ["none", 250_000n],
      ],
    ],
    [
      "validator",
      "profile: validator\n",
      [
        ["keep_n", 250_000n],
        ["keep_last", 250_000n],
      ],
    ],
    [
      "client",
      'profile: "client"\n',
      [
        ["keep_n", 400_000n],
        ["keep_last", 400_000n],
      ],
    ],
    [
      "client, with a section of the file's own",
      "profile: client\nconsensus:\n  prune:\n    num_kept: 7\n",
      [
        ["none", 7n],
        ["keep_last", 400_000n],
      ],
    ],
  ])("says how much is kept: %s", (_, text, expected) => {
    expect(pruned(text)).toEqual(expected.map((one) => [...one, 120_000]));
  });

  it("must be one that there is", () => {
    for (const name of ["full", "constructor", "[]"]) {
      expect(refusal(`${MINIMAL}profile: ${name}\n`)).toContain("config.yml:4:1: profile: expected");
    }
  });

  it("can be overridden value by value", () => {
    const overrides = { "consensus.prune.num_kept": 300_000 };
    const { consensus } = parseConfig(`${MINIMAL}profile: client\n`, FILE, { overrides }).config;
    expect(consensus.prune).toMatchObject({ strategy: "keep_n", num_kept: 300_000n });
  });
});

describe("overrides", () => {
  it("win over the file and are checked like it", () => {
    const overrides = { "common.data_dir": "/other", "common.log.format": "human", "p2p.port": 1 };
    const { config } = parseConfig(MINIMAL, FILE, { overrides });
    expect([config.common.data_dir, config.common.log.format, config.p2p.port]).toEqual([
      "/other",
      "human",
      1,
    ]);
    expect(() => parseConfig(MINIMAL, FILE, { overrides: { "p2p.prt": 1 } })).toThrow(
      /p2p\.prt: unknown key/,
    );
  });

  it("make a configuration on their own", () => {
    const id = `80${"00".repeat(31)}`;
    const overrides = {
      mode: "compute",
      "common.data_dir": "/d",
      "consensus.validator": true,
      "runtime.runtimes": [{ id, executable: "/bin/kv" }],
      "debug.dont_blame_oasis": true,
    };
    const { config } = parseConfig("", FILE, { overrides });
    expect(config.consensus.validator).toBe(true);
    expect(config.runtime.runtimes[0]).toMatchObject({ id: fromHex(id), executable: "/bin/kv" });
  });

  it("leave warnings to the file", () => {
    expect(warningsOf(`${MINIMAL}pprof: {bind_address: "127.0.0.1:1"}\n`)).toEqual([
      "config.yml:4:9: pprof.bind_address: has no effect yet: this release has no profiling endpoint",
    ]);
  });
});

describe("loadConfig", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "qanat-config-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("reads a file", async () => {
    const path = join(folder, "config.yml");
    await writeFile(path, MINIMAL);
    expect((await loadConfig(path)).config.common.data_dir).toBe("/node/data");
  });

  it.each([
    ["none.yml", /none\.yml: no such file/],
    ["config.toml", /files of type \.toml are not read/],
    [".", /this is a directory/],
  ])("says what is wrong with %s", async (name, message) => {
    await expect(loadConfig(join(folder, name))).rejects.toThrow(message);
  });

  it.skipIf(process.getuid?.() === 0)(
    "says when it may not read the file (the superuser may read every file)",
    async () => {
      const path = join(folder, "secret.yml");
      await writeFile(path, MINIMAL);
      await chmod(path, 0);
      await expect(loadConfig(path)).rejects.toThrow(/permission denied/);
    },
  );
});
