import { CodecError } from "../../codec/errors.ts";
import type { Channel } from "../../p2p/comet/channel.ts";
import { malformed, PeerFault } from "../../p2p/comet/errors.ts";
import type { Peer } from "../../p2p/comet/peer.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Application } from "../application.ts";
import { parseBlock } from "../block.ts";
import { BlockExecutor, blockLimits, type CommittedBlock } from "../block-executor.ts";
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
import { BlockPool } from "./block-pool.ts";
import { SyncMessage } from "./sync-message.ts";

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
}

/** How far block sync is. */
export interface SyncProgress {
  readonly height: bigint;
  /** Newest height that a peer has told; 0 before any has. */
  readonly target: bigint;
}

export const BLOCK_SYNC_CHANNEL = 0x40;
/** How often peers are asked for their height, and looked at for being silent. */
export const STATUS_INTERVAL_MS = 10_000;
/** For how long the senders of a wrong block stay away (cometbft.md 3.5). */
const WRONG_BLOCK_BAN_MS = 60_000;
/** How long blocks are executed before they are flushed to the disk, together, and input is let in. */
const SLICE_MS = 100;

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
    const { genesis, application, environment, clock, logger, onCommitted } = this.#deps;
    const evidence = new EvidencePool({ environment, store: this.#store, logger });
    let state = catchUp(genesis, application, this.#store, evidence, logger);
    const mempool = new Mempool(DEFAULT_MEMPOOL_OPTIONS, application, blockLimits(state));
    const executor = new BlockExecutor({ application, store: this.#store, mempool, evidence, logger });
    const pool = new BlockPool<Peer>(nextHeight(state));
    this.#pool = pool;
    return await new Promise<ChainState>((resolve, reject) => {
      let timer: Disposer = () => {};
      let isQueued = false;
      const end = (settle: () => void) => {
        timer();
        signal.removeEventListener("abort", abort);
        this.#pool = null;
        this.#apply = () => {};
        settle();
      };
      const abort = () => end(() => reject(signal.reason));
      const step = () => {
        isQueued = false;
        if (this.#pool !== pool) return;
        try {
          const committed: CommittedBlock[] = [];
          state = environment.transaction(() => this.#executeSome(state, pool, executor, committed));
          for (const block of committed) onCommitted(block);
          this.#request();
        } catch (error) {
          end(() => reject(error));
          return;
        }
        if (pool.isCaughtUp) end(() => resolve(state));
        else if (pool.pair() !== null) this.#apply();
      };
      this.#apply = () => {
        if (isQueued) return;
        isQueued = true;
        setImmediate(step);
      };
      const tick = () => {
        timer = clock.schedule(tick, STATUS_INTERVAL_MS);
        for (const peer of pool.silent(clock.now())) {
          peer.stop(new PeerFault("unresponsive", "it does not send the blocks that it owes"));
        }
        for (const peer of this.#peers.values()) send(peer, { type: "status_request", value: {} });
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener("abort", abort);
      tick();
    });
  }

  /** Executes the blocks that are there, for a while. */
  #executeSome(
    from: ChainState,
    pool: BlockPool<Peer>,
    executor: BlockExecutor,
    committed: CommittedBlock[],
  ): ChainState {
    let state = from;
    const { clock, logger } = this.#deps;
    const deadline = clock.now() + SLICE_MS;
    for (let pair = pool.pair(); pair !== null && clock.now() <= deadline; pair = pool.pair()) {
      const [{ encoded }, after] = pair;
      let decision: Parameters<BlockExecutor["execute"]>[1];
      try {
        const { block, blockId } = openBlock(state, encoded);
        const commit = parseBlock(after.encoded).last_commit;
        const { chain_id: chainId, validators } = state;
        verifyCommitLight({ chainId, height: pool.next, blockId, validators }, commit);
        if (!executor.isValid(state, block)) throw new ChainError("invalid", "its evidence does not hold");
        decision = { block, blockId, encoded, commit };
      } catch (error) {
        if (!(error instanceof ChainError) && !(error instanceof CodecError)) throw error;
        logger.warn(
          { height: pool.next, code: error.code, reason: error.message },
          "a fetched block is wrong",
        );
        const data = { height: pool.next, reason: error.message };
        for (const peer of pool.reject()) {
          peer.stop(
            new PeerFault("misbehaviour", "it sent a wrong block", data, { banMs: WRONG_BLOCK_BAN_MS }),
          );
        }
        break;
      }
      const executed = executor.execute(state, decision);
      state = executed.state;
      committed.push(executed.committed);
      pool.advance();
    }
    return state;
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
        break;
      case "block_response": {
        if (this.#pool === null) break;
        const { block } = message.value;
        this.#pool.addBlock(peer, readHeight(block), block, now);
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
