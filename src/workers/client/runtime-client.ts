import { toHex } from "../../codec/bytes.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { getEpoch } from "../../consensus/beacon/state.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import {
  ROUND_LATEST,
  type RuntimeEvent,
  type SubmitTxMetaResponse,
  type TransactionWithResults,
} from "../../types/api-runtime-client.ts";
import { GetLastSyncedRoundResponse } from "../../types/api-storage-worker.ts";
import { roothashErrors, runtimeClientErrors, storageWorkerErrors } from "../../types/errors.ts";
import { readTags, readTransactions } from "../../types/io-tree.ts";
import type { AnnotatedBlock, Block } from "../../types/roothash-block.ts";
import { ROOT_IO, ROOT_STATE } from "../../types/storage.ts";
import type { ConsensusView } from "../consensus-view.ts";
import type { RuntimeWorker } from "../runtime-worker.ts";
import { type StateSync, stateSync } from "../state-sync.ts";
import type { TxCheck } from "../txpool/tx-pool.ts";

export interface RuntimeClientDeps {
  consensus: ConsensusView;
  workers: readonly RuntimeWorker[];
}

export interface RuntimeQuery {
  runtime_id: Namespace;
  round: bigint;
  method: string;
  args: Uint8Array | null;
}

/** What clients of the hosted ParaTimes can ask (facts/runtime.md section 8). */
export class RuntimeClient {
  readonly #deps: RuntimeClientDeps;
  readonly #workers: ReadonlyMap<string, RuntimeWorker>;

  constructor(deps: RuntimeClientDeps) {
    this.#deps = deps;
    this.#workers = new Map(deps.workers.map((worker) => [toHex(worker.runtimeId), worker]));
  }

  /**
   * Resolves when a round has executed the transaction, or when the ParaTime refused it.
   * @throws CodedError `runtime/client` 3 when it was accepted and will not be executed
   */
  async submitTx(runtimeId: Namespace, data: Uint8Array, signal: AbortSignal): Promise<SubmitTxMetaResponse> {
    const worker = this.#hosted(runtimeId);
    const giveUp = new AbortController();
    const either = AbortSignal.any([signal, giveUp.signal]);
    // Waiting begins before the check ends: a fast round must not pass unseen.
    const hash = sha512_256(data);
    const inclusion = worker.waiters.wait(hash, either);
    inclusion.catch(() => {});
    const hashText = toHex(hash);
    const dispose = worker.pool.dropped.subscribe((dropped) => {
      if (dropped.hash !== hashText) return;
      giveUp.abort(runtimeClientErrors.transactionExpired().with(dropped.reason));
    });
    try {
      const check = await orAbort(worker.pool.submit(data, { discard: false }), signal);
      if (isRefused(check)) return refusal(check);
      const { output, round, batchOrder } = await inclusion;
      return { data: output, round, batch_order: batchOrder, check_tx_error: null };
    } finally {
      dispose();
      giveUp.abort(new Error("no longer waiting"));
    }
  }

  /** Resolves when the transaction is in the pool. */
  submitTxNoWait(runtimeId: Namespace, data: Uint8Array, signal: AbortSignal): Promise<SubmitTxMetaResponse> {
    return this.#submit(runtimeId, data, false, signal);
  }

  /** Only asks the ParaTime. */
  checkTx(runtimeId: Namespace, data: Uint8Array, signal: AbortSignal): Promise<SubmitTxMetaResponse> {
    return this.#submit(runtimeId, data, true, signal);
  }

  async genesisBlock(runtimeId: Namespace): Promise<Block> {
    const round = this.#worker(runtimeId).round;
    if (round?.state.genesis_block == null) throw roothashErrors.invalidRuntime();
    return round.state.genesis_block;
  }

  async block(runtimeId: Namespace, round: bigint): Promise<Block> {
    return this.#annotated(runtimeId, round).block;
  }

  async lastRetainedBlock(runtimeId: Namespace): Promise<Block> {
    const block = this.#worker(runtimeId).store.firstBlock;
    if (block === null) throw roothashErrors.notFound();
    return block.block;
  }

  async transactions(runtimeId: Namespace, round: bigint): Promise<Uint8Array[]> {
    return readTransactions(this.#ioTree(runtimeId, round)).map((tx) => tx.input);
  }

  async transactionsWithResults(
    runtimeId: Namespace,
    round: bigint,
  ): Promise<TransactionWithResults[] | null> {
    const io = this.#ioTree(runtimeId, round);
    const transactions = readTransactions(io);
    if (transactions.length === 0) return null;
    const tags = Map.groupBy(readTags(io), (tag) => toHex(tag.txHash));
    return transactions.map((tx) => ({
      tx: tx.input,
      result: tx.output,
      events: tags.get(toHex(tx.hash))?.map(({ key, value }) => ({ key, value })) ?? null,
    }));
  }

  async unconfirmedTransactions(runtimeId: Namespace): Promise<Uint8Array[] | null> {
    const worker = this.#workers.get(toHex(runtimeId));
    if (worker === undefined) throw runtimeClientErrors.notFound();
    const pending = worker.pool.all().map((tx) => tx.raw);
    return pending.length === 0 ? null : pending;
  }

  async events(runtimeId: Namespace, round: bigint): Promise<RuntimeEvent[]> {
    return readTags(this.#ioTree(runtimeId, round)).map(({ key, value, txHash }) => ({
      key,
      value,
      tx_hash: txHash as Hash,
    }));
  }

  /** Asks the ParaTime about its state after a round. Errors are the ParaTime's own. */
  async query(request: RuntimeQuery, signal: AbortSignal): Promise<Uint8Array> {
    const worker = this.#hosted(request.runtime_id);
    const current = worker.storedRound;
    if (current === null) throw runtimeClientErrors.notSynced();
    const { refusal } = worker;
    if (refusal !== null) throw runtimeClientErrors.noHostedRuntime().with(refusal.cause);
    const at = this.#annotated(request.runtime_id, request.round);
    const isCurrent = at.block.header.round === current.block.header.round;
    const lightBlock = isCurrent
      ? current.lightBlock
      : this.#deps.consensus.lightBlockAt(at.consensus_height);
    const state = this.#deps.consensus.stateAt(at.consensus_height);
    if (lightBlock === null || state === null) throw roothashErrors.notFound();
    const { data } = await worker.host.call(
      "RuntimeQueryRequest",
      {
        consensus_block: lightBlock,
        header: at.block.header,
        epoch: isCurrent ? current.epoch : getEpoch(state).epoch,
        max_messages: current.descriptor.executor.max_messages,
        method: request.method,
        args: request.args,
      },
      { signal },
    );
    return data ?? new Uint8Array();
  }

  /** @throws CodedError `worker/storage` 1 when the ParaTime is not configured */
  lastSyncedRound(runtimeId: Namespace): GetLastSyncedRoundResponse {
    const worker = this.#workers.get(toHex(runtimeId));
    if (worker === undefined) throw storageWorkerErrors.runtimeNotFound();
    const { lastBlock } = worker.store;
    if (lastBlock === null) return GetLastSyncedRoundResponse.zero();
    const { namespace: ns, round, io_root, state_root } = lastBlock.block.header;
    return {
      round,
      io_root: { ns, version: round, root_type: ROOT_IO, hash: io_root },
      state_root: { ns, version: round, root_type: ROOT_STATE, hash: state_root },
    };
  }

  /** Authenticated reads of the ParaTime's trees. */
  sync(runtimeId: Namespace): StateSync {
    const { store } = this.#worker(runtimeId);
    return stateSync((root) => store.open(root));
  }

  /** Blocks whose state is stored, the last one first, then each new one. */
  onBlock(runtimeId: Namespace, listener: (block: AnnotatedBlock) => void): Disposer {
    const worker = this.#worker(runtimeId);
    const last = worker.store.lastBlock;
    const dispose = worker.blocks.subscribe(listener);
    if (last !== null) listener(last);
    return dispose;
  }

  async #submit(
    runtimeId: Namespace,
    data: Uint8Array,
    discard: boolean,
    signal: AbortSignal,
  ): Promise<SubmitTxMetaResponse> {
    const check = await orAbort(this.#hosted(runtimeId).pool.submit(data, { discard }), signal);
    return isRefused(check)
      ? refusal(check)
      : { data: null, round: 0n, batch_order: 0, check_tx_error: null };
  }

  #worker(runtimeId: Namespace): RuntimeWorker {
    const worker = this.#workers.get(toHex(runtimeId));
    if (worker !== undefined) return worker;
    throw new QanatError("runtime/registry", `runtime/registry: runtime ${toHex(runtimeId)} not found`);
  }

  #hosted(runtimeId: Namespace): RuntimeWorker {
    const worker = this.#workers.get(toHex(runtimeId));
    if (worker === undefined) throw runtimeClientErrors.noHostedRuntime();
    return worker;
  }

  #annotated(runtimeId: Namespace, round: bigint): AnnotatedBlock {
    const { store } = this.#worker(runtimeId);
    const block = round === ROUND_LATEST ? store.lastBlock : store.block(round);
    if (block === null) throw roothashErrors.notFound();
    return block;
  }

  #ioTree(runtimeId: Namespace, round: bigint) {
    const { store } = this.#worker(runtimeId);
    const io = store.ioTree(this.#annotated(runtimeId, round).block.header.round);
    if (io === null) throw roothashErrors.notFound();
    return io;
  }
}

function isRefused(check: TxCheck): boolean {
  return check.error.code !== 0 || check.error.module !== "";
}

function refusal(check: TxCheck): SubmitTxMetaResponse {
  return { data: null, round: 0n, batch_order: 0, check_tx_error: check.error };
}

/** A submission goes on when its caller goes away; the caller does not wait for it. */
function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
