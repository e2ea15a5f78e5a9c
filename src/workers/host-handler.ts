import type { PublicKey } from "../codec/common-types.ts";
import { CodedError } from "../codec/errors.ts";
import type { HostHandler } from "../runtime/host.ts";
import type { LightBlock, Validators } from "../types/api-consensus.ts";
import type { ResultEvent } from "../types/consensus.ts";
import type { ProvenTransaction } from "../types/host-protocol-host-calls.ts";
import { type HostStorageSyncRequest, STORAGE_CONSENSUS } from "../types/host-protocol-host-calls.ts";
import type { ProofResponse } from "../types/storage.ts";
import type { StateSync } from "./state-sync.ts";

/** What the node serves to a ParaTime. */
export interface HostHandlerDeps {
  nodeId: PublicKey;
  genesisHeight: bigint;
  /** Reads of the ParaTime's own state. */
  runtimeSync: StateSync;
  /** Reads of the consensus state. */
  consensusSync: StateSync;
  lightBlockAt(height: bigint): LightBlock | null;
  validatorsAt(height: bigint): Validators | null;
  /** Events of one service (1 staking, 2 registry, 3 roothash, 4 governance); null when the height is not there. */
  eventsAt(height: bigint, kind: number): ResultEvent[] | null;
  /** The block metadata transaction of a block with the proof that it is in it. */
  blockMetadataTxAt(height: bigint): ProvenTransaction | null;
  proveFreshness(blob: Uint8Array, signal: AbortSignal): Promise<ProvenTransaction>;
  /** The node's private store for this ParaTime. */
  localStorage: { get(key: Uint8Array): Uint8Array | null; set(key: Uint8Array, value: Uint8Array): void };
  /** Next transactions of the running schedule. */
  scheduleExtra(limit: number): Uint8Array[];
}

/** Most transactions that one call fetches (facts/runtime.md 1.3). */
const maxFetchedTxs = 100;
/** A ParaTime may not fill the node's disk: keys and values of its private store. */
const maxLocalStorageKey = 1024;
const maxLocalStorageValue = 16 * 1024 * 1024;

/** Answers the calls of a ParaTime (facts/runtime.md 1.3). */
export function createHostHandler(deps: HostHandlerDeps): HostHandler {
  return {
    HostStorageSyncRequest: async (request) => ({ ProofResponse: await storageSync(deps, request) }),
    HostLocalStorageGetRequest: ({ key }) => {
      if (key === null || key.length === 0) throw invalid("empty key");
      return { value: deps.localStorage.get(key) };
    },
    HostLocalStorageSetRequest: ({ key, value }) => {
      if (key === null || key.length === 0) throw invalid("empty key");
      if (key.length > maxLocalStorageKey) throw invalid(`key longer than ${maxLocalStorageKey} bytes`);
      if ((value?.length ?? 0) > maxLocalStorageValue)
        throw invalid(`value longer than ${maxLocalStorageValue} bytes`);
      deps.localStorage.set(key, value ?? new Uint8Array());
      return {};
    },
    HostFetchConsensusBlockRequest: ({ height }) => ({ block: found(deps.lightBlockAt(height), height) }),
    HostFetchConsensusValidatorsRequest: ({ height }) => ({
      validators: found(deps.validatorsAt(height), height),
    }),
    HostFetchConsensusEventsRequest: ({ height, kind }) => ({
      events: found(deps.eventsAt(height, kind), height),
    }),
    HostFetchGenesisHeightRequest: () => ({ height: deps.genesisHeight }),
    HostFetchTxBatchRequest: ({ limit }) => ({ batch: deps.scheduleExtra(Math.min(limit, maxFetchedTxs)) }),
    HostFetchBlockMetadataTxRequest: ({ height }) => found(deps.blockMetadataTxAt(height), height),
    HostProveFreshnessRequest: ({ blob }, context) => deps.proveFreshness(blob, context.signal),
    HostIdentityRequest: () => ({ node_id: deps.nodeId }),
  };
}

function storageSync(deps: HostHandlerDeps, request: HostStorageSyncRequest): Promise<ProofResponse> {
  const sync = request.endpoint === STORAGE_CONSENSUS ? deps.consensusSync : deps.runtimeSync;
  if (request.SyncGet !== null) return sync.get(request.SyncGet);
  if (request.SyncGetPrefixes !== null) return sync.getPrefixes(request.SyncGetPrefixes);
  if (request.SyncIterate !== null) return sync.iterate(request.SyncIterate);
  throw invalid("storage request without a question");
}

function found<T>(value: T | null, height: bigint): T {
  if (value === null) throw new CodedError("consensus", 3, `consensus: version not found: height ${height}`);
  return value;
}

function invalid(reason: string): CodedError {
  return new CodedError("unknown", 1, reason);
}
