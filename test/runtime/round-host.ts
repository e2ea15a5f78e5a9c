import { readFileSync } from "node:fs";
import { fromBase64 } from "../../src/codec/bytes.ts";
import { EMPTY_HASH, ZERO_HASH } from "../../src/crypto/hash.ts";
import type { HostHandler, RuntimeHost } from "../../src/runtime/host.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import { MkvsTree } from "../../src/storage/mkvs/mkvs-tree.ts";
import { apply } from "../../src/storage/node-db/apply.ts";
import type { NodeDb } from "../../src/storage/node-db/node-db.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { syncGet } from "../../src/storage/proof/sync-get.ts";
import { syncGetPrefixes } from "../../src/storage/proof/sync-get-prefixes.ts";
import { syncIterate } from "../../src/storage/proof/sync-iterate.ts";
import { emptyRoot } from "../../src/storage/root.ts";
import type { LightBlock } from "../../src/types/api-consensus.ts";
import type { HostStorageSyncRequest } from "../../src/types/host-protocol-host-calls.ts";
import {
  MODE_EXECUTE,
  MODE_SCHEDULE,
  type RuntimeExecuteTxBatchResponse,
} from "../../src/types/host-protocol-runtime-calls.ts";
import { Block, HEADER_NORMAL, type Header } from "../../src/types/roothash-block.ts";
import type { IncomingMessage } from "../../src/types/roothash-message.ts";
import { type ProofResponse, ROOT_IO, ROOT_STATE, type Root } from "../../src/types/storage.ts";
import { sharedPath } from "../shared.ts";

/**
 * A node's part in the rounds of one ParaTime, without the network: it keeps the states, serves them to the ParaTime,
 * and makes each executed batch the next block.
 */
export class RoundHost {
  readonly handler: HostHandler;
  readonly lightBlock: LightBlock;
  readonly #db: NodeDb;
  readonly #runtimeId: Uint8Array;
  #block: Block;
  /** Changes proofs on their way to the ParaTime. */
  tamper: (response: ProofResponse) => ProofResponse = (response) => response;
  /** Calls for storage so far. */
  storageCalls = 0;

  constructor(runtimeId: Uint8Array) {
    this.#runtimeId = runtimeId;
    this.#db = openNodeDb(memoryEnvironment(), runtimeId);
    const empty = emptyRoot(runtimeId, 0n, ROOT_STATE);
    this.#db.finalize([empty]);
    this.#block = Block.make({
      header: {
        ...Block.zero().header,
        namespace: runtimeId,
        header_type: HEADER_NORMAL,
        previous_hash: EMPTY_HASH,
        io_root: EMPTY_HASH,
        state_root: EMPTY_HASH,
        messages_hash: EMPTY_HASH,
        in_msgs_hash: EMPTY_HASH,
      },
    });
    const recorded = JSON.parse(
      readFileSync(sharedPath("vectors", "mainnet", "light_block_25300000.json"), "utf8"),
    );
    this.lightBlock = { height: BigInt(recorded.height), meta: fromBase64(recorded.meta) };
    this.handler = {
      HostStorageSyncRequest: (request) => {
        this.storageCalls++;
        return { ProofResponse: this.tamper(this.#serve(request)) };
      },
      HostFetchConsensusBlockRequest: () => ({ block: this.lightBlock }),
    };
  }

  get header(): Header {
    return this.#block.header;
  }

  /** The current state. */
  get state(): MkvsTree {
    return MkvsTree.open(this.#db, this.#stateRoot());
  }

  check(host: RuntimeHost, inputs: Uint8Array[]) {
    return host.call("RuntimeCheckTxBatchRequest", {
      consensus_block: this.lightBlock,
      inputs,
      block: this.#block,
      epoch: 7n,
      max_messages: 32,
    });
  }

  query(host: RuntimeHost, method: string, args: Uint8Array) {
    return host.call("RuntimeQueryRequest", {
      consensus_block: this.lightBlock,
      header: this.#block.header,
      epoch: 7n,
      max_messages: 32,
      method,
      args,
    });
  }

  /** Has the ParaTime execute the next round. With `ioRoot` in mode execute, else in mode schedule. */
  execute(
    host: RuntimeHost,
    inputs: Uint8Array[],
    { ioRoot, incoming = null }: { ioRoot?: Uint8Array; incoming?: IncomingMessage[] | null } = {},
  ): Promise<RuntimeExecuteTxBatchResponse> {
    return host.call("RuntimeExecuteTxBatchRequest", {
      mode: ioRoot === undefined ? MODE_SCHEDULE : MODE_EXECUTE,
      consensus_block: this.lightBlock,
      round_results: { messages: null, good_compute_entities: null, bad_compute_entities: null },
      io_root: ioRoot ?? ZERO_HASH,
      inputs,
      in_msgs: incoming,
      block: this.#block,
      epoch: 7n,
      max_messages: 32,
    });
  }

  /** The I/O tree of a batch, built from its write logs as every node does. */
  ioTree({ batch, tx_input_write_log }: RuntimeExecuteTxBatchResponse): MkvsTree {
    const tree = MkvsTree.empty(ROOT_IO);
    tree.applyWriteLog(tx_input_write_log);
    tree.applyWriteLog(batch.io_write_log);
    return tree;
  }

  /** Makes an executed batch the next block. @throws CodedError `storage` 3 when its write log leads elsewhere */
  finalize({ batch }: RuntimeExecuteTxBatchResponse): void {
    const { header } = batch;
    const root: Root = { ...this.#stateRoot(), version: header.round, hash: header.state_root! };
    apply(this.#db, this.#stateRoot(), root, batch.state_write_log);
    this.#db.finalize([root]);
    this.#block = Block.make({
      header: {
        ...this.#block.header,
        round: header.round,
        previous_hash: header.previous_hash,
        io_root: header.io_root!,
        state_root: header.state_root!,
        messages_hash: header.messages_hash!,
        in_msgs_hash: header.in_msgs_hash!,
      },
    });
  }

  #stateRoot(): Root {
    const { round, state_root } = this.#block.header;
    return { ns: this.#runtimeId, version: round, root_type: ROOT_STATE, hash: state_root };
  }

  #serve({ SyncGet, SyncGetPrefixes, SyncIterate }: HostStorageSyncRequest): ProofResponse {
    if (SyncGet !== null) return syncGet(MkvsTree.open(this.#db, SyncGet.tree.root), SyncGet);
    if (SyncGetPrefixes !== null)
      return syncGetPrefixes(MkvsTree.open(this.#db, SyncGetPrefixes.tree.root), SyncGetPrefixes);
    return syncIterate(MkvsTree.open(this.#db, SyncIterate!.tree.root), SyncIterate!);
  }
}
