import { compare, toHex, u64be } from "../../codec/bytes.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import type { Table } from "../../storage/environment/table.ts";
import { tables } from "../../storage/tables.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { blockIdKey } from "../block-id.ts";
import type { ChainState } from "../chain-state.ts";
import type { ChainStore } from "../chain-store.ts";
import type { Vote } from "../vote.ts";
import { decode, encode } from "../wire.ts";
import {
  checkedEvidence,
  type Evidence,
  EvidenceList,
  evidenceHash,
  evidenceHeight,
  evidenceSize,
} from "./evidence.ts";
import { invalidEvidence } from "./verify-duplicate-vote.ts";
import { isExpired, verifyEvidence } from "./verify-evidence.ts";

/** Contradicting votes that may wait for their height to end; each validator can make one pair per step and round. */
const MAX_CONFLICTS = 1000;

export interface EvidencePoolDeps {
  environment: Environment;
  store: ChainStore;
  logger: Logger;
}

/** Evidence that waits for a block, and what blocks have had already. */
export class EvidencePool {
  readonly #deps: EvidencePoolDeps;
  readonly #pending: Table<readonly [height: bigint, hash: Uint8Array], Uint8Array>;
  readonly #committed: Table<readonly [height: bigint, hash: Uint8Array], Uint8Array>;
  /** Pairs of votes whose height is not decided yet: the evidence needs the time of its block. */
  #conflicts: (readonly [Vote, Vote])[] = [];

  constructor(deps: EvidencePoolDeps) {
    this.#deps = deps;
    this.#pending = deps.environment.table(tables.chainPendingEvidence);
    this.#committed = deps.environment.table(tables.chainCommittedEvidence);
  }

  /** Pending evidence for a block, oldest height first, of at most so many bytes together. */
  pending(maxBytes: bigint): Evidence[] {
    const list: Evidence[] = [];
    for (const [, encoded] of this.#pending.range()) {
      const evidence = decodeOne(encoded);
      if (evidenceSize([...list, evidence]) > maxBytes) break;
      list.push(evidence);
    }
    return list;
  }

  /**
   * Whether a block may carry the evidence: each piece holds, is new, and comes once.
   * @throws ChainError
   */
  check(state: ChainState, list: readonly Evidence[]): void {
    const seen = new Set<string>();
    for (const evidence of list) {
      const key = keyOf(evidence);
      const name = toHex(key[1]);
      if (seen.has(name)) throw invalidEvidence("it comes twice in a block");
      seen.add(name);
      if (this.#committed.has(key)) throw invalidEvidence("an earlier block has it");
      // Two attacks can have one name: those are always verified.
      if (evidence.type === "duplicate_vote" && this.#pending.has(key)) continue;
      verifyEvidence(state, evidence, this.#deps.store);
      this.#pending.put(key, encodeOne(evidence));
    }
  }

  /**
   * Keeps evidence that came from elsewhere, unless it is known.
   * @throws ChainError when it does not hold
   */
  add(state: ChainState, evidence: Evidence): void {
    const key = keyOf(evidence);
    if (this.#pending.has(key) || this.#committed.has(key)) return;
    verifyEvidence(state, evidence, this.#deps.store);
    this.#pending.put(key, encodeOne(evidence));
  }

  /** Notes two contradicting votes of one validator; they become evidence once their height is decided. */
  reportConflict(votes: readonly [Vote, Vote]): void {
    if (this.#conflicts.length < MAX_CONFLICTS) this.#conflicts.push(votes);
  }

  /** After a block: its evidence is done with, its height's conflicts become evidence, what is too old goes. */
  update(state: ChainState, committed: readonly Evidence[]): void {
    if (committed.length === 0 && this.#conflicts.length === 0 && this.#isEmpty()) return;
    const conflicts = this.#conflicts;
    this.#conflicts = [];
    this.#deps.environment.transaction(() => {
      for (const evidence of committed) {
        this.#committed.put(keyOf(evidence), u64be(state.last_block_height));
        this.#pending.remove(keyOf(evidence));
      }
      for (const votes of conflicts) this.#addConflict(state, votes);
      for (const [key, encoded] of [...this.#pending.range()]) {
        if (isExpired(state, key[0], decodeOne(encoded).value.timestamp)) this.#pending.remove(key);
      }
    });
  }

  #addConflict(state: ChainState, votes: readonly [Vote, Vote]): void {
    const { height, validator_address } = votes[0];
    const header = this.#deps.store.block(height)?.block.header;
    const validators = this.#deps.store.validators(height);
    const validator = validators?.get(validator_address);
    if (!header || !validators || !validator || height > state.last_block_height) return;
    const [vote_a, vote_b] = [...votes].sort((a, b) =>
      compare(blockIdKey(a.block_id), blockIdKey(b.block_id)),
    );
    const evidence: Evidence = {
      type: "duplicate_vote",
      value: {
        vote_a: vote_a!,
        vote_b: vote_b!,
        total_voting_power: validators.totalVotingPower,
        validator_power: validator.voting_power,
        timestamp: header.time,
      },
    };
    const key = keyOf(evidence);
    if (this.#pending.has(key) || this.#committed.has(key)) return;
    this.#pending.put(key, encodeOne(evidence));
    this.#deps.logger.warn({ height, validator: toHex(validator_address) }, "a validator voted twice");
  }

  #isEmpty(): boolean {
    return [...this.#pending.keys({ limit: 1 })].length === 0;
  }
}

function keyOf(evidence: Evidence): readonly [bigint, Uint8Array] {
  return [evidenceHeight(evidence), evidenceHash(evidence)];
}

function encodeOne(evidence: Evidence): Uint8Array {
  return encode(EvidenceList, { evidence: [evidence] });
}

function decodeOne(encoded: Uint8Array): Evidence {
  return checkedEvidence(decode(EvidenceList, encoded).evidence[0] ?? null);
}
