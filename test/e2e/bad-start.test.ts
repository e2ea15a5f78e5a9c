import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { newLocalnetDir, removeLocalnetDir } from "../localnet-process.ts";
import { oasisNode, startNode } from "./command.ts";
import { copyNetwork, type NetworkFolder, type NodeConfig, newNetwork } from "./network-folder.ts";

// Starts that are refused: one clear error naming the place, exit code 1, nothing changed. Put right, the node goes on.

let template: NetworkFolder;

beforeAll(async () => {
  template = await newNetwork();
}, 600_000);
afterAll(() => removeLocalnetDir(template.dir));

/** A start with something wrong: in the configuration, or in a file that exists by then. */
interface BadStart {
  readonly config?: (config: NodeConfig, folder: string) => void;
  readonly spoil?: (folder: NetworkFolder) => void;
  /** What the error says. `DIR` stands for the folder. */
  readonly error: string | RegExp;
}

const badStarts: Record<string, BadStart> = {
  "a key of the configuration that nobody knows": {
    config: (config) => {
      config.consensus = { ...(config.consensus as object), validatr: true };
    },
    error:
      /^DIR\/config\.yml:\d+:3: consensus\.validatr: unknown key; did you mean "consensus\.validator"\?$/,
  },
  "a value of the wrong type": {
    config: (config) => {
      config.runtime.tx_pool = { schedule_max_tx_pool_size: "lots" };
    },
    error:
      /^DIR\/config\.yml:\d+:5: runtime\.tx_pool\.schedule_max_tx_pool_size: expected a whole number, 0 or more, found "lots"$/,
  },
  "several mistakes, all told at once": {
    config: (config) => {
      config.mode = "computer";
      config.genesis = { file: 7 } as never;
      config.common.log.level = { default: "loud" };
    },
    error: /mode: .*\n.*common\.log\.level\.default: .*"loud"/,
  },
  "a file that is no YAML": {
    spoil: ({ config }) => edit(config, (text) => text.replace("mode: compute", "mode: [compute")),
    error: /^DIR\/config\.yml:\d+:\d+: Flow sequence/,
  },
  "an empty file": {
    spoil: ({ config }) => writeFileSync(config, ""),
    error: /DIR\/config\.yml/,
  },
  "an address that is none": {
    config: (config) => {
      config.api = { http: { listen_address: "nonsense" } };
    },
    error:
      /^DIR\/config\.yml:\d+:5: api\.http\.listen_address: expected an address such as 127\.0\.0\.1:8545/,
  },
  "a ParaTime without a program": {
    config: (config) => {
      config.runtime.runtimes = [{ id: config.runtime.runtimes[0]!.id } as never];
    },
    error: /^there is no program for ParaTime 80+: name its executable or bundle in runtime\.paths$/,
  },
  "a bundle that is damaged": {
    config: (config, folder) => {
      config.runtime.paths = [join(folder, "broken.orc")];
    },
    spoil: ({ dir }) => writeFileSync(join(dir, "broken.orc"), "PK\u0003\u0004 and nothing that follows"),
    error: /^runtime\.paths: DIR\/broken\.orc cannot be used: /,
  },
  "an entity file that is missing": {
    config: (config, folder) => {
      config.registration.entity = join(folder, "entity", "nobody.json");
    },
    error: /^registration\.entity: DIR\/entity\/nobody\.json cannot be used: .*no such file/,
  },
  "an entity file that is damaged": {
    spoil: ({ dir }) => writeFileSync(join(dir, "entity", "entity.json"), "{nope"),
    error: /^registration\.entity: DIR\/entity\/entity\.json cannot be used: /,
  },
  "a genesis document that is missing": {
    spoil: ({ genesis }) => rmSync(genesis),
    error: /^DIR\/genesis\.json: no such file\. Remedy: /,
  },
  "a genesis document that is cut off": {
    spoil: ({ genesis }) => edit(genesis, (text) => text.slice(0, 500)),
    error: /^DIR\/genesis\.json: line \d+, column \d+: /,
  },
  "a genesis document whose sums are wrong": {
    spoil: (folder) => editGenesis(folder, (genesis) => (genesis.staking.total_supply = "1")),
    error: /^DIR\/genesis\.json: staking\.total_supply: is 1, but accounts, .* add up to \d+ \(\d+ more\)$/,
  },
  "a genesis document with a wrong type": {
    spoil: (folder) => editGenesis(folder, (genesis) => (genesis.height = "high")),
    error: /^DIR\/genesis\.json: height: /,
  },
  "a genesis document without one of its parts": {
    spoil: (folder) => editGenesis(folder, (genesis) => (genesis.beacon = undefined)),
    error: /^DIR\/genesis\.json: beacon\.params\.backend: must be "insecure" or "vrf", is ""/,
  },
  "a forged descriptor in the genesis document": {
    spoil: (folder) =>
      editGenesis(folder, ({ registry }) => {
        registry.entities[0].signature.signature = Buffer.alloc(64, 1).toString("base64");
      }),
    error: /^DIR\/genesis\.json:\n {2}registry\.entities\[0\]: is not validly signed\n/,
  },
  "the genesis document of another network": {
    spoil: (folder) => editGenesis(folder, (genesis) => (genesis.chain_id = "another")),
    error:
      /^the database holds the state of network [0-9a-f]{64}, the genesis document is of network [0-9a-f]{64}: use that network's genesis document, or another data directory$/,
  },
  "a private key that others may read": {
    spoil: ({ dataDir }) => chmodSync(join(dataDir, "identity.pem"), 0o644),
    error: "DIR/node/identity.pem: mode is 0644 and must be 0600: run chmod 600 on it",
  },
  "a private key that is damaged": {
    spoil: ({ dataDir }) => writeFileSync(join(dataDir, "consensus.pem"), "garbage"),
    error: "DIR/node/consensus.pem: expected exactly one PEM block and nothing after it",
  },
  "a private key that is another one's": {
    spoil: ({ dataDir }) => renameSync(join(dataDir, "p2p.pem"), join(dataDir, "vrf.pem")),
    error: /^DIR\/node\/(p2p|vrf).*pem: /,
  },
  "a private key that is gone": {
    spoil: ({ dataDir }) => rmSync(join(dataDir, "identity.pem")),
    error:
      "DIR/node/identity.pem: no such key file, but DIR/node/identity_pub.pem is there; restore one or remove the other",
  },
  "a data directory that is a file": {
    config: (config) => {
      config.common.data_dir = config.genesis.file;
    },
    error: "common.data_dir: DIR/genesis.json cannot be used as the data directory: it is a file",
  },
  "a database of something else": {
    spoil: ({ dataDir }) => writeFileSync(join(dataDir, "store", "data.mdb"), "x".repeat(100_000)),
    error: "DIR/node/store/data.mdb is not a database of this version",
  },
  "a database that is gone, of a validator that has signed": {
    spoil: ({ dataDir }) => rmSync(join(dataDir, "store"), { recursive: true }),
    error: /^this node has signed for height \d+ and its chain ends at \d+: restore its database/,
  },
  "a socket path where there is something else": {
    spoil: ({ socket }) => mkdirSync(socket),
    error: "DIR/node/internal.sock exists and is not a socket",
  },
};

describe("a node is refused to start with", () => {
  test.each(Object.entries(badStarts))("%s", async (_name, { config, spoil, error }) => {
    const folder = copyNetwork(template, (value) =>
      config?.(value, value.genesis.file.slice(0, -"/genesis.json".length)),
    );
    spoil?.(folder);
    const { code, stderr } = await oasisNode(["--config", folder.config]);
    expect(code).toBe(1);
    const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
    const message = lines.join("\n").replaceAll(folder.dir, "DIR");
    expect(message).toMatch(/^Error: /);
    expect(message.slice("Error: ".length)).toMatch(error);
    expect(message).not.toMatch(/^\s+at |Internal error|TypeError/m);
    removeLocalnetDir(folder.dir);
  });

  test("a port that somebody listens on", async () => {
    await using port = await takenPort();
    const folder = copyNetwork(template, (config) => {
      config.api = { http: { listen_address: `127.0.0.1:${port.number}` } };
    });
    const { code, stderr } = await oasisNode(["--config", folder.config]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `Error: the API cannot listen on 127.0.0.1:${port.number}: another process listens there already\n`,
    );
    removeLocalnetDir(folder.dir);
  });

  test.each([
    [["--config", "/nowhere/config.yml"], "Error: /nowhere/config.yml: no such file\n"],
    [["--config", "/"], "Error: /: this is a directory, not a configuration file\n"],
    [[], /^Error: --config FILE is missing\. For a network on this machine, run the command localnet\n/],
    [["nonsense"], /^Error: unknown command "nonsense" for "oasis-node"\n/],
    [["--no-such-flag"], /^error: unknown option '--no-such-flag'\n/],
    [
      ["localnet", "--paratime", "/nowhere/paratime"],
      /^.*Error: .*\/nowhere\/paratime.*does not exist.*\n$/s,
    ],
    [["localnet", "--paratime", "/etc/passwd"], /^.*Error: .*no ELF signature at its start.*\n$/s],
    [["localnet", "--block-time", "soon"], /^Error: --block-time: /],
  ])("the command line %j", async (args, error) => {
    const dir = newLocalnetDir();
    const { code, stderr } = await oasisNode(args[0] === "localnet" ? [...args, "--dir", dir] : args);
    expect(stderr).toMatch(error);
    expect(code).toBe(1);
    removeLocalnetDir(dir);
  });
});

test("whatever was wrong, the chain goes on when it is put right", { timeout: 600_000 }, async () => {
  const folder = copyNetwork(template);
  const document = readFileSync(folder.genesis, "utf8");
  for (const name of ["the genesis document of another network", "a private key that others may read"]) {
    badStarts[name]!.spoil!(folder);
    expect((await oasisNode(["--config", folder.config])).code).toBe(1);
    writeFileSync(folder.genesis, document);
    chmodSync(join(folder.dataDir, "identity.pem"), 0o600);
  }
  await using node = startNode(["--config", folder.config]);
  await node.started();
  const client = new ApiClient(parseDialAddress(`unix:${folder.socket}`));
  const status = await client.call("Consensus", "GetStatus", null);
  expect(status.latest_height).toBeGreaterThan(status.genesis_height);
  client.close();
  expect(await node.stop()).toBe(0);
  removeLocalnetDir(folder.dir);
});

test.each([
  ["is missing", "/nowhere/paratime", "does not exist"],
  ["is no executable", "/etc/passwd", "no ELF signature at its start"],
])("a ParaTime whose program %s does not keep the node from running", async (_, executable, cause) => {
  const folder = copyNetwork(template, (config) => {
    config.runtime.runtimes[0]!.executable = executable;
  });
  await using node = startNode(["--config", folder.config]);
  await node.logged(({ msg }) => msg === "ParaTime will be started again");
  await node.started();
  const client = new ApiClient(parseDialAddress(`unix:${folder.socket}`));
  const { waiting } = await client.call("NodeController", "GetStatus", null);
  expect(waiting).toContainEqual(
    expect.objectContaining({
      subject: expect.stringMatching(/^runtime 80+$/),
      for: expect.stringContaining(cause),
      remedy: expect.stringContaining("."),
    }),
  );
  client.close();
  expect(await node.stop()).toBe(0);
  removeLocalnetDir(folder.dir);
});

// biome-ignore lint/suspicious/noExplicitAny: a document that tests make wrong in ways its type does not allow
function editGenesis({ genesis }: NetworkFolder, change: (document: any) => unknown): void {
  edit(genesis, (text) => {
    const document = JSON.parse(text);
    change(document);
    return JSON.stringify(document);
  });
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

async function takenPort() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    number: port,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}
