import { utf8 } from "../src/codec/bytes.ts";
import type { Namespace, PublicKey } from "../src/codec/common-types.ts";
import { setRuntime } from "../src/consensus/registry/runtime-state.ts";
import { setNode, setNodeStatus } from "../src/consensus/registry/state.ts";
import { headerHash } from "../src/consensus/roothash/block.ts";
import { signCommitment } from "../src/consensus/roothash/commitment.ts";
import { schedulerIndex } from "../src/consensus/roothash/committee.ts";
import { changeCommittees } from "../src/consensus/roothash/committee-change.ts";
import { endBlock } from "../src/consensus/roothash/end-block.ts";
import { executorCommit } from "../src/consensus/roothash/executor-commit.ts";
import { incomingMessagesHash, messagesHash } from "../src/consensus/roothash/messages.ts";
import { createRuntimeState } from "../src/consensus/roothash/new-runtime.ts";
import {
  getRuntimeState,
  type StoredRuntimeState,
  setRuntimeState,
} from "../src/consensus/roothash/state.ts";
import { setCommittee } from "../src/consensus/scheduler/state.ts";
import * as staking from "../src/consensus/staking/state.ts";
import { contexts } from "../src/crypto/contexts.ts";
import { signMultiSigned } from "../src/crypto/envelope.ts";
import { sha512_256 } from "../src/crypto/hash.ts";
import { type MemorySigner, testSigner } from "../src/crypto/memory-signer.ts";
import { runtimeAddress, stakingAddress } from "../src/types/account-address.ts";
import { Node } from "../src/types/node.ts";
import { NodeStatus } from "../src/types/registry.ts";
import { ROLE_COMPUTE_WORKER } from "../src/types/roles.ts";
import { type ExecutorCommitment, FAILURE_NONE, FAILURE_UNKNOWN } from "../src/types/roothash-commitment.ts";
import type { IncomingMessage, Message } from "../src/types/roothash-message.ts";
import { GOVERNANCE_ENTITY, KIND_COMPUTE, Runtime } from "../src/types/runtime.ts";
import {
  type Committee,
  KIND_COMPUTE_EXECUTOR,
  ROLE_BACKUP_WORKER,
  ROLE_WORKER,
} from "../src/types/scheduler.ts";
import {
  SLASH_RUNTIME_EQUIVOCATION,
  SLASH_RUNTIME_INCORRECT_RESULTS,
  SLASH_RUNTIME_LIVENESS,
} from "../src/types/staking.ts";
import { CHAIN_CONTEXT, eventKinds, outcomeOf, World } from "./consensus-world.ts";

export const RUNTIME_ID: Namespace = new Uint8Array(32).fill(1, 8);
export const domain = { runtimeId: RUNTIME_ID, chainContext: CHAIN_CONTEXT };

/** Three workers, two backup workers; every node has an owner of its own with a stake of 1000. */
export const nodes: readonly MemorySigner[] = ["w0", "w1", "w2", "b3", "b4"].map(testSigner);
export const owners: readonly PublicKey[] = ["e0", "e1", "e2", "e3", "e4"].map(
  (name) => testSigner(name).publicKey,
);
/** Somebody with a balance of 1000 who sends transactions. */
export const user: PublicKey = testSigner("user").publicKey;

export const committee: Committee = {
  kind: KIND_COMPUTE_EXECUTOR,
  runtime_id: RUNTIME_ID,
  valid_for: 11n,
  members: nodes.map(({ publicKey }, n) => ({
    role: n < 3 ? ROLE_WORKER : ROLE_BACKUP_WORKER,
    public_key: publicKey,
  })),
};

export const runtime: Runtime = {
  ...Runtime.zero(),
  v: 3,
  id: RUNTIME_ID,
  entity_id: owners[0]!,
  kind: KIND_COMPUTE,
  governance_model: GOVERNANCE_ENTITY,
  executor: {
    ...Runtime.zero().executor,
    group_size: 3,
    group_backup_size: 2,
    round_timeout: 5n,
    max_messages: 2,
    min_live_rounds_percent: 90,
    max_liveness_fails: 2,
  },
  txn_scheduler: { ...Runtime.zero().txn_scheduler, max_in_messages: 2 },
  staking: {
    ...Runtime.zero().staking,
    slashing: new Map([
      [SLASH_RUNTIME_INCORRECT_RESULTS, { amount: 100n, freeze_interval: 0n }],
      [SLASH_RUNTIME_EQUIVOCATION, { amount: 30n, freeze_interval: 0n }],
      [SLASH_RUNTIME_LIVENESS, { amount: 7n, freeze_interval: 4n }],
    ]),
    reward_bad_results: 40,
    reward_equivocation: 50,
    min_in_message_fee: 5n,
  },
};

/** What a member votes for. */
export interface Vote {
  /** Name of the results; "fail" for none. */
  results?: string;
  /** Index of the scheduler whose proposal this is about; the first in line when absent. */
  scheduler?: number;
  messages?: Message[];
  /** Incoming messages that the round took. */
  taken?: IncomingMessage[];
  takenHash?: Uint8Array;
}

/**
 * A world with a ParaTime in its first round with a committee: height 101, epoch 11, round 2 open, a round timeout of
 * 5 blocks.
 */
export class RoundWorld extends World {
  constructor() {
    super();
    this.setRoothashParameters({
      gas_costs: new Map([["compute_commit", 100n]]),
      max_evidence_age: 5n,
      max_runtime_messages: 2,
      max_in_runtime_messages: 2,
    });
    this.setStakingParameters({ gas_costs: new Map([["transfer", 11n]]) });
    nodes.forEach((signer, n) => {
      this.#addNode(signer, owners[n]!);
      this.fund(owners[n]!, 1000n);
    });
    this.fund(user, 0n, 1000n);
    setRuntime(this.state, runtime, false);
    createRuntimeState(this.context("deliverTx", user), runtime, null);
    setCommittee(this.state, committee);
    this.nextBlock(11n);
    changeCommittees(this.context("beginBlock"));
  }

  /** State of the ParaTime as stored. */
  get stored(): StoredRuntimeState {
    return getRuntimeState(this.state, RUNTIME_ID)!;
  }

  /** Changes the stored state. */
  change(change: (stored: StoredRuntimeState) => void): void {
    const { stored } = this;
    change(stored);
    setRuntimeState(this.state, stored);
  }

  /** The open round. */
  get round(): bigint {
    return this.stored.last_block.header.round + 1n;
  }

  /** Index of the worker that has a rank in the open round. */
  ranked(rank: bigint): number {
    return schedulerIndex(committee, this.round, rank)!;
  }

  /** Commitment of a member for the open round. Only the scheduler's own carries the messages. */
  vote(member: number, vote: Vote = {}): ExecutorCommitment {
    const { results = "a", scheduler = this.ranked(0n), messages = [], taken = [], takenHash } = vote;
    const failed = results === "fail";
    const header = {
      round: this.round,
      previous_hash: headerHash(this.stored.last_block.header),
      io_root: failed ? null : sha512_256(utf8(`io ${results}`)),
      state_root: failed ? null : sha512_256(utf8(`state ${results}`)),
      messages_hash: failed ? null : messagesHash(messages),
      in_msgs_hash: failed ? null : (takenHash ?? incomingMessagesHash(taken)),
      in_msgs_count: taken.length,
    };
    return signCommitment(
      {
        scheduler_id: nodes[scheduler]!.publicKey,
        header,
        failure: failed ? FAILURE_UNKNOWN : FAILURE_NONE,
        rak_sig: null,
      },
      member === scheduler && messages.length > 0 ? messages : null,
      nodes[member]!,
      domain,
    );
  }

  /** The same vote of all workers. */
  unanimous(vote: Vote = {}): ExecutorCommitment[] {
    return [0, 1, 2].map((member) => this.vote(member, vote));
  }

  /** Delivers a transaction with commitments. */
  commit(...commits: ExecutorCommitment[]): { outcome: string; gas: bigint; events: string[] } {
    const ctx = this.context("deliverTx", user);
    const outcome = outcomeOf(() => executorCommit(ctx, { id: RUNTIME_ID, commits }));
    return { outcome, gas: ctx.gas.used, events: eventKinds(ctx) };
  }

  /** Runs EndBlock and gives the kinds of its events. */
  endBlock(): string[] {
    const ctx = this.context("endBlock");
    endBlock(ctx);
    return eventKinds(ctx);
  }

  stakeOf(key: PublicKey): bigint {
    return staking.getAccount(this.state, stakingAddress(key)).escrow.active.balance;
  }

  balanceOf(key: PublicKey): bigint {
    return staking.getAccount(this.state, stakingAddress(key)).general.balance;
  }

  get runtimeBalance(): bigint {
    return staking.getAccount(this.state, runtimeAddress(RUNTIME_ID)).general.balance;
  }

  /** Registers a node in the state, as if by its transaction. */
  #addNode(signer: MemorySigner, owner: PublicKey): void {
    const node: Node = {
      ...Node.zero(),
      v: 3,
      id: signer.publicKey,
      entity_id: owner,
      expiration: 99n,
      roles: ROLE_COMPUTE_WORKER,
      consensus: { id: testSigner(`consensus of ${signer.publicKey}`).publicKey, addresses: null },
    };
    setNode(this.state, null, node, signMultiSigned(Node, node, contexts.registerNode, [signer]));
    setNodeStatus(this.state, signer.publicKey, NodeStatus.zero());
  }
}

/** A message by which the ParaTime pays the user. */
export function transferMessage(amount: bigint): Message {
  const transfer = { to: stakingAddress(user), amount };
  return {
    staking: { v: 0, transfer, withdraw: null, add_escrow: null, reclaim_escrow: null },
    registry: null,
    governance: null,
  };
}
