import { CodecError } from "../../codec/errors.ts";
import type { KnownSignatures } from "../../crypto/known-signatures.ts";
import type { Channel } from "../../p2p/comet/channel.ts";
import { malformed, PeerFault } from "../../p2p/comet/errors.ts";
import type { Peer } from "../../p2p/comet/peer.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Application } from "../application.ts";
import { parseBlock } from "../block.ts";
import { BlockExecutor, blockLimits, type CommittedBlock } from "../block-executor.ts";
import type { BlockID } from "../block-id.ts";
import { catchUp } from "../catch-up.ts";
import { type ChainState, nextHeight } from "../chain-state.ts";
import type { ChainStore } from "../chain-store.ts";
import type { ChainClock } from "../clock.ts";
import { ChainError } from "../errors.ts";
import { EvidencePool } from "../evidence/evidence-pool.ts";
import type { ChainGenesis } from "../genesis.ts";
import { DEFAULT_MEMPOOL_OPTIONS, Mempool } from "../mempool.ts";
import { openBlock } from "../open-block.ts";
import { verifyCommitLight } from "../verify-commit.ts";
import { decode, encode } from "../wire.ts";
import { BlockPool, SYNC_BAN_MS } from "./block-pool.ts";
import { SyncMessage } from "./sync-message.ts";
import type { VerifyAhead } from "./verify-ahead.ts";

export interface BlockSyncDeps {
  readonly genesis: ChainGenesis;
  readonly environment: Environment;
  /** Of the chain engine that goes on from where this ends. */
  readonly store: ChainStore;
  readonly application: Application;
  /** Called with each block in order, once it is on the disk. */
  readonly onCommitted: (block: CommittedBlock) => void;
  readonly clock: ChainClock;
  readonly logger: Logger;
  /** Memory of signatures that were verified; best the application's. */
  readonly known?: KnownSignatures | undefined;
  /** Makes what verifies blocks ahead, if there are many to fetch. It must fill `known`. */
  readonly verifyAhead?: (() => VerifyAhead) | undefined;
}

/** How far block sync is. */
export interface SyncProgress {
  readonly height: bigint;
  /** Newest height that a peer has told; 0 before any has. */
  readonly target: bigint;
}

export const BLOCK_SYNC_CHANNEL = 0x40;
/** How often peers are asked for their height. */
export const STATUS_INTERVAL_MS = 10_000;
/** How often it is looked at who is late, and whether there is anything left to fetch. */
export const LOOK_INTERVAL_MS = 1000;
/** How long blocks are executed before they are flushed to the disk, together, and input is let in. */
const SLICE_MS = 100;
/** With fewer blocks to fetch than that they are executed before a thread that verifies ahead would have started. */
const AHEAD_FROM_BLOCKS = 64n;

/**
 * Serves blocks to peers, and fetches the chain from them until it is caught up: every block is checked against the
 * state, and by the commit that the block after it carries, before it is executed (cometbft.md 3.5).
 *
 * {@link run} must have ended before a chain engine is started on the same database.
 */
export class BlockSync {
  readonly #deps: BlockSyncDeps;
  readonly #store: ChainStore;
  readonly #peers = new Map<string, Peer>();
  #pool: BlockPool<Peer> | null = null;
  #apply: () => void = () => {};
  #ahead: VerifyAhead | null = null;
  /** Encoded blocks that are being verified ahead: to execute them at once would do that work twice. */
  readonly #inVerification = new Set<Uint8Array>();
  /** Ids of encoded blocks that were examined ahead. */
  readonly #examined = new WeakMap<Uint8Array, BlockID>();

  constructor(deps: BlockSyncDeps) {
    this.#deps = deps;
    this.#store = deps.store;
  }

  /** The channel to register with the network. */
  get channel(): Channel {
    return {
      ...{ id: BLOCK_SYNC_CHANNEL, priority: 5, sendQueue: 1000, receiveCap: 104_857_605 },
      onMessage: (peer, message) => this.#receive(peer, message),
      onPeer: (peer) => {
        this.#peers.set(peer.id, peer);
        this.#sendStatus(peer);
        if (this.#pool !== null) send(peer, { type: "status_request", value: {} });
      },
      onPeerGone: (peer) => {
        this.#peers.delete(peer.id);
        this.#pool?.removePeer(peer.id);
        this.#request();
      },
    };
  }

  /** How far it is; null when it does not sync. */
  get progress(): SyncProgress | null {
    return this.#pool && { height: this.#pool.next - 1n, target: this.#pool.maxHeight };
  }

  /**
   * Fetches and executes blocks until the chain is where the peers are.
   * @throws ChainError and what the application throws when the chain cannot go on; the signal's reason
   */
  async run(signal: AbortSignal): Promise<ChainState> {
    const { genesis, application, environment, clock, logger, known, onCommitted } = this.#deps;
    const evidence = new EvidencePool({ environment, store: this.#store, logger });
    let state = catchUp(genesis, application, this.#store, evidence, logger);
    const mempool = new Mempool(DEFAULT_MEMPOOL_OPTIONS, application, blockLimits(state));
    const executor = new BlockExecutor({ application, store: this.#store, mempool, evidence, logger, known });
    const pool = new BlockPool<Peer>(nextHeight(state));
    this.#pool = pool;
    return await new Promise<ChainState>((resolve, reject) => {
      let asking: Disposer = () => {};
      let looking: Disposer = () => {};
      let isQueued = false;
      const end = (settle: () => void) => {
        asking();
        looking();
        signal.removeEventListener("abort", abort);
        this.#pool = null;
        this.#apply = () => {};
        void this.#ahead?.close();
        this.#ahead = null;
        this.#inVerification.clear();
        settle();
      };
      const abort = () => end(() => reject(signal.reason));
      const step = () => {
        isQueued = false;
        if (this.#pool !== pool) return;
        try {
          const committed: CommittedBlock[] = [];
          this.#startAhead(pool, state);
          const parts = { pool, executor, evidence };
          state = environment.transaction(() => this.#executeSome(state, parts, committed));
          for (const block of committed) onCommitted(block);
          this.#request();
        } catch (error) {
          end(() => reject(error));
          return;
        }
        if (pool.isCaughtUp) end(() => resolve(state));
        else if (this.#nextPair(pool) !== null) this.#apply();
      };
      this.#apply = () => {
        if (isQueued) return;
        isQueued = true;
        setImmediate(step);
      };
      const ask = () => {
        asking = clock.schedule(ask, STATUS_INTERVAL_MS);
        for (const peer of this.#peers.values()) send(peer, { type: "status_request", value: {} });
      };
      const look = () => {
        looking = clock.schedule(look, LOOK_INTERVAL_MS);
        const reason = "it does not send the blocks that it owes";
        for (const peer of pool.late(clock.now())) {
          peer.stop(new PeerFault("unresponsive", reason, {}, { banMs: SYNC_BAN_MS }));
        }
        this.#request();
        this.#apply();
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener("abort", abort);
      ask();
      look();
    });
  }

  /** Executes the blocks that are there, for a while. */
  #executeSome(
    from: ChainState,
    { pool, executor, evidence }: { pool: BlockPool<Peer>; executor: BlockExecutor; evidence: EvidencePool },
    committed: CommittedBlock[],
  ): ChainState {
    let state = from;
    const { clock, logger, known } = this.#deps;
    const deadline = clock.now() + SLICE_MS;
    while (clock.now() <= deadline) {
      const pair = this.#nextPair(pool);
      if (pair === null) break;
      const [{ encoded }, after] = pair;
      let decision: Parameters<BlockExecutor["execute"]>[1];
      try {
        const { block, blockId } = openBlock(state, encoded, {
          known,
          examined: this.#examined.get(encoded),
        });
        const commit = parseBlock(after.encoded).last_commit;
        const { chain_id: chainId, validators } = state;
        verifyCommitLight({ chainId, height: pool.next, blockId, validators, known }, commit);
        evidence.check(state, block.evidence);
        decision = { block, blockId, encoded, commit };
      } catch (error) {
        if (!(error instanceof ChainError) && !(error instanceof CodecError)) throw error;
        logger.warn(
          { height: pool.next, code: error.code, reason: error.message },
          "a fetched block is wrong",
        );
        const data = { height: pool.next, reason: error.message };
        for (const peer of pool.reject()) {
          peer.stop(new PeerFault("misbehaviour", "it sent a wrong block", data, { banMs: SYNC_BAN_MS }));
        }
        break;
      }
      const executed = executor.execute(state, decision);
      state = executed.state;
      this.#ahead?.onState(state);
      committed.push(executed.committed);
      pool.advance();
    }
    return state;
  }

  /** The next block and the one after it, unless they are not here or not verified yet. */
  #nextPair(pool: BlockPool<Peer>): ReturnType<BlockPool<Peer>["pair"]> {
    const pair = pool.pair();
    return pair?.some(({ encoded }) => this.#inVerification.has(encoded)) ? null : pair;
  }

  #startAhead(pool: BlockPool<Peer>, state: ChainState): void {
    const { verifyAhead } = this.#deps;
    if (verifyAhead === undefined || this.#ahead !== null) return;
    if (pool.maxHeight - pool.next < AHEAD_FROM_BLOCKS) return;
    this.#ahead = verifyAhead();
    this.#ahead.onState(state);
  }

  #verifyAhead(encoded: Uint8Array): void {
    if (this.#ahead === null) return;
    this.#inVerification.add(encoded);
    void this.#ahead.verify(encoded).then((id) => {
      this.#inVerification.delete(encoded);
      if (id !== null) this.#examined.set(encoded, id);
      this.#apply();
    });
  }

  #receive(peer: Peer, bytes: Uint8Array): void {
    const message = decode(SyncMessage, bytes);
    if (message === null) throw malformed("it sends an unknown message on the block sync channel");
    const now = this.#deps.clock.now();
    switch (message.type) {
      case "status_request":
        this.#sendStatus(peer);
        break;
      case "block_request":
        this.#sendBlock(peer, message.value.height);
        break;
      case "status_response":
        this.#pool?.setRange(peer, message.value.base, message.value.height, now);
        this.#request();
        this.#apply();
        break;
      case "no_block_response":
        this.#pool?.noBlock(peer, message.value.height);
        this.#request();
        this.#apply();
        break;
      case "block_response": {
        if (this.#pool === null) break;
        const { block } = message.value;
        this.#pool.addBlock(peer, readHeight(block), block, now);
        this.#verifyAhead(block);
        this.#request();
        this.#apply();
        break;
      }
    }
  }

  #request(): void {
    for (const { peer, height } of this.#pool?.requests(this.#deps.clock.now()) ?? []) {
      send(peer, { type: "block_request", value: { height } });
    }
  }

  #sendStatus(peer: Peer): void {
    const { height, base } = this.#store;
    send(peer, { type: "status_response", value: { height, base } });
  }

  #sendBlock(peer: Peer, height: bigint): void {
    // Who asks for more than it takes would have us read blocks for nothing.
    if (!peer.hasRoom(BLOCK_SYNC_CHANNEL)) return;
    const block = height < 1n ? null : this.#store.encodedBlock(height);
    if (block === null) send(peer, { type: "no_block_response", value: { height } });
    else send(peer, { type: "block_response", value: { block } });
  }
}

function send(peer: Peer, message: SyncMessage): void {
  peer.trySend(BLOCK_SYNC_CHANNEL, encode(SyncMessage, message));
}

/** Height of an encoded block. @throws CodecError, ChainError */
function readHeight(encoded: Uint8Array): bigint {
  try {
    return parseBlock(encoded).header.height;
  } catch (error) {
    if (error instanceof ChainError)
      throw malformed("it sends a block that is none", { reason: error.message });
    throw error;
  }
}
