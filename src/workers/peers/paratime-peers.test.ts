import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RecordedConsensus } from "../../../test/workers/recorded-consensus.ts";
import { runtimeId } from "../../../test/workers/rounds.ts";
import { toHex } from "../../codec/bytes.ts";
import type { Hash } from "../../codec/common-types.ts";
import { EMPTY_HASH, hashOf, sha512_256 } from "../../crypto/hash.ts";
import type { CommitteeNetwork } from "../../p2p/libp2p/committee-network.ts";
import { MessageFault } from "../../p2p/libp2p/gossip/message-fault.ts";
import { runtimeProtocolId } from "../../p2p/libp2p/protocol-names.ts";
import { testNetwork } from "../../p2p/libp2p/testing/test-network.ts";
import { systemBackgroundClock } from "../../storage/background/clock.ts";
import { CheckpointFiles } from "../../storage/checkpoint/checkpoint-files.ts";
import { createCheckpoint } from "../../storage/checkpoint/create-checkpoint.ts";
import { memoryEnvironment } from "../../storage/environment/memory-environment.ts";
import { MkvsTree } from "../../storage/mkvs/mkvs-tree.ts";
import { openNodeDb } from "../../storage/node-db/table-node-db.ts";
import { emptyRoot } from "../../storage/root.ts";
import { Emitter } from "../../telemetry/emitter.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { HEADER_NORMAL, Header } from "../../types/roothash-block.ts";
import {
  type ChunkMetadata,
  GetRequest,
  type Metadata,
  ROOT_IO,
  ROOT_STATE,
  type Root,
  type WriteLog,
} from "../../types/storage.ts";
import { type StateSync, stateSync } from "../state-sync.ts";
import { syncCheckpoint } from "../storage/checkpoint-sync.ts";
import { StoredRoundHistory } from "../storage/round-history.ts";
import { RoundStore } from "../storage/round-store.ts";
import { workerTables } from "../storage/tables.ts";
import type { CommitteeMessage } from "./committee-message.ts";
import { ParaTimePeers } from "./paratime-peers.ts";
import { storagePublic } from "./storage-sync-protocols.ts";

const chainContext = "00".repeat(32);
const { signal } = new AbortController();
const tx = (text: string) => new TextEncoder().encode(text);

const PUBLIC = runtimeProtocolId(chainContext, "storagepub", runtimeId, 2);

interface Has {
  readonly txs?: readonly Uint8Array[];
  readonly diff?: (start: Root, end: Root) => WriteLog;
  readonly checkpoints?: readonly Metadata[];
  readonly chunk?: (chunk: ChunkMetadata) => Promise<Uint8Array>;
  readonly refuses?: boolean;
  /** Whose state everybody may read. */
  readonly sync?: StateSync;
}

/** A node of the ParaTime with what it has. */
function makeNode(name: string, known: readonly CommitteeNetwork[], has: Has = {}) {
  const network = testNetwork(name, {
    chainContext,
    persistentPeers: known.map((other) => ({ id: other.id, addresses: other.report().addresses })),
  });
  const heardTxs: string[] = [];
  const heard: CommitteeMessage[] = [];
  const changed = new Emitter<void>();
  const peers = new ParaTimePeers(
    network,
    { runtimeId, chainContext, compute: true, hasCheckpoints: true, isPublic: has.sync !== undefined },
    {
      findTx: (hash) => has.txs?.find((one) => toHex(sha512_256(one)) === toHex(hash)) ?? null,
      storage: {
        diff: has.diff ?? (() => []),
        checkpoints: () => has.checkpoints ?? [],
        chunk: has.chunk ?? (() => Promise.reject(new Error("none"))),
      },
      sync: has.sync ?? stateSync(() => MkvsTree.empty()),
      receiveTx: async (raw) => {
        heardTxs.push(Buffer.from(raw).toString());
        changed.emit();
        if (has.refuses) throw new MessageFault("drop", "not valid");
      },
      receiveCommitteeMessage: (message) => {
        heard.push(message);
        changed.emit();
      },
    },
  );
  const readers = network.use(PUBLIC, {
    min: 0,
    total: 10,
  });
  return { network, peers, readers, heardTxs, heard, changed };
}

type Node = ReturnType<typeof makeNode>;

/** Nodes of which each knows those before it, connected. */
async function startNodes(...has: readonly Has[]): Promise<{ nodes: Node[] } & AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  const nodes: Node[] = [];
  for (const [i, one] of has.entries()) {
    const node = makeNode(
      `paratime node ${i}`,
      nodes.map(({ network }) => network),
      one,
    );
    stack.defer(() => node.network.stop());
    await node.network.start();
    nodes.push(node);
  }
  for (const { peers } of nodes) {
    while (peers.diffs.scores.size < nodes.length - 1 || peers.peerCount < nodes.length - 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { nodes, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("transactions are put together from what several peers have; what nobody asked for counts for nothing", async () => {
  await using all = await startNodes({}, { txs: [tx("a"), tx("b")] }, { txs: [tx("b"), tx("c")] });
  const [asking] = all.nodes;
  const hashes = ["a", "b", "c", "d"].map((text) => sha512_256(tx(text)));
  const found = await asking!.peers.fetchTxs(hashes, signal);
  expect(found.map((raw) => Buffer.from(raw).toString()).sort()).toEqual(["a", "b", "c"]);
});

test("a published transaction reaches everybody; a proposal as well", async () => {
  await using all = await startNodes({}, {}, {});
  const [first, second, third] = all.nodes as [Node, Node, Node];
  const heardBy = async ({ changed }: Node, what: () => boolean) => {
    while (!what()) await changed.next(() => true, signal);
  };
  await third.peers.publishTx(tx("hello"));
  for (const node of [first, second]) await heardBy(node, () => node.heardTxs.includes("hello"));
  const header = { round: 1n, previous_hash: EMPTY_HASH, batch_hash: EMPTY_HASH };
  const proposal = { node_id: new Uint8Array(32), header, sig: new Uint8Array(64), batch: [EMPTY_HASH] };
  await first.peers.publishProposal(3n, proposal);
  for (const node of [second, third]) await heardBy(node, () => node.heard.length > 0);
  expect(third.heard).toEqual([{ epoch: 3n, Proposal: proposal }]);
  expect(third.heardTxs).toEqual([]);
});

test("changes of many megabytes come whole; who has none leaves it to the others", async () => {
  const large: WriteLog = Array.from({ length: 6 }, (_, i) => [
    Uint8Array.of(i),
    new Uint8Array(1024 * 1024).fill(i),
  ]);
  const none = () => {
    throw new Error("not here");
  };
  await using all = await startNodes({}, { diff: none }, { diff: () => large });
  const [asking, , rich] = all.nodes as [Node, Node, Node];
  const end = { ns: runtimeId, version: 1n, root_type: ROOT_STATE, hash: sha512_256(tx("end")) };
  const start = emptyRoot(runtimeId, 0n, ROOT_STATE);
  const { writeLog, feedback } = await asking.peers.fetchDiff(start, end, signal);
  expect(feedback.peer).toBe(rich.network.id);
  expect(writeLog).toHaveLength(6);
  expect(writeLog!.map(([, value]) => toHex(sha512_256(value!)))).toEqual(
    large!.map(([, value]) => toHex(sha512_256(value!))),
  );
  feedback.bad();
  // Whoever lied is not asked again, nor connected.
  await expect(asking.peers.fetchDiff(start, end, signal)).rejects.toThrow();
  expect(asking.peers.diffs.scores.best()).not.toContain(rich.network.id);
}, 60_000);

test("everybody may read of a state where it is public, with the proof of it", async () => {
  const tree = MkvsTree.empty(ROOT_STATE);
  tree.insert(tx("key"), tx("value"));
  const { root } = tree.commit(runtimeId, 1n);
  await using all = await startNodes({}, { sync: stateSync(() => tree) });
  const [reader, keeper] = all.nodes as [Node, Node];
  const { rpc, scores } = reader.readers;
  const request = GetRequest.make({ tree: { root, position: root.hash }, key: tx("key") });
  const { value, feedback } = await rpc.call(scores.best(), storagePublic.get, request, signal);
  expect(feedback.peer).toBe(keeper.network.id);
  expect(value.proof.untrusted_root).toEqual(root.hash);
  expect(value.proof.entries!.length).toBeGreaterThan(0);
  expect(reader.network.supporting(PUBLIC)).toEqual([keeper.network.id]);
});

const namespace = runtimeId;

function newStore() {
  const environment = memoryEnvironment();
  const db = openNodeDb(environment, namespace);
  const store = new RoundStore(namespace, {
    db,
    history: new StoredRoundHistory(namespace, environment.table(workerTables.roundBlocks)),
    transaction: (body) => environment.transaction(body),
  });
  return { store, db };
}

/** A round with a state of some size, its checkpoints, and the consensus layer that knows its block. */
async function checkpointedRound(round = 40n) {
  const { store, db } = newStore();
  const state = MkvsTree.empty(ROOT_STATE, db);
  for (let i = 0; i < 3000; i++) state.insert(sha512_256(tx(`key ${i}`)), tx(`value ${i}`));
  const io = MkvsTree.empty(ROOT_IO, db);
  io.insert(tx("T"), tx("input"));
  const roots = [state.commit(namespace, round).root, io.commit(namespace, round).root];
  db.finalize(roots);
  const files = new CheckpointFiles(mkdtempSync(join(tmpdir(), "qanat-checkpoints-")));
  const deps = { db, files, clock: systemBackgroundClock };
  const checkpoints: Metadata[] = [];
  for (const root of roots) {
    checkpoints.push(await createCheckpoint(root, { chunkSize: 16 * 1024, threads: 0 }, deps, signal));
  }
  const header = Header.make({
    ...{ namespace, round, header_type: HEADER_NORMAL, state_root: roots[0]!.hash, io_root: roots[1]!.hash },
    ...{ previous_hash: EMPTY_HASH, messages_hash: EMPTY_HASH, in_msgs_hash: EMPTY_HASH },
  });
  const consensus = new RecordedConsensus();
  const block = { consensus_height: 50n, block: { header } };
  consensus.commit(block, 50n);
  consensus.commit(block, 51n);
  consensus.commit({ consensus_height: 52n, block: { header: { ...header, round: round + 1n } } }, 52n);
  return { store, checkpoints, consensus, block, chunk: (one: ChunkMetadata) => files.readChunk(one) };
}

function restoring(node: Node, consensus: RecordedConsensus) {
  const { store, db } = newStore();
  const { checkpoints, legacy } = node.peers;
  const logger = silentLogging.logger("test");
  const deps = { consensus, store, db, clients: [checkpoints, legacy], fetchers: 4, logger };
  return { store, db, run: () => syncCheckpoint(deps, signal) };
}

test("a round is restored from the checkpoints of peers, with the roots of its block", async () => {
  const made = await checkpointedRound();
  expect(made.checkpoints[0]!.chunks!.length).toBeGreaterThan(5);
  const has = { checkpoints: made.checkpoints, chunk: made.chunk };
  await using all = await startNodes({}, has, has);
  const { store, run } = restoring(all.nodes[0]!, made.consensus);
  expect(await run()).toEqual(made.block);
  expect(store.lastBlock).toEqual(made.block);
  expect(store.stateTree(40n)!.get(sha512_256(tx("key 2999")))).toEqual(tx("value 2999"));
  expect(store.ioTree(40n)!.rootHash()).toEqual(made.block.block.header.io_root);
}, 60_000);

test("who gives wrong chunks is blocked, and the right ones come from others", async () => {
  const made = await checkpointedRound();
  let lies = 0;
  const liar = {
    checkpoints: made.checkpoints,
    chunk: async () => {
      lies++;
      return tx("not a chunk");
    },
  };
  await using all = await startNodes({}, liar, { checkpoints: made.checkpoints, chunk: made.chunk });
  const [asking, first] = all.nodes as [Node, Node];
  const { store, run } = restoring(asking, made.consensus);
  expect(await run()).toEqual(made.block);
  expect(store.stateTree(40n)!.get(sha512_256(tx("key 7")))).toEqual(tx("value 7"));
  if (lies > 0) expect(asking.peers.checkpoints.scores.best()).not.toContain(first.network.id);
}, 60_000);

test("checkpoints of rounds that the chain does not know are none, and impossible ones are a reason to block", async () => {
  const made = await checkpointedRound();
  const [state] = made.checkpoints as [Metadata];
  const other = { ...state, root: { ...state.root, hash: hashOf(Header, made.block.block.header) as Hash } };
  const impossible = { ...state, chunks: [] };
  await using all = await startNodes({}, { checkpoints: [other] }, { checkpoints: [impossible] });
  const [asking, , third] = all.nodes as [Node, Node, Node];
  const { store, db, run } = restoring(asking, made.consensus);
  await expect(run()).rejects.toThrow(/no peer has a checkpoint that could be restored/);
  expect(store.lastBlock).toBeNull();
  expect(db.multipart.version).toBeNull();
  expect(asking.peers.checkpoints.scores.best()).not.toContain(third.network.id);
}, 60_000);
