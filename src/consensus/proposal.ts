import type { ProposalInput } from "../chain/application.ts";
import { equal } from "../codec/bytes.ts";
import { ImpossibleTransactionError } from "./errors.ts";

/** The first transactions that fit together. */
export function takeUpTo(txs: readonly Uint8Array[], maxBytes: number): Uint8Array[] {
  let total = 0;
  const cut = txs.findIndex((tx) => {
    total += tx.length;
    return total > maxBytes;
  });
  return cut < 0 ? [...txs] : txs.slice(0, cut);
}

/** Transactions that may be left out of a proposal one by one; after that it ends in front of the next such one. */
const MAX_LEFT_OUT = 16;

/**
 * Executes transactions for a proposal without those that cannot be executed: the state machine may refuse a single
 * one for good, and that must not keep the others out of the block.
 *
 * @param execute executes transactions from scratch
 * @param onImpossible is told of each transaction that was left out
 * @throws what `execute` throws for another reason
 */
export function executePossible<E>(
  txs: readonly Uint8Array[],
  execute: (txs: readonly Uint8Array[]) => E,
  onImpossible: (tx: Uint8Array, error: ImpossibleTransactionError) => void,
): { txs: readonly Uint8Array[]; executed: E } {
  let chosen = txs;
  for (let leftOut = 0; ; leftOut++) {
    try {
      return { txs: chosen, executed: execute(chosen) };
    } catch (error) {
      if (!(error instanceof ImpossibleTransactionError)) {
        throw error;
      }
      const { index } = error;
      onImpossible(chosen[index]!, error);
      chosen = leftOut < MAX_LEFT_OUT ? chosen.toSpliced(index, 1) : chosen.slice(0, index);
    }
  }
}

/** Whether a proposal is the one that this node made. Its last commit and evidence were given to it by the chain. */
export function isSameProposal(own: ProposalInput, other: ProposalInput): boolean {
  return (
    own.height === other.height &&
    own.time === other.time &&
    equal(own.proposerAddress, other.proposerAddress) &&
    equal(own.nextValidatorsHash, other.nextValidatorsHash) &&
    own.misbehavior.length === other.misbehavior.length &&
    own.misbehavior.every((evidence, i) => isSameMisbehavior(evidence, other.misbehavior[i]!)) &&
    own.txs.length === other.txs.length &&
    own.txs.every((tx, i) => equal(tx, other.txs[i]!))
  );
}

function isSameMisbehavior(a: ProposalInput["misbehavior"][number], b: typeof a): boolean {
  return (
    a.type === b.type &&
    a.height === b.height &&
    a.time === b.time &&
    a.totalVotingPower === b.totalVotingPower &&
    a.validator.power === b.validator.power &&
    equal(a.validator.address, b.validator.address)
  );
}
