import { LRUCache } from "lru-cache";
import type {
  CommittedBlock,
  ConsensusBackend,
  StateSync,
  StoredBlock,
  SubmitOutcome,
} from "../api/backend.ts";
import type { ApiClient } from "../api/client.ts";
import type { RoundVotes } from "../api/next-block-state.ts";
import type { BlockResults } from "../chain/application.ts";
import { BLOCK_ID_FLAG, type Commit } from "../chain/commit.ts";
import { type ConsensusParams, consensusParamsHash } from "../chain/consensus-params.ts";
import { type Evidence, encodeEvidence } from "../chain/evidence/evidence.ts";
import type { ValidatorSet } from "../chain/validator-set.ts";
import { equal, toHex } from "../codec/bytes.ts";
import type { PublicKey } from "../codec/common-types.ts";
import { CodedError, QanatError } from "../codec/errors.ts";
import { decode } from "../codec/schema.ts";
import { EMPTY_HASH } from "../crypto/hash.ts";
import { verifyProof } from "../storage/proof/verify-proof.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { Status } from "../types/api-consensus.ts";
import { type Proof, SignedTransaction, type Transaction } from "../types/consensus.ts";
import type { Document } from "../types/genesis.ts";
import { type ProofResponse, ROOT_STATE, type TreeID } from "../types/storage.ts";
import type { BlockDelivery } from "./block-delivery.ts";
import { Missing } from "./missing.ts";
import type { ProvenState } from "./proven-state.ts";
import type { ProviderPool } from "./provider-pool.ts";
import type { VerifiedHeaders } from "./verified-headers.ts";
import {
  metadataOf,
  unprovenPart,
  verifyBlock,
  verifyInclusion,
  verifyNextValidators,
  verifyResults,
} from "./verify-answers.ts";

export interface StatelessConsensusDeps {
  readonly genesis: Document;
  /** 64 hex characters. */
  readonly chainContext: string;
  /** The chain's own parameters: the genesis document sets them, nothing changes them. */
  readonly params: ConsensusParams;
  readonly headers: VerifiedHeaders;
  readonly pool: ProviderPool;
  readonly state: ProvenState;
  /** Ends what is asked for submitters. */
  readonly stopping: AbortSignal;
  readonly delivery: BlockDelivery;
  status(consensus: StatelessConsensus): Status;
}

/** Consensus state has the zero namespace. */
const consensusNamespace = new Uint8Array(32);
/** Blocks, and results of blocks, that are kept. */
const KEPT_BLOCKS = 32;
/** Providers that must give the same where the chain proves nothing. */
const AGREEING = 2;

/** Verified answers. */
interface Kept {
  readonly blocks: LRUCache<bigint, StoredBlock>;
  readonly results: LRUCache<bigint, BlockResults>;
  readonly nextValidators: LRUCache<bigint, ValidatorSet>;
}

/**
 * The consensus layer of a node that keeps no state and no blocks: it asks providers and verifies what they answer
 * against headers that a light client vouches for (facts/cometbft.md 7.4).
 *
 * Reads are those of any node, over what is here. What is not throws {@link Missing}, and the read is repeated once it
 * was fetched.
 */
export class StatelessConsensus implements ConsensusBackend {
  readonly genesis: Document;
  readonly chainContext: string;
  readonly sync: StateSync;
  readonly keepsNothing = true;
  readonly #deps: StatelessConsensusDeps;
  readonly #kept: Kept;
  /** Set: what counts as the last height, whatever came since. */
  #pinned: bigint | null;

  constructor(deps: StatelessConsensusDeps, kept = newKept(), pinned: bigint | null = null) {
    this.#deps = deps;
    this.#kept = kept;
    this.#pinned = pinned;
    this.genesis = deps.genesis;
    this.chainContext = deps.chainContext;
    this.sync = {
      get: (request) =>
        this.#relayProof(request.tree, (client, signal) =>
          client.call("Consensus", "StateSyncGet", request, { signal }),
        ),
      getPrefixes: (request) =>
        this.#relayProof(request.tree, (client, signal) =>
          client.call("Consensus", "StateSyncGetPrefixes", request, { signal }),
        ),
      iterate: (request) =>
        this.#relayProof(request.tree, (client, signal) =>
          client.call("Consensus", "StateSyncIterate", request, { signal }),
        ),
    };
  }

  /** The same, for one answer: the last height stays what it is now, however often the read is repeated. */
  pinned(): StatelessConsensus {
    return new StatelessConsensus(this.#deps, this.#kept, this.latestHeight());
  }

  /** The last height moves on again. */
  unpin(): void {
    this.#pinned = null;
  }

  latestHeight(): bigint {
    return this.#pinned ?? this.#deps.headers.latestHeight;
  }

  /** The first height that is trusted; what lies before is asked for as well, and verified backwards from there. */
  lastRetainedHeight(): bigint {
    return this.#deps.headers.oldest?.header.height ?? this.genesis.height;
  }

  /** @throws Missing */
  stateAt(height: bigint): ReadonlyTree | null {
    if (!this.#exists(height)) return null;
    const hash = this.#stateHash(height);
    return this.#deps.state.tree({ ns: consensusNamespace, version: height, root_type: ROOT_STATE, hash });
  }

  /** @throws Missing */
  blockAt(height: bigint): StoredBlock | null {
    if (!this.#exists(height)) return null;
    const known = this.#kept.blocks.get(height);
    if (known !== undefined) return known;
    const { header } = this.#deps.headers.at(height);
    throw new Missing(`content of block ${height}`, async (signal) => {
      const question = async (client: ApiClient, limited: AbortSignal) => {
        const options = { signal: limited };
        const [block, txs] = await Promise.all([
          client.call("Consensus", "GetBlock", height, options),
          client.call("Consensus", "GetTransactions", height, options),
        ]);
        return verifyBlock(header, block, (txs ?? []).map(orNothing));
      };
      this.#kept.blocks.set(height, await this.#deps.pool.ask(`block ${height}`, question, signal));
    });
  }

  /** The block of a height if its content is here. */
  knownBlock(height: bigint): StoredBlock | null {
    return this.#kept.blocks.get(height) ?? null;
  }

  /** What the chain proves of results is in the next block: those of the newest block are waited for. @throws Missing */
  resultsAt(height: bigint): BlockResults | null {
    const stored = this.blockAt(height);
    if (stored === null) return null;
    const known = this.#kept.results.get(height);
    if (known !== undefined) return known;
    const { headers, pool } = this.#deps;
    throw new Missing(`results of block ${height}`, async (signal) => {
      await headers.reached(height + 1n, signal);
      const { header: next } = await headers.verify(height + 1n, signal);
      const { header, txs } = stored.block;
      const question = async (client: ApiClient, limited: AbortSignal) => {
        const answer = await client.call("Consensus", "GetBlockResults", height, { signal: limited });
        return verifyResults(answer, { header, next, txs }, height === this.genesis.height);
      };
      const results = await pool.askAlike(
        `results of block ${height}`,
        { question, alike: (value) => toHex(unprovenPart(value)), agreeing: AGREEING },
        signal,
      );
      this.#kept.results.set(height, results);
    });
  }

  /** @throws Missing */
  commitAt(height: bigint): Commit | null {
    return this.#exists(height) ? this.#deps.headers.at(height).commit : null;
  }

  /** Known for one height after the last block. @throws Missing */
  validatorsAt(height: bigint): ValidatorSet | null {
    if (this.#exists(height)) return this.#deps.headers.at(height).validators;
    const { headers, pool } = this.#deps;
    if (headers.latest === null || height !== this.latestHeight() + 1n) return null;
    if (height <= headers.latestHeight) return headers.at(height).validators;
    const known = this.#kept.nextValidators.get(height);
    if (known !== undefined) return known;
    const { header } = headers.latest;
    throw new Missing(`validators of height ${height}`, async (signal) => {
      const question = async (client: ApiClient, limited: AbortSignal) => {
        const answer = await client.call("Consensus", "GetValidators", height, { signal: limited });
        return verifyNextValidators(header, answer);
      };
      this.#kept.nextValidators.set(
        height,
        await pool.ask(`validators of height ${height}`, question, signal),
      );
    });
  }

  /** @throws Missing, QanatError when the chain has other parameters than its genesis document */
  paramsAt(height: bigint): ConsensusParams | null {
    if (!this.#exists(height)) return null;
    const { params, headers } = this.#deps;
    if (equal(consensusParamsHash(params), headers.at(height).header.consensus_hash)) return params;
    throw new QanatError("stateless/params", "the chain's parameters are not those of the genesis document", {
      height,
    });
  }

  async submitTx(tx: Uint8Array, until: "check" | "block", signal: AbortSignal): Promise<SubmitOutcome> {
    if (until === "check") {
      const signed = decode(SignedTransaction, tx);
      await this.#relay(
        "SubmitTxNoWait",
        (client, limited) => client.call("Consensus", "SubmitTxNoWait", signed, { signal: limited }),
        signal,
      );
      return { stage: "check", result: accepted };
    }
    const { proof, index } = await this.submitTxWithProof(tx, signal);
    return { stage: "block", height: proof.height, index, result: executed };
  }

  /** The proof that a transaction is in a block, and where in it. @throws the error with which it was refused or failed */
  async submitTxWithProof(tx: Uint8Array, signal: AbortSignal): Promise<{ proof: Proof; index: number }> {
    const signed = decode(SignedTransaction, tx);
    const proof = await this.#relay(
      "SubmitTxWithProof",
      (client, limited) => client.call("Consensus", "SubmitTxWithProof", signed, { signal: limited }),
      signal,
    );
    const { header } = await this.#deps.headers.verify(proof.height, signal);
    return { proof, index: verifyInclusion(header, tx, proof) };
  }

  async unconfirmedTransactions(signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const question = (client: ApiClient, limited: AbortSignal) =>
      client.call("Consensus", "GetUnconfirmedTransactions", null, { signal: limited });
    return ((await this.#deps.pool.ask("the mempool", question, signal)) ?? []).map(orNothing);
  }

  /** The votes in the newest commit: those for the block being decided are known to its validators only. */
  roundVotes(): RoundVotes | null {
    const { latest } = this.#deps.headers;
    if (latest === null) return null;
    const { signatures } = latest.commit;
    return {
      height: latest.header.height,
      validators: latest.validators,
      hasPrevoted: () => false,
      hasPrecommitted: (index) =>
        (signatures[index]?.block_id_flag ?? BLOCK_ID_FLAG.absent) !== BLOCK_ID_FLAG.absent,
    };
  }

  async submitEvidence(evidence: Evidence, signal: AbortSignal): Promise<void> {
    const meta = encodeEvidence(evidence);
    await this.#relay(
      "SubmitEvidence",
      (client, limited) => client.call("Consensus", "SubmitEvidence", { meta }, { signal: limited }),
      signal,
    );
  }

  /** As a provider says: nothing proves it. */
  async estimateGas(signer: PublicKey, transaction: Transaction, signal: AbortSignal): Promise<bigint> {
    return await this.#relay(
      "EstimateGas",
      (client, limited) =>
        client.call("Consensus", "EstimateGas", { signer, transaction }, { signal: limited }),
      signal,
    );
  }

  status(): Status {
    return this.#deps.status(this);
  }

  onBlock(listener: (block: CommittedBlock) => void): Disposer {
    return this.#deps.delivery.subscribe(this.latestHeight(), listener);
  }

  /** Commitments are in the mempools of validators only. */
  onExecutorCommitment(): Disposer {
    return () => {};
  }

  #exists(height: bigint): boolean {
    return height >= this.genesis.height && height <= this.latestHeight();
  }

  /** Root of the state after a block: in the next header or, at the head, in the block's metadata. @throws Missing */
  #stateHash(height: bigint): Uint8Array {
    if (height < this.#deps.headers.latestHeight) {
      const { app_hash } = this.#deps.headers.at(height + 1n).header;
      return app_hash.length === 0 ? EMPTY_HASH : app_hash;
    }
    return metadataOf(this.blockAt(height)!.block.txs).state_root;
  }

  /** Asks for others, who verify for themselves. What proves nothing does not even reach them. */
  #relayProof(
    { root, position }: TreeID,
    ask: (client: ApiClient, signal: AbortSignal) => Promise<ProofResponse>,
  ): Promise<ProofResponse> {
    const { pool, stopping } = this.#deps;
    const question = async (client: ApiClient, signal: AbortSignal) => {
      const response = await ask(client, signal);
      const isPart = equal(response.proof.untrusted_root, position);
      verifyProof(isPart ? position : root.hash, response.proof);
      return response;
    };
    return pool.ask(`state of height ${root.version}`, question, stopping);
  }

  /** Hands something on to one provider. A refusal is an answer: it is not tried elsewhere. */
  async #relay<T>(
    what: string,
    call: (client: ApiClient, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const question = async (client: ApiClient, limited: AbortSignal) => {
      try {
        return { value: await call(client, limited) };
      } catch (error) {
        if (error instanceof CodedError) return { refusal: error };
        throw error;
      }
    };
    const answer = await this.#deps.pool.ask(what, question, signal, null);
    if (answer.refusal !== undefined) throw answer.refusal;
    return answer.value as T;
  }
}

function newKept(): Kept {
  return {
    blocks: new LRUCache({ max: KEPT_BLOCKS }),
    results: new LRUCache({ max: KEPT_BLOCKS }),
    nextValidators: new LRUCache({ max: 2 }),
  };
}

const accepted = { code: 0, codespace: "", log: "", gasWanted: 0n, priority: 0n, sender: "" };
const executed = {
  ...{ code: 0, data: new Uint8Array(0), log: "", info: "", codespace: "" },
  ...{ gas_wanted: 0n, gas_used: 0n, events: [] },
};

function orNothing(value: Uint8Array | null): Uint8Array {
  return value ?? new Uint8Array(0);
}
