import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { fromUtf8, toHex } from "../../src/codec/bytes.ts";
import { encode } from "../../src/codec/schema.ts";
import { readGenesis } from "../../src/config/genesis/read-genesis.ts";
import { getRuntimeState } from "../../src/consensus/roothash/state.ts";
import type { Environment } from "../../src/storage/environment/environment.ts";
import { openEnvironment } from "../../src/storage/environment/lmdb-environment.ts";
import { MkvsTree } from "../../src/storage/mkvs/mkvs-tree.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { Block } from "../../src/types/api-consensus.ts";
import { ROOT_STATE, type Root } from "../../src/types/storage.ts";
import { Random } from "../fuzz/random.ts";
import {
  type LocalnetProcess,
  newLocalnetDir,
  removeLocalnetDir,
  spawnLocalnet,
  startLocalnet,
} from "../localnet-process.ts";
import { get, insert } from "./key-value-client.ts";
import { Acknowledged } from "./load.ts";
import { replayStoredChain } from "./stored-chain.ts";

const kills = 30;
/** One start in so many is killed before the network is ready. */
const earlyKillEvery = 5;
/** The longest moment after the command at which such a start is killed. */
const earlyKillMs = 1200;
/** Most inserts that are acknowledged before a network under load is killed, and the longest moment after the last. */
const mostInserts = 40;
const killMs = 30;
/** Kills of a new network, and the longest moment after which each comes. */
const setUpKills = 5;
const setUpMs = 1000;
/** Inserts under way at a time. */
const workers = 8;

test(`a node killed ${kills} times at random moments under load loses nothing and signs nothing twice`, {
  timeout: 600_000,
}, async () => {
  const seed = Number(process.env.QANAT_SEED ?? Date.now() % 2 ** 32);
  console.log(`crash test: QANAT_SEED=${seed}`);
  const random = new Random(seed);
  const dir = newLocalnetDir();
  const blocks = new SeenBlocks();
  const acknowledged = new Acknowledged();
  let checked = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const message = `QANAT_SEED=${seed}, kill ${kill}`;
    if (kill % earlyKillEvery === 0) {
      await using starting = spawnLocalnet(dir);
      await delay(random.int(earlyKillMs));
      await starting[Symbol.asyncDispose]();
      continue;
    }
    await using net = await startLocalnet(dir);
    await blocks.compare(net, message);
    const values = [...acknowledged.values].slice(checked);
    const found = await Promise.all(values.map(([key]) => get(net, key)));
    expect(
      values.filter(([, value], index) => found[index] !== value),
      `${message}: acknowledged and lost`,
    ).toEqual([]);
    checked += values.length;

    const watching = blocks.watchUntilGone(net);
    const enough = acknowledged.more(random.int(mostInserts));
    const loading = acknowledged.insertUntilGone(net, workers);
    await Promise.race([enough, loading]);
    await delay(random.int(killMs));
    await net[Symbol.asyncDispose]();
    await Promise.all([watching, loading]);
  }
  console.log(`crash test: ${blocks.count} blocks seen, ${acknowledged.values.size} inserts acknowledged`);
  // The load was real, and the chain grew between the kills.
  expect(acknowledged.values.size).toBeGreaterThan(kills);
  expect(blocks.count).toBeGreaterThan(kills);

  const net = await startLocalnet(dir);
  await blocks.compare(net, `QANAT_SEED=${seed}, after the kills`);
  expect(await net.stop()).toBe(0);
  const { runtimeId, ready } = net;
  const environment = openEnvironment(join(dir, "node", "store"));
  const { height, state } = replayStoredChain(await readGenesis(ready.genesis), environment);
  expect(height).toBeGreaterThanOrEqual(blocks.last);
  const { header } = getRuntimeState(state, runtimeId)!.last_block!;
  const root: Root = {
    ns: runtimeId,
    version: header.round,
    root_type: ROOT_STATE,
    hash: header.state_root,
  };
  const stored = readParaTimeState(environment, root);
  for (const [key, value] of acknowledged.values) expect(stored.get(key), `seed ${seed}`).toBe(value);
  await environment.close();
  removeLocalnetDir(dir);
});

test("a local network killed while it is being set up is set up anew", { timeout: 600_000 }, async () => {
  const seed = Number(process.env.QANAT_SEED ?? Date.now() % 2 ** 32);
  console.log(`set-up test: QANAT_SEED=${seed}`);
  const random = new Random(seed);
  const dir = newLocalnetDir();
  for (let kill = 0; kill < setUpKills; kill++) {
    await using starting = spawnLocalnet(dir);
    await delay(random.int(setUpMs));
    await starting[Symbol.asyncDispose]();
  }
  await using net = await startLocalnet(dir);
  await insert(net, "key", "value");
  expect(await get(net, "key")).toBe("value");
  expect(await net.stop()).toBe(0);
  removeLocalnetDir(dir);
});

/** Every block that a client has seen, with the signatures for the one before it. */
class SeenBlocks {
  readonly #seen = new Map<bigint, string>();
  /** Not compared since they were seen. */
  #fresh = new Map<bigint, string>();

  get count(): number {
    return this.#seen.size;
  }

  get last(): bigint {
    return [...this.#seen.keys()].at(-1) ?? 0n;
  }

  /** Remembers the blocks that come until the stream breaks. A height that comes twice must be the same block. */
  async watchUntilGone({ client }: LocalnetProcess): Promise<void> {
    let conflict: string | null = null;
    try {
      for await (const block of client.watch("Consensus", "WatchBlocks", null)) {
        const encoded = toHex(encode(Block, block));
        if ((this.#seen.get(block.height) ?? encoded) !== encoded) conflict = `height ${block.height}`;
        this.#seen.set(block.height, encoded);
        this.#fresh.set(block.height, encoded);
      }
    } catch {
      // The node was killed.
    }
    expect(conflict).toBeNull();
  }

  /** The chain still has every block that came since the last comparison, as it was: no height lost, none made twice. */
  async compare({ client }: LocalnetProcess, message: string): Promise<void> {
    for (const [height, encoded] of this.#fresh) {
      const block = await client.call("Consensus", "GetBlock", height);
      expect(toHex(encode(Block, block)), `${message}: height ${height}`).toBe(encoded);
    }
    this.#fresh = new Map();
  }
}

/**
 * The ParaTime's stored state under the root that the replay gives, as text; a tree built anew from its entries must
 * have that very root.
 */
function readParaTimeState(environment: Environment, root: Root): Map<string, string> {
  const tree = MkvsTree.open(openNodeDb(environment, root.ns), root);
  const rebuilt = MkvsTree.empty();
  const entries = new Map<string, string>();
  for (const [key, value] of tree.prefix(new Uint8Array())) {
    rebuilt.insert(key, value);
    // The ParaTime's own bookkeeping has binary keys.
    if (key[0] !== undefined && key[0] >= 0x20 && key[0] < 0x80) entries.set(fromUtf8(key), fromUtf8(value));
  }
  expect(toHex(rebuilt.rootHash())).toBe(toHex(root.hash));
  return entries;
}
