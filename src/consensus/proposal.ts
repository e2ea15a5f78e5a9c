import type { ProposalInput } from "../chain/application.ts";
import { equal } from "../codec/bytes.ts";

/** The first transactions that fit together. */
export function takeUpTo(txs: readonly Uint8Array[], maxBytes: number): Uint8Array[] {
  let total = 0;
  const cut = txs.findIndex((tx) => {
    total += tx.length;
    return total > maxBytes;
  });
  return cut < 0 ? [...txs] : txs.slice(0, cut);
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
