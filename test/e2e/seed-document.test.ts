import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildExecutable } from "../../paratime/build/build-executable.ts";
import { demoParaTime } from "../../paratime/build/targets.ts";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { fromHex } from "../../src/codec/bytes.ts";
import { SEED_VALUES, seedConfigText } from "../config-samples.ts";
import { descendants, untilGone } from "../process-tree.ts";
import { oasisNode, startNode } from "./command.ts";
import { get, insert } from "./key-value-client.ts";

// Somebody follows run-a-paratime-node.md to the letter: its folders, its commands, its config.yml. What the document
// takes for granted is made here: the entity, and a network, whose only validator is this very node.

/** Not of a test network: a real one does not accept those. */
const runtimeId = `${"00".repeat(30)}e2e1`;
/** Routable, as registered addresses must be. Nobody connects to it. */
const externalAddress = "1.2.3.4";

let node: string;
let entityId: string;

const path = (...parts: string[]) => join(node, ...parts);

/** Runs a command that must succeed; gives what it prints. */
async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await oasisNode(args);
  expect(stderr, args.join(" ")).toBe("");
  expect(code, args.join(" ")).toBe(0);
  return stdout;
}

beforeAll(async () => {
  await buildExecutable(demoParaTime);
  node = mkdtempSync(join(tmpdir(), "qanat-seed-"));
  for (const folder of ["etc", "data", "bin", "runtimes", "entity"]) mkdirSync(path(folder), { mode: 0o700 });
  copyFileSync(demoParaTime.output, path("runtimes", "foo-paratime"));
}, 600_000);
afterAll(() => rmSync(node, { recursive: true, force: true }));

test("the entity: `registry entity init`", async () => {
  entityId = (
    await run("registry", "entity", "init", "--signer.backend", "file", "--signer.dir", path("entity"))
  ).trim();
  expect(entityId).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  expect(JSON.parse(readFileSync(path("entity", "entity.json"), "utf8"))).toMatchObject({
    v: 2,
    id: entityId,
  });
  expect(statSync(path("entity", "entity.pem")).mode & 0o777).toBe(0o600);
  // A second time it does not touch the key.
  const again = await oasisNode(["registry", "entity", "init", "--signer.dir", path("entity")]);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain("specify --force");
});

test("the node's keys: `identity init`", async () => {
  await run("identity", "init", "--datadir", path("data"));
  for (const name of ["identity", "p2p", "consensus", "vrf", "tls_identity"]) {
    expect(existsSync(path("data", `${name}.pem`)), name).toBe(true);
  }
});

test("the network: `registry node init`, `registry entity update`, `genesis init`, `genesis check`", async () => {
  await run(
    ...["registry", "node", "init", "--signer.backend", "file", "--datadir", path("data")],
    ...["--node.entity_id", entityId, "--node.role", "validator", "--node.expiration", "3"],
    ...[
      "--node.consensus_address",
      `${externalAddress}:26656`,
      "--node.p2p_address",
      `${externalAddress}:30002`,
    ],
  );
  await run(
    ...["registry", "entity", "update", "--signer.backend", "file", "--signer.dir", path("entity")],
    ...["--entity.node.descriptor", path("data", "node_genesis.json")],
  );
  writeFileSync(path("runtime.json"), JSON.stringify(runtimeDescriptor()));
  writeFileSync(path("staking.json"), JSON.stringify(await stakingState()));
  await run(
    ...["genesis", "init", "--genesis.file", path("etc", "genesis.json"), "--chain.id", "seed-document"],
    ...["--entity", path("entity", "entity_genesis.json"), "--node", path("data", "node_genesis.json")],
    ...[
      "--runtime",
      path("runtime.json"),
      "--staking",
      path("staking.json"),
      "--staking.token_symbol",
      "TEST",
    ],
    // Short epochs: the ParaTime's first committee is elected at the end of the first.
    ...["--beacon.insecure.cometbft.interval", "20", "--consensus.cometbft.timeout_commit", "100ms"],
    ...["--consensus.feature_version", "26.1"],
  );
  await run("genesis", "check", "--genesis.file", path("etc", "genesis.json"));
});

test("the ParaTime node: config.yml of the document, `oasis-node --config`, `control status`", {
  timeout: 600_000,
}, async () => {
  writeFileSync(path("etc", "config.yml"), config(withoutTee(seedConfigText())));
  // "You can start the node by running the following command"
  await using process = startNode(["--config", path("etc", "config.yml")]);
  await process.started();
  const client = new ApiClient(parseDialAddress(`unix:${path("data", "internal.sock")}`));
  await client.call("NodeController", "WaitReady", null);
  const paraTime = { client, runtimeId: fromHex(runtimeId) };
  await insert(paraTime, "key", "value");
  expect(await get(paraTime, "key")).toBe("value");

  // "To ensure that your node is properly connected with the network"
  const status = JSON.parse(await run("control", "status", "-a", `unix:${path("data", "internal.sock")}`));
  expect(status).toMatchObject({
    mode: "compute",
    consensus: { status: "ready", is_validator: true },
    runtimes: {
      [runtimeId]: {
        committee: { status: "ready", executor_roles: ["worker"] },
        executor: { status: "ready" },
        provisioner: "sandbox",
      },
    },
    registration: {
      last_attempt_successful: true,
      descriptor: {
        entity_id: entityId,
        p2p: { addresses: [`${externalAddress}:30002`] },
        roles: "compute,validator",
      },
    },
  });
  expect(status.debug).toBeUndefined();
  expect(status.waiting).toBeUndefined();

  const children = descendants(process.pid);
  client.close();
  expect(await process.stop("SIGTERM")).toBe(0);
  await untilGone(children);
  // What the document's log section asks for: JSON, one object a line.
  for (const line of process.stderr.trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
});

test("the same with the sections for trusted hardware left in, as they stand: they are named and ignored", {
  timeout: 600_000,
}, async () => {
  writeFileSync(path("etc", "config.yml"), config(seedConfigText()));
  await using process = startNode(["--config", path("etc", "config.yml")]);
  await process.started();
  const client = new ApiClient(parseDialAddress(`unix:${path("data", "internal.sock")}`));
  await client.call("NodeController", "WaitReady", null);
  expect(await get({ client, runtimeId: fromHex(runtimeId) }, "key")).toBe("value");
  client.close();
  expect(await process.stop()).toBe(0);
  expect(process.stderr).toMatch(/"key":"runtime\.sgx\.loader"/);
  expect(process.stderr).toMatch(/"key":"ias\.proxy\.address"/);
});

test("another node of the entity, which has nobody to get blocks from, runs and says what it waits for", {
  timeout: 600_000,
}, async () => {
  const other = path("other");
  mkdirSync(other, { mode: 0o700 });
  writeFileSync(
    path("etc", "other.yml"),
    config(withoutTee(seedConfigText())).replace(`datadir: ${path("data")}`, `datadir: ${other}`),
  );
  await using process = startNode(["--config", path("etc", "other.yml")]);
  await process.started();
  const status = JSON.parse(await run("control", "status", "-a", `unix:${join(other, "internal.sock")}`));
  expect(status.waiting).toContainEqual(
    expect.objectContaining({ subject: "registration", for: expect.stringContaining("first block") }),
  );
  expect(await process.stop()).toBe(0);
});

/** The document's configuration with its placeholders filled in and `/node` being the folder of this test. */
function config(text: string): string {
  const values: Record<string, string> = {
    ...SEED_VALUES,
    external_address: externalAddress,
    // Nobody listens there.
    seed_node_address: "E27F6B7A350B4CC2B48A6CBE94B0A02B0DCB0BF3@127.0.0.1:9",
    runtime_id: runtimeId,
    runtime_bin_path: "/node/runtimes/foo-paratime",
  };
  const filled = text.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => values[name]!);
  // The one line that the document does not have: it is about networks that have validators already, and this one has
  // nobody else. It stands in the document's neighbour for validators.
  const validating = filled.replace(/^consensus:$/m, "consensus:\n  validator: true");
  return validating.replaceAll("/node/", `${node}/`);
}

/** "The following section is required for ParaTimes which are running inside the Intel SGX …": this one is not. */
function withoutTee(text: string): string {
  const sections = [
    /^ {2}# The following section is required[\s\S]*?^(?=\n*worker:)/m,
    /^# The following section is required[\s\S]*$/m,
  ];
  return sections.reduce((rest, section) => {
    expect(rest).toMatch(section);
    return rest.replace(section, "");
  }, text);
}

function runtimeDescriptor(): object {
  return {
    v: 3,
    id: runtimeId,
    entity_id: entityId,
    genesis: { state_root: EMPTY_ROOT, round: 0 },
    kind: 1,
    tee_hardware: 0,
    executor: {
      group_size: 1,
      group_backup_size: 0,
      allowed_stragglers: 0,
      round_timeout: 5,
      max_messages: 32,
    },
    txn_scheduler: {
      batch_flush_timeout: 1_000_000_000,
      max_batch_size: 1000,
      max_batch_size_bytes: 16_777_216,
      max_in_messages: 32,
      propose_batch_timeout: 5_000_000_000,
    },
    storage: { checkpoint_interval: 10_000, checkpoint_num_kept: 2, checkpoint_chunk_size: 8_388_608 },
    admission_policy: { entity_whitelist: { entities: { [entityId]: {} } } },
    constraints: {
      executor: {
        worker: { min_pool_size: { limit: 1 }, validator_set: {} },
      },
    },
    staking: {},
    governance_model: "entity",
    deployments: [{ version: {}, valid_from: 0 }],
  };
}

const EMPTY_ROOT = "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a";

/** The entity has stake in its escrow, without which it has no voting power. */
async function stakingState(): Promise<object> {
  const address = (await run("stake", "pubkey2address", "--public_key", entityId)).trim();
  const stake = "1000000000";
  return {
    params: { debonding_interval: 1 },
    total_supply: stake,
    ledger: { [address]: { escrow: { active: { balance: stake, total_shares: stake } } } },
    delegations: { [address]: { [address]: { shares: stake } } },
  };
}
