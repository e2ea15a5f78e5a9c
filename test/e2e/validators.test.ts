import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { toHex } from "../../src/codec/bytes.ts";
import {
  type Event,
  type LocalnetProcess,
  newLocalnetDir,
  type ReadyNode,
  removeLocalnetDir,
  spawnLocalnet,
  startLocalnet,
} from "../localnet-process.ts";
import { descendants, untilGone } from "../process-tree.ts";
import { oasisNode, startNode } from "./command.ts";
import { get, insert } from "./key-value-client.ts";

const timeout = 600_000;

describe("a local network of four validators", () => {
  let dir: string;
  beforeAll(() => {
    dir = newLocalnetDir();
  });
  afterAll(() => removeLocalnetDir(dir));

  test("is four ordinary nodes with one chain, and a ParaTime on it", { timeout }, async () => {
    await using network = await startLocalnet(dir, ["--validators", "4"]);
    const { nodes, seed, socket, chain_context } = network.ready;
    expect(nodes.map(({ name }) => name)).toEqual([
      "validator-1",
      "validator-2",
      "validator-3",
      "validator-4",
    ]);
    expect(nodes[0]!.socket).toBe(socket);
    for (const { consensus_address } of [...nodes, seed!]) {
      expect(consensus_address).toMatch(/^[A-Za-z0-9+/]{43}=@127\.0\.0\.1:\d+$/);
    }
    const commands = descendants(network.pid).map(({ command }) => command);
    expect(commands.filter((command) => command !== "bwrap").length).toBeGreaterThanOrEqual(5);

    await insert(network, "key", "value");
    expect(await get(network, "key")).toBe("value");

    const height = await latestHeight(network.client);
    const blocks = await Promise.all(nodes.map((node) => blockAt(node, height)));
    for (const block of blocks) expect(block).toEqual(blocks[0]);
    const validators = await network.client.call("Scheduler", "GetValidators", height);
    expect(validators).toHaveLength(4);
    expect(new Set(validators!.map(({ voting_power }) => voting_power)).size).toBe(1);
    const status = await withClient(nodes[2]!, (client) => client.call("NodeController", "GetStatus", null));
    expect(status).toMatchObject({ mode: "validator", consensus: { chain_context } });
    // Nobody from outside can connect.
    for (const { name } of [...nodes, seed!]) {
      const log = readFileSync(join(dir, name, "node", "node.log"), "utf8");
      const line = log.split("\n").find((text) => text.includes("listening for ParaTime nodes"));
      expect(line!.match(/\/ip4\/[^/]*/g), name).toEqual(["/ip4/127.0.0.1"]);
    }
    expect(await network.stop()).toBe(0);
  });

  test("names a node that is killed and goes on without it; when it runs again, it takes part", {
    timeout,
  }, async () => {
    await using network = await startLocalnet(dir);
    expect(network.ready.nodes).toHaveLength(4);
    expect(await get(network, "key")).toBe("value");
    const pidOf = async (name: string) => {
      const event = await network.event(isNode(name, "started"));
      return event.pid as number;
    };

    process.kill(await pidOf("validator-3"), "SIGKILL");
    const ended = await network.event(isNode("validator-3", "ended"));
    expect(ended).toMatchObject({ wasAsked: false, reason: "it was killed by SIGKILL" });
    expect(ended.lastLines as string[]).not.toEqual([]);
    expect(await network.event(({ event }) => event === "network")).toMatchObject({
      ...{ state: "goes on", running: 3, needed: 3, validators: 4, paratime: true },
    });
    await insert(network, "key", "without the third");

    const [program, ...args] = (ended.again as string).split(" ");
    expect(program).toBe("bin/oasis-node");
    await using again = startNode([...args, "--log.file", "", "--log.format", "JSON"]);
    await again.started();
    // Without it, the network could not lose another one.
    process.kill(await pidOf("validator-4"), "SIGKILL");
    await network.event(isNode("validator-4", "ended"));
    await insert(network, "key", "without the fourth");
    expect(await get(network, "key")).toBe("without the fourth");
  });

  test("that was killed leaves no process behind, and goes on when it is started again", {
    timeout,
  }, async () => {
    const killed = await startLocalnet(dir);
    const { chain_context } = killed.ready;
    const height = await latestHeight(killed.client);
    const started = descendants(killed.pid);
    await killed.kill();
    await untilGone(started, 20_000);

    await using network = await startLocalnet(dir);
    expect(network.ready.chain_context).toBe(chain_context);
    expect(await latestHeight(network.client)).toBeGreaterThanOrEqual(height);
    expect(await get(network, "key")).toBe("without the fourth");
  });

  test("is not made another one of", { timeout }, async () => {
    const { code, stderr } = await oasisNode(["localnet", "--dir", dir, "--validators", "7"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/was made with 4 validators, .* Choose another folder with --dir/);
  });

  test("says which port it cannot have, and whose it is", { timeout }, async () => {
    const { port, settings } = await onePort(dir);
    await using _ = await thiefOf(port);
    const { code, stderr } = await oasisNode(["localnet", "--dir", dir]);
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${port} of 127.0.0.1, which validator-2 of this network has, is taken`);
    expect(stderr).toContain(settings);
  });

  test("gives its API another port when somebody takes the first one meanwhile", { timeout }, async () => {
    await using starting = spawnLocalnet(dir);
    await starting.event(isNode("validator-1", "started"));
    const config = readFileSync(join(dir, "validator-1", "config.yml"), "utf8");
    const port = Number(/grpc\W[^}]*?127\.0\.0\.1:(\d+)/.exec(config)![1]);
    await using _ = await thiefOf(port);
    const { ready } = await starting.ready;
    expect(ready.grpc).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(ready.grpc).not.toBe(`127.0.0.1:${port}`);
  });
});

/** A program that listens on a port. */
async function thiefOf(port: number): Promise<AsyncDisposable> {
  const thief = createServer();
  await new Promise<void>((resolve, reject) => {
    thief.once("error", reject);
    thief.listen(port, "127.0.0.1", resolve);
  });
  return {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => thief.close(() => resolve())),
  };
}

function isNode(name: string, state: string) {
  return (event: Event) => event.event === "node" && event.node === name && event.state === state;
}

async function withClient<T>({ socket }: ReadyNode, use: (client: ApiClient) => Promise<T>): Promise<T> {
  const client = new ApiClient(parseDialAddress(`unix:${socket}`));
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

async function latestHeight(client: LocalnetProcess["client"]): Promise<bigint> {
  return (await client.call("Consensus", "GetBlock", 0n)).height;
}

/** Hash and state root of a block, when the node has it. */
async function blockAt(node: ReadyNode, height: bigint) {
  return await withClient(node, async (client) => {
    for await (const block of client.watch("Consensus", "WatchBlocks", null)) {
      if (block.height >= height) break;
    }
    const { hash, state_root } = await client.call("Consensus", "GetBlock", height);
    return { hash: toHex(hash), root: toHex(state_root.hash) };
  });
}

async function onePort(dir: string): Promise<{ port: number; settings: string }> {
  const { readSettings, localnetPaths } = await import("../../src/node/localnet/localnet-files.ts");
  const paths = localnetPaths(dir);
  return { port: readSettings(paths)!.ports["validator-2"]!.consensus, settings: paths.settings };
}
