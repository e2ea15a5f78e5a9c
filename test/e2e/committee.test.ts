import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { toHex } from "../../src/codec/bytes.ts";
import { STATUS_READY } from "../../src/types/api-consensus.ts";
import { freePorts } from "../interop/official-network.ts";
import {
  type Event,
  type LocalnetProcess,
  newLocalnetDir,
  removeLocalnetDir,
  startLocalnet,
} from "../localnet-process.ts";
import { type NodeProcess, startNode } from "./command.ts";
import { get, insert, type ParaTimeClient } from "./key-value-client.ts";

const timeout = 240_000;

describe("a committee of three nodes", () => {
  let dir: string;
  let network: LocalnetProcess;
  const clients: ApiClient[] = [];

  const connect = (socket: string): ParaTimeClient => {
    const client = new ApiClient(parseDialAddress(`unix:${socket}`));
    clients.push(client);
    return { client, runtimeId: network.runtimeId };
  };
  const node = (name: string) => connect(network.ready.nodes.find((one) => one.name === name)!.socket);

  beforeAll(async () => {
    dir = newLocalnetDir();
    network = await startLocalnet(dir, ["--validators", "4", "--compute", "3"]);
  }, timeout);

  afterAll(async () => {
    for (const client of clients) client.close();
    await network?.[Symbol.asyncDispose]();
    removeLocalnetDir(dir);
  });

  test("executes what any of its nodes is given, and all have the same states", { timeout }, async () => {
    const nodes = ["validator-1", "validator-2", "validator-3"].map(node);
    let round = 0n;
    for (const [i, one] of nodes.entries()) round = await insert(one, `key ${i}`, `value ${i}`);
    // Several at once, each at another node.
    const many = Array.from({ length: 12 }, (_, i) => insert(nodes[i % 3]!, `many ${i}`, `${i}`));
    for (const last of await Promise.all(many)) round = last > round ? last : round;
    const states = await Promise.all(nodes.map((one) => stateOf(one, round)));
    expect(new Set(states).size).toBe(1);
    for (const one of nodes) expect(await get(one, "key 1")).toBe("value 1");
    const { committee } = await runtimeStatus(nodes[1]!);
    expect(committee).toMatchObject({ liveness: { missed_proposals: 0n } });
  });

  test("serves a node that does not compute: it passes transactions on and has the states", {
    timeout,
  }, async () => {
    await using client = await startClient(dir, "client");
    await client.started();
    const asked = connect(join(dir, "client", "node", "internal.sock"));
    await isSynced(asked);
    const round = await insert(asked, "of a client", "reached the committee");
    expect(await get(asked, "of a client")).toBe("reached the committee");
    // What was executed before it was there.
    expect(await get(asked, "key 0")).toBe("value 0");
    const first = node("validator-1");
    expect(await stateOf(asked, round)).toBe(await stateOf(first, round));
    expect(await stateOf(asked, 1n)).toBe(await stateOf(first, 1n));
    const { committee } = await runtimeStatus(asked);
    expect(committee?.executor_roles ?? []).toEqual([]);
  });

  test("goes on without one of them, which catches up when it is back", { timeout }, async () => {
    const first = node("validator-1");
    const started = await network.event(isNode("validator-3", "started"));
    process.kill(started.pid as number, "SIGKILL");
    const ended = await network.event(isNode("validator-3", "ended"));
    // Some rounds have it first in line: the next one takes its turn.
    for (let i = 0; i < 4; i++) await insert(first, `without ${i}`, `${i}`);

    await using again = runAgain(ended);
    await again.started();
    const third = node("validator-3");
    await isSynced(third);
    const round = await insert(third, "back", "again");
    expect(await get(third, "without 3")).toBe("3");
    expect(await stateOf(third, round)).toBe(await stateOf(first, round));
  });
});

function isNode(name: string, state: string) {
  return (event: Event) => event.event === "node" && event.node === name && event.state === state;
}

/** Runs a node that has ended, as its end says. */
function runAgain(ended: Event): NodeProcess {
  const [, ...args] = (ended.again as string).split(" ");
  return startNode([...args, "--log.file", "", "--log.format", "JSON"]);
}

/** A node of the network that is no validator and does not compute. */
async function startClient(dir: string, name: string): Promise<NodeProcess> {
  const config = parse(readFileSync(join(dir, "validator-1", "config.yml"), "utf8"));
  const [consensus, p2p] = await freePorts(2);
  const dataDir = join(dir, name, "node");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const address = `tcp://127.0.0.1:${consensus}`;
  const path = join(dir, name, "config.yml");
  const client = {
    ...config,
    mode: "client",
    common: { data_dir: dataDir, log: { format: "JSON" }, debug: { allow_root: true } },
    consensus: { ...config.consensus, validator: false, listen_address: address, external_address: address },
    p2p: { ...config.p2p, port: p2p, registration: { addresses: [`127.0.0.1:${p2p}`] } },
    registration: {},
    api: {},
  };
  writeFileSync(path, stringify(client));
  return startNode(["--config", path]);
}

async function runtimeStatus({ client, runtimeId }: ParaTimeClient) {
  const { runtimes } = await client.call("NodeController", "GetStatus", null);
  return runtimes!.get(toHex(runtimeId))!;
}

/** However long it takes: the test's own time is the limit. */
async function isSynced({ client }: ParaTimeClient): Promise<void> {
  for (;;) {
    const status = await client.call("NodeController", "GetStatus", null);
    if (status.consensus?.status === STATUS_READY && (status.waiting ?? []).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** State and I/O root of a round, when the node has it. */
async function stateOf({ client, runtimeId }: ParaTimeClient, round: bigint): Promise<string> {
  for await (const { block } of client.watch("RuntimeClient", "WatchBlocks", runtimeId)) {
    if (block.header.round >= round) break;
  }
  const { header } = await client.call("RuntimeClient", "GetBlock", { runtime_id: runtimeId, round });
  const transactions = await client.call("RuntimeClient", "GetTransactions", {
    runtime_id: runtimeId,
    round,
  });
  return [
    toHex(header.state_root),
    toHex(header.io_root),
    ...(transactions ?? []).map((tx) => toHex(tx!)),
  ].join(" ");
}
