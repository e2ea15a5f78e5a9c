import { equal } from "../../codec/bytes.ts";
import type { Channel } from "../../p2p/comet/channel.ts";
import { PeerFault } from "../../p2p/comet/errors.ts";
import type { Random } from "../../p2p/comet/random.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ChainEngine } from "../chain-engine.ts";
import { type ChainClock, timeOf } from "../clock.ts";
import { ChainError } from "../errors.ts";
import { NO_ROUND } from "../proposal.ts";
import type { RoundMachine } from "../rounds/machine.ts";
import type { RoundEvent } from "../rounds/round-input.ts";
import { STEP } from "../rounds/step.ts";
import { NANOS_PER_SECOND } from "../time.ts";
import { SIGNED_MSG_TYPE, type Vote, type VoteType } from "../vote.ts";
import {
  type ConsensusMessage,
  checkLastCommitRound,
  decodeConsensusMessage,
  encodeConsensusMessage,
  type VoteSetBits,
  type VoteSetMaj23,
} from "./consensus-message.ts";
import { atPeersFault, FORGERY_BAN_MS, type GossipPeer } from "./gossip-peer.ts";
import { keepParts } from "./keep-parts.ts";
import { majorityClaims } from "./majority-claims.ts";
import { type NextMessage, nextData, partBits, polMessage, type StoredParts } from "./next-data.ts";
import { nextVote, type StoredCommits } from "./next-vote.ts";
import { PeerRounds } from "./peer-rounds.ts";

/** Channels of the rounds (cometbft.md 2.3). */
export const CONSENSUS_CHANNEL = { state: 0x20, data: 0x21, votes: 0x22, bits: 0x23 } as const;

const CHANNELS = [
  { id: CONSENSUS_CHANNEL.state, priority: 6, sendQueue: 100 },
  { id: CONSENSUS_CHANNEL.data, priority: 10, sendQueue: 100 },
  { id: CONSENSUS_CHANNEL.votes, priority: 7, sendQueue: 100 },
  { id: CONSENSUS_CHANNEL.bits, priority: 1, sendQueue: 2 },
] as const;

const RECEIVE_CAP = 1_048_576;

/** How long to wait for room at a peer (the official node's gossip sleep). */
const RETRY_MS = 100;

/** How often majorities are claimed, which brings to light which votes a peer lacks after all. */
const CLAIM_INTERVAL_MS = 2000;

/** Votes, or parts of blocks, that we got from a peer first, after which its address is worth keeping (cometbft.md 3.1). */
export const USEFUL_MESSAGES = 10_000;

/** The part of the engine that the rounds of others need. */
export type RoundsEngine = Pick<
  ChainEngine,
  | "rounds"
  | "onRoundEvent"
  | "onRejected"
  | "onMessage"
  | "receive"
  | "oldestHeight"
  | "latestHeight"
  | "partsAt"
  | "commitAt"
>;

export interface ConsensusReactorDeps {
  engine: RoundsEngine;
  clock: ChainClock;
  random: Random;
  logger: Logger;
  /** {@link USEFUL_MESSAGES} when left out. */
  usefulMessages?: number;
}

interface Known {
  readonly peer: GossipPeer;
  readonly rounds: PeerRounds;
  usefulVotes: number;
  usefulParts: number;
}

/**
 * Tells peers where our rounds are, gives each the proposals, parts and votes that it lacks, and takes theirs
 * (cometbft.md 3.2).
 *
 * Our own votes are sent as soon as the rounds hand them over, which is when they are on the disk. Nothing else is sent
 * within the turn in which the rounds move.
 */
export class ConsensusReactor {
  readonly #deps: ConsensusReactorDeps;
  readonly #peers = new Map<string, Known>();
  readonly #store: StoredParts & StoredCommits;
  #disposers: Disposer[] = [];
  #wakeUp: Disposer | null = null;
  #retry: Disposer | null = null;
  #claiming: Disposer = () => {};
  /** Who sent the message that the rounds are taking. */
  #sender: Known | null = null;
  #isRunning = false;

  constructor(deps: ConsensusReactorDeps) {
    this.#deps = deps;
    this.#store = keepParts(deps.engine);
  }

  /** The channels of the rounds; to be registered before the network starts. */
  get channels(): Channel[] {
    return CHANNELS.map((limits) => ({
      ...{ ...limits, receiveCap: RECEIVE_CAP },
      onMessage: (peer, message) => this.receive(peer, limits.id, message),
      ...(limits.id === CONSENSUS_CHANNEL.state && {
        onPeer: (peer) => this.addPeer(peer),
        onPeerGone: ({ id }) => this.removePeer(id),
      }),
    }));
  }

  /** Takes part from now on; the engine must run. Before, peers are only listened to. */
  start(): void {
    const { engine } = this.#deps;
    this.#isRunning = true;
    this.#disposers = [
      engine.onRoundEvent((event) => this.#tell(event)),
      engine.onRejected(({ peer, error }) => this.#rejected(peer, error)),
      // Its presence makes the rounds write our messages down before they hand them over.
      engine.onMessage((message) => {
        if (message.type === "vote") this.#giveOwn(message.vote);
        this.#wake();
      }),
    ];
    for (const { peer } of this.#peers.values()) this.#greet(peer);
    this.#scheduleClaims();
    this.#wake();
  }

  stop(): void {
    this.#isRunning = false;
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#wakeUp?.();
    this.#retry?.();
    this.#claiming();
  }

  /** Height that a peer is at; 0 when it has not said. */
  peerHeight(id: string): bigint {
    return this.#peers.get(id)?.rounds.height ?? 0n;
  }

  addPeer(peer: GossipPeer): void {
    this.#peers.set(peer.id, { peer, rounds: new PeerRounds(), usefulVotes: 0, usefulParts: 0 });
    if (this.#isRunning) this.#greet(peer);
  }

  removePeer(id: string): void {
    this.#peers.delete(id);
  }

  /**
   * Takes a message of a peer.
   * @throws PeerFault when no honest peer sends it
   */
  receive(peer: GossipPeer, channel: number, bytes: Uint8Array): void {
    const known = this.#peers.get(peer.id);
    if (known === undefined) return;
    atPeersFault(() => {
      const message = decodeConsensusMessage(bytes);
      if (channelOf(message) !== channel) {
        const { logger } = this.#deps;
        logger.debug({ peer: peer.id, channel, type: message.type }, "consensus message on another channel");
        return;
      }
      if (channel === CONSENSUS_CHANNEL.state) this.#receiveState(known, message);
      else if (this.#isRunning) this.#receiveContent(known, message);
    });
    this.#wake();
  }

  #receiveState({ peer, rounds }: Known, message: ConsensusMessage): void {
    const m = this.#machine;
    switch (message.type) {
      case "new_round_step":
        if (m !== null) checkLastCommitRound(message.value, m.state.initial_height);
        rounds.newRoundStep(message.value);
        break;
      case "new_valid_block":
        rounds.newValidBlock(message.value);
        break;
      case "has_vote":
        if (m !== null && message.value.height === m.height) rounds.votes(message.value, m.validators.size);
        rounds.noteVote(message.value, message.value.index);
        break;
      case "vote_set_maj23":
        if (m !== null && message.value.height === m.height) this.#answerClaim(m, peer, message.value);
        break;
    }
  }

  #receiveContent(known: Known, message: ConsensusMessage): void {
    const { peer, rounds } = known;
    const { engine } = this.#deps;
    const m = this.#machine;
    if (m === null) return;
    switch (message.type) {
      case "proposal":
        rounds.noteProposal(message.value.proposal);
        engine.receive({ type: "proposal", ...message.value }, peer.id);
        break;
      case "proposal_pol":
        rounds.proposalPol(message.value);
        break;
      case "block_part": {
        const { height, round, part } = message.value;
        rounds.notePart(height, round, part.index);
        const isWanted = height === m.height && m.parts !== null && !m.parts.has(part.index);
        const before = m.parts;
        engine.receive({ type: "block_part", height, round, part }, peer.id);
        if (isWanted && before!.has(part.index) && ++known.usefulParts % USEFUL_MESSAGES === 0)
          peer.markGood();
        break;
      }
      case "vote": {
        const vote = message.value.vote!;
        rounds.votes({ height: m.height, round: vote.round, type: vote.type }, m.validators.size);
        if (m.lastCommit !== null) rounds.votes(m.lastCommit, m.lastCommit.validators.size);
        rounds.noteVote(vote, vote.validator_index);
        this.#sender = known;
        try {
          engine.receive({ type: "vote", vote }, peer.id);
        } finally {
          this.#sender = null;
        }
        break;
      }
      case "vote_set_bits":
        rounds.voteSetBits(message.value, ourBits(m, message.value));
        break;
    }
  }

  /** Notes the claim, and answers which of the votes for that block we have. */
  #answerClaim(m: Readonly<RoundMachine>, peer: GossipPeer, claim: VoteSetMaj23): void {
    const { height, round, type, block_id } = claim;
    m.votes.claimMajority(round, type as VoteType, peer.id, block_id);
    const votes = m.votes.set(round, type as VoteType)?.bits(block_id) ?? [];
    this.#send(peer, { type: "vote_set_bits", value: { height, round, type, block_id, votes } });
  }

  #tell(event: RoundEvent): void {
    const m = this.#machine;
    if (m === null) return;
    if (event.type === "step") this.#broadcast(this.#roundStep(m));
    else if (event.type === "valid-block") {
      const message = validBlock(m, event.isCommit);
      if (message !== null) this.#broadcast(message);
    } else if (event.type === "vote") {
      const { height, round, type, validator_index: index } = event.vote;
      this.#broadcast({ type: "has_vote", value: { height, round, type, index } });
      this.#countVote(event.vote);
    } else return;
    this.#wake();
  }

  /** A vote was new. Our own may be counted while a peer's is being taken. */
  #countVote({ validator_address: voter }: Vote): void {
    const known = this.#sender;
    const own = this.#machine?.deps.address ?? null;
    if (known === null || (own !== null && equal(voter, own))) return;
    if (this.#isEnough(++known.usefulVotes)) known.peer.markGood();
  }

  /** Gives our new vote to all who can count it, without waiting for anything else. */
  #giveOwn(vote: Vote): void {
    const m = this.#machine;
    if (m === null || vote.height !== m.height) return;
    const message: ConsensusMessage = { type: "vote", value: { vote } };
    const bytes = encodeConsensusMessage(message);
    for (const { peer, rounds } of this.#peers.values()) {
      if (!rounds.counts(vote)) continue;
      rounds.votes(vote, m.validators.size);
      if (peer.trySend(channelOf(message), bytes, true)) rounds.noteVote(vote, vote.validator_index);
    }
  }

  #isEnough(count: number): boolean {
    return count % (this.#deps.usefulMessages ?? USEFUL_MESSAGES) === 0;
  }

  /** Honest peers pass on only what they have verified. */
  #rejected(id: string, error: Error): void {
    if (!(error instanceof ChainError) || error.kind !== "signature") return;
    const fault = new PeerFault("misbehaviour", error.message, error.data, {
      cause: error,
      banMs: FORGERY_BAN_MS,
    });
    this.#peers.get(id)?.peer.stop(fault);
  }

  #greet(peer: GossipPeer): void {
    const m = this.#machine;
    if (m === null) return;
    this.#send(peer, this.#roundStep(m));
    const wanted = m.step === STEP.commit ? validBlock(m, true) : null;
    if (wanted !== null) this.#send(peer, wanted);
  }

  #roundStep({ height, round, step, startTime, lastCommit }: Readonly<RoundMachine>): ConsensusMessage {
    const seconds_since_start_time = (timeOf(this.#deps.clock) - startTime) / NANOS_PER_SECOND;
    const last_commit_round = lastCommit?.round ?? NO_ROUND;
    return {
      type: "new_round_step",
      value: { height, round, step, seconds_since_start_time, last_commit_round },
    };
  }

  get #machine(): Readonly<RoundMachine> | null {
    return this.#isRunning ? this.#deps.engine.rounds : null;
  }

  #wake(): void {
    if (!this.#isRunning || this.#wakeUp !== null) return;
    this.#wakeUp = this.#deps.clock.schedule(() => {
      this.#wakeUp = null;
      this.#giveAll();
    }, 0);
  }

  #giveAll(): void {
    const m = this.#machine;
    if (m === null) return;
    let isFull = false;
    for (const known of [...this.#peers.values()]) if (!this.#give(m, known)) isFull = true;
    if (!isFull || this.#retry !== null) return;
    this.#retry = this.#deps.clock.schedule(() => {
      this.#retry = null;
      this.#giveAll();
    }, RETRY_MS);
  }

  /** Gives a peer what it lacks; false when it had no room for all of it. */
  #give(m: Readonly<RoundMachine>, { peer, rounds }: Known): boolean {
    const { random } = this.#deps;
    const hasAllVotes = this.#giveEach(peer, () => nextVote(m, this.#store, rounds, random));
    const hasAllData = this.#giveEach(peer, () => nextData(m, this.#store, rounds, random));
    return hasAllVotes && hasAllData;
  }

  #giveEach(peer: GossipPeer, next: () => NextMessage | null): boolean {
    for (let given = next(); given !== null; given = next()) {
      if (!this.#send(peer, given.message)) return false;
      given.note();
      const pol = given.message.type === "proposal" ? polMessage(this.#machine!) : null;
      if (pol !== null) this.#send(peer, pol);
    }
    return true;
  }

  #scheduleClaims(): void {
    this.#claiming = this.#deps.clock.schedule(() => {
      this.#scheduleClaims();
      const m = this.#machine;
      if (m === null) return;
      for (const { peer, rounds } of this.#peers.values()) {
        for (const claim of majorityClaims(m, this.#store, rounds)) {
          this.#send(peer, { type: "vote_set_maj23", value: claim });
        }
      }
      this.#wake();
    }, CLAIM_INTERVAL_MS);
  }

  #broadcast(message: ConsensusMessage): void {
    const bytes = encodeConsensusMessage(message);
    for (const { peer } of this.#peers.values()) peer.trySend(channelOf(message), bytes);
  }

  #send(peer: GossipPeer, message: ConsensusMessage): boolean {
    return peer.trySend(channelOf(message), encodeConsensusMessage(message));
  }
}

function channelOf({ type }: ConsensusMessage): number {
  switch (type) {
    case "proposal":
    case "proposal_pol":
    case "block_part":
      return CONSENSUS_CHANNEL.data;
    case "vote":
      return CONSENSUS_CHANNEL.votes;
    case "vote_set_bits":
      return CONSENSUS_CHANNEL.bits;
    default:
      return CONSENSUS_CHANNEL.state;
  }
}

function validBlock(m: Readonly<RoundMachine>, isCommit: boolean): ConsensusMessage | null {
  const block_parts = partBits(m);
  if (block_parts === null) return null;
  const { height, round } = m;
  const block_part_set_header = m.parts!.header;
  return {
    type: "new_valid_block",
    value: { height, round, block_part_set_header, block_parts, is_commit: isCommit },
  };
}

/** The votes for a block that we have; null when we are at another height. */
function ourBits(
  m: Readonly<RoundMachine>,
  { height, round, type, block_id }: VoteSetBits,
): boolean[] | null {
  if (height !== m.height) return null;
  return m.votes.set(round, type === SIGNED_MSG_TYPE.prevote ? 1 : 2)?.bits(block_id) ?? null;
}
