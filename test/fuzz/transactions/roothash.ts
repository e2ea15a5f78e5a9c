import { toHex, utf8 } from "../../../src/codec/bytes.ts";
import type { PublicKey } from "../../../src/codec/common-types.ts";
import { headerHash } from "../../../src/consensus/roothash/block.ts";
import {
  signCommitment,
  signComputeResults,
  signProposal,
} from "../../../src/consensus/roothash/commitment.ts";
import { schedulerIndex, workerCount } from "../../../src/consensus/roothash/committee.ts";
import { incomingMessagesHash, messagesHash } from "../../../src/consensus/roothash/messages.ts";
import {
  getIncomingMessages,
  getRuntimeStates,
  type StoredRuntimeState,
} from "../../../src/consensus/roothash/state.ts";
import { sha512_256 } from "../../../src/crypto/hash.ts";
import type { MemorySigner } from "../../../src/crypto/memory-signer.ts";
import * as roothash from "../../../src/types/roothash.ts";
import {
  type ComputeResultsHeader,
  type ExecutorCommitment,
  ExecutorCommitmentHeader,
  FAILURE_NONE,
  FAILURE_UNKNOWN,
  type Proposal,
} from "../../../src/types/roothash-commitment.ts";
import { type Message, Messages } from "../../../src/types/roothash-message.ts";
import { isSgx, nodes, RUNTIME_IDS, senders, signerOf } from "../cast.ts";
import { maybeMutate } from "../mutate.ts";
import { Random } from "../random.ts";
import { draft, type Generator, type View } from "./draft.ts";
import { attestedKey } from "./key-manager-node.ts";
import { randomMessage } from "./runtime-message.ts";

interface Round {
  readonly stored: StoredRuntimeState;
  readonly committee: NonNullable<StoredRuntimeState["committee"]>;
}

function openRounds({ state }: View): Round[] {
  return getRuntimeStates(state).flatMap((stored) =>
    stored.committee === null ? [] : [{ stored, committee: stored.committee }],
  );
}

/** Messages that all honest members of a round agree on: a function of ParaTime and round only. */
function agreedMessages(view: View, { stored }: Round): Message[] {
  const { namespace, round } = stored.last_block.header;
  const seed = sha512_256(namespace, utf8(String(round)));
  const random = new Random(new DataView(seed.buffer, seed.byteOffset).getUint32(0));
  const max = stored.runtime.executor.max_messages;
  const count = max > 0 && random.chance(0.4) ? random.between(1, max) : 0;
  return Array.from({ length: count }, () => randomMessage({ ...view, random }));
}

interface VoteOptions {
  readonly scheduler: PublicKey;
  readonly results: string;
  readonly failure: number;
  readonly takeMessages: boolean;
}

function commitment(
  view: View,
  round: Round,
  signer: MemorySigner,
  options: VoteOptions,
): ExecutorCommitment {
  const { random } = view;
  const { stored } = round;
  const failed = options.failure !== FAILURE_NONE;
  const messages = agreedMessages(view, round);
  const queue = options.takeMessages ? getIncomingMessages(view.state, stored.runtime.id, 0n, 1) : [];
  const root = (name: string) => (failed ? null : sha512_256(utf8(`${name} ${options.results}`)));
  const results: ComputeResultsHeader = {
    round: BigInt.asUintN(64, stored.last_block.header.round + (random.chance(0.98) ? 1n : 0n)),
    previous_hash: headerHash(stored.last_block.header),
    io_root: root("io"),
    state_root: root("state"),
    messages_hash: failed ? null : messagesHash(messages),
    in_msgs_hash: failed ? null : incomingMessagesHash(queue),
    in_msgs_count: failed ? 0 : queue.length,
  };
  const isScheduler = toHex(signer.publicKey) === toHex(options.scheduler);
  const isSigned = isSgx(stored.runtime.id) ? !failed && random.chance(0.97) : random.chance(0.01);
  const rak = attestedKey(view, signer.publicKey, stored.runtime.id);
  const header = {
    scheduler_id: options.scheduler,
    header: results,
    failure: options.failure,
    rak_sig: isSigned ? signComputeResults(results, rak) : null,
  };
  const carried = isScheduler && !failed && messages.length > 0 ? messages : null;
  return signCommitment(
    maybeMutate(random, 0.02, ExecutorCommitmentHeader, header),
    maybeMutate(random, 0.02, Messages, random.chance(0.99) ? carried : messages),
    signer,
    { runtimeId: stored.runtime.id, chainContext: view.chainContext },
  );
}

const executorCommit: Generator = (view) => {
  const { random } = view;
  const rounds = openRounds(view);
  if (rounds.length === 0) {
    return null;
  }
  const round = random.pick(rounds);
  const members = (round.committee.members ?? []).map(({ public_key }) => signerOf(public_key)!);
  const rank = random.weighted([
    [12, 0n],
    [2, 1n],
    [1, 2n],
  ]);
  const next = BigInt.asUintN(64, round.stored.last_block.header.round + 1n);
  const index = schedulerIndex(round.committee, next, rank % BigInt(workerCount(round.committee)));
  const scheduler = index === null ? members[0]! : members[index]!;
  const chosen = random.chance(0.5) ? members : random.some(members, 0.6);
  const takeMessages = (next & 1n) === 0n;
  const commits = chosen.map((signer) => {
    const honest = random.chance(0.9);
    const isScheduler = signer === scheduler;
    return commitment(view, round, random.chance(0.98) ? signer : random.pick(nodes).id, {
      scheduler: scheduler.publicKey,
      results: honest ? "good" : "bad",
      failure: !honest && !isScheduler && random.chance(0.5) ? FAILURE_UNKNOWN : FAILURE_NONE,
      takeMessages,
    });
  });
  return draft(random.pick(members), "roothash.ExecutorCommit", roothash.ExecutorCommit, {
    id: random.chance(0.98) ? round.stored.runtime.id : random.pick(RUNTIME_IDS),
    commits: random.chance(0.9) ? unique(commits) : random.shuffle(commits),
  });
};

function unique(commits: ExecutorCommitment[]): ExecutorCommitment[] {
  return [...new Map(commits.map((commit) => [toHex(commit.node_id), commit])).values()];
}

const evidence: Generator = (view) => {
  const { random } = view;
  const rounds = openRounds(view);
  if (rounds.length === 0) {
    return null;
  }
  const round = random.pick(rounds);
  const { id } = round.stored.runtime;
  const signer = random.pick(nodes).id;
  const options = { scheduler: signer.publicKey, failure: FAILURE_NONE, takeMessages: false };
  const vote = (results: string, failure = FAILURE_NONE) => ({
    ...commitment(view, round, signer, { ...options, results, failure }),
    messages: null,
  });
  const body = roothash.Evidence.make({ id });
  if (random.chance(0.6)) {
    body.equivocation_executor = {
      commit_a: vote("a"),
      commit_b: random.weighted([
        [8, () => vote("b")],
        [1, () => vote("a")],
        [1, () => vote("b", FAILURE_UNKNOWN)],
      ])(),
    };
  } else {
    const domain = { runtimeId: id, chainContext: view.chainContext };
    const { header } = round.stored.last_block;
    const proposal = (batch: string) =>
      signProposal(
        { round: header.round, previous_hash: headerHash(header), batch_hash: sha512_256(utf8(batch)) },
        null,
        signer,
        domain,
      );
    body.equivocation_prop = { prop_a: proposal("a"), prop_b: proposal(random.chance(0.9) ? "b" : "a") };
  }
  const mutated = maybeMutate(random, 0.2, roothash.Evidence, body);
  return draft(random.pick(senders), "roothash.Evidence", roothash.Evidence, resigned(view, mutated, signer));
};

/** Evidence with signatures that fit again, so that other checks than theirs are reached. */
function resigned(view: View, evidence: roothash.Evidence, signer: MemorySigner): roothash.Evidence {
  const domain = { runtimeId: evidence.id, chainContext: view.chainContext };
  const { equivocation_executor: executor, equivocation_prop: proposals } = evidence;
  const commit = (c: ExecutorCommitment) => ({
    ...signCommitment(c.header, c.messages, signer, domain),
    node_id: c.node_id,
  });
  const propose = (p: Proposal) => ({
    ...signProposal(p.header, p.batch, signer, domain),
    node_id: p.node_id,
  });
  return {
    id: evidence.id,
    equivocation_executor: executor && {
      commit_a: commit(executor.commit_a),
      commit_b: commit(executor.commit_b),
    },
    equivocation_prop: proposals && { prop_a: propose(proposals.prop_a), prop_b: propose(proposals.prop_b) },
  };
}

const submitMessage: Generator = ({ random }) =>
  draft(random.pick(senders), "roothash.SubmitMsg", roothash.SubmitMsg, {
    id: random.pick(RUNTIME_IDS),
    tag: random.bigint(2n),
    fee: random.bigint(9n),
    tokens: random.pick([0n, 0n, 25n, 1n << 60n]),
    data: random.pick([null, random.bytes(3)]),
  });

export const roothashGenerators: readonly (readonly [number, Generator])[] = [
  [24, executorCommit],
  [2, evidence],
  [5, submitMessage],
];
