import { ConsensusParamsProto } from "../../chain/consensus-params.ts";
import { decodeEvidence, type Evidence } from "../../chain/evidence/evidence.ts";
import { LightBlockProto } from "../../chain/light-block.ts";
import { merkleProofs } from "../../chain/merkle.ts";
import { encodeValidatorSet, toValidatorSetProto } from "../../chain/validator-set-proto.ts";
import * as wire from "../../chain/wire.ts";
import { QanatError } from "../../codec/errors.ts";
import { encode } from "../../codec/schema.ts";
import { getConsensusParameters } from "../../consensus/params.ts";
import { getAccount } from "../../consensus/staking/state.ts";
import { sha256 } from "../../crypto/hash.ts";
import type { Proof } from "../../types/consensus.ts";
import { MerkleProof, SignedTransaction } from "../../types/consensus.ts";
import { consensusErrors } from "../../types/errors.ts";
import type { ConsensusBackend, SubmitOutcome } from "../backend.ts";
import { apiBlock, apiBlockResults } from "../consensus-block.ts";
import type { ServiceHandlers } from "../handlers.ts";
import { blockFor, blockHeight, resultsFor, stateFor } from "../heights.ts";
import type { Services } from "../method-table.ts";
import { nextBlockState } from "../next-block-state.ts";
import { stateToGenesis } from "../state-to-genesis.ts";
import { submitError } from "../submit-errors.ts";
import { transactionResults } from "../transaction-results.ts";

/** Handlers of the `Consensus` service (api.md 2.3). */
export function consensusHandlers(backend: ConsensusBackend): ServiceHandlers<Services["Consensus"]> {
  /** The node's own notion of latest, for methods that also answer for heights above it. */
  const orLatest = (height: bigint) => (height === 0n ? blockHeight(backend, 0n, "") : height);

  const submit = async (tx: SignedTransaction, until: "check" | "block", signal: AbortSignal) => {
    // Sent on in canonical form, whatever form the client used.
    const outcome = await backend.submitTx(encode(SignedTransaction, tx), until, signal);
    throwIfFailed(outcome);
    return outcome;
  };

  return {
    SubmitTx: async (tx, { signal }) => {
      await submit(tx, "block", signal);
      return undefined;
    },
    SubmitTxNoWait: async (tx, { signal }) => {
      await submit(tx, "check", signal);
      return undefined;
    },
    SubmitTxWithProof: async (tx, { signal }) => {
      const outcome = await submit(tx, "block", signal);
      if (outcome.stage !== "block") throw consensusErrors.unsupported();
      const { txs } = blockFor(backend, outcome.height).block;
      return { height: outcome.height, raw_proof: rawProofs(txs)[outcome.index]! } satisfies Proof;
    },
    EstimateGas: ({ signer, transaction }, { signal }) => {
      if (transaction === null) throw consensusErrors.invalidArgument();
      return backend.estimateGas(signer, transaction, signal);
    },
    MinGasPrice: () => getConsensusParameters(stateFor(backend, 0n).state).min_gas_price,
    GetBlock: (height) => apiBlock(blockFor(backend, height)),
    GetBlockResults: (height) => {
      const found = resultsFor(backend, height);
      return apiBlockResults(found.height, found.results);
    },
    GetLightBlock: (height) => {
      const wanted = orLatest(height);
      const validators = backend.validatorsAt(wanted);
      if (validators === null) throw consensusErrors.versionNotFound();
      const meta = wire.encode(LightBlockProto, {
        signed_header: wanted > backend.latestHeight() ? null : signedHeader(backend, wanted),
        validator_set: toValidatorSetProto(validators, true),
      });
      return { height: wanted, meta };
    },
    GetValidators: (height) => {
      const wanted = orLatest(height);
      const validators = backend.validatorsAt(wanted);
      if (validators === null) throw consensusErrors.versionNotFound();
      return { height: wanted, meta: encodeValidatorSet(validators, true) };
    },
    GetParameters: (height) => {
      const wanted = orLatest(height);
      const params = backend.paramsAt(wanted);
      if (params === null) {
        throw consensusErrors.versionNotFound().with("cometbft: consensus params query failed");
      }
      const parameters = getConsensusParameters(stateFor(backend, wanted).state);
      return { height: wanted, parameters, meta: wire.encode(ConsensusParamsProto, params) };
    },
    GetLatestHeight: () => blockHeight(backend, 0n, ""),
    GetLastRetainedHeight: () => backend.lastRetainedHeight(),
    GetTransactions: (height) => [...blockFor(backend, height).block.txs],
    GetTransactionsWithResults: (height) => {
      const { block } = blockFor(backend, height);
      const { results } = resultsFor(backend, block.header.height);
      // The events carry the height that was asked for, also when that is 0 (api.md gotcha 7).
      return {
        transactions: [...block.txs],
        results: transactionResults(height, block.txs, results.txResults),
      };
    },
    GetTransactionsWithProofs: (height) => {
      const { txs } = blockFor(backend, height).block;
      return { transactions: [...txs], proofs: rawProofs(txs) };
    },
    GetUnconfirmedTransactions: async (_, { signal }) => [...(await backend.unconfirmedTransactions(signal))],
    GetGenesisDocument: () => backend.genesis,
    StateToGenesis: (height) => {
      if (backend.keepsNothing === true) throw consensusErrors.unsupported();
      return stateToGenesis(backend, height);
    },
    GetChainContext: () => backend.chainContext,
    GetStatus: () => backend.status(),
    GetNextBlockState: () => {
      const votes = backend.roundVotes();
      if (votes === null) throw new QanatError("api/not-started", "cometbft: not yet started");
      return nextBlockState(votes, backend.stateAt(backend.latestHeight()));
    },
    SubmitEvidence: async ({ meta }, { signal }) => {
      await backend.submitEvidence(readEvidence(meta), signal);
      return undefined;
    },
    GetSignerNonce: ({ account_address, height }) =>
      getAccount(stateFor(backend, height).state, account_address).general.nonce,
    StateSyncGet: (request) => backend.sync.get(request),
    StateSyncGetPrefixes: (request) => backend.sync.getPrefixes(request),
    StateSyncIterate: (request) => backend.sync.iterate(request),
    WatchBlocks: (_, sink) => backend.onBlock((block) => sink.push(apiBlock(block))),
  };
}

/** @throws QanatError that says what the official node says first */
function readEvidence(meta: Uint8Array | null): Evidence {
  try {
    return decodeEvidence(meta ?? new Uint8Array(0));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new QanatError("api/evidence", `cometbft: malformed evidence while unmarshalling: ${reason}`);
  }
}

/** @throws the error of the check or of the execution, rebuilt as official nodes do */
function throwIfFailed({ result }: SubmitOutcome): void {
  if (result.code !== 0) throw submitError(result.codespace, result.code, result.log);
}

function signedHeader(backend: ConsensusBackend, height: bigint) {
  const { header } = blockFor(backend, height).block;
  const commit = backend.commitAt(height);
  if (commit === null) throw consensusErrors.versionNotFound().with(`no commit for height ${height}`);
  return { header, commit };
}

/** CBOR Merkle proofs, one a transaction; the leaves are the SHA-256 hashes. */
function rawProofs(txs: readonly Uint8Array[]): Uint8Array[] {
  return merkleProofs(txs.map((tx) => sha256(tx))).proofs.map((proof) => encode(MerkleProof, proof));
}
