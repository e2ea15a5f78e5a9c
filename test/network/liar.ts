import type { Application } from "../../src/chain/application.ts";
import { proposalInput } from "../../src/chain/application-input.ts";
import { type Block, encodeBlock } from "../../src/chain/block.ts";
import type { BlockID } from "../../src/chain/block-id.ts";
import { EMPTY_COMMIT } from "../../src/chain/commit.ts";
import { type ConsensusSigner, signConsensusMessage } from "../../src/chain/consensus-signature.ts";
import { type ConsensusMessage, encodeConsensusMessage } from "../../src/chain/gossip/consensus-message.ts";
import { CONSENSUS_CHANNEL } from "../../src/chain/gossip/consensus-reactor.ts";
import { headerHash } from "../../src/chain/header.ts";
import { makeBlock } from "../../src/chain/make-block.ts";
import { makePartSet, type Part } from "../../src/chain/part-set.ts";
import { NO_ROUND, type Proposal } from "../../src/chain/proposal.ts";
import type { RoundMachine } from "../../src/chain/rounds/machine.ts";
import { STEP, type Step } from "../../src/chain/rounds/step.ts";
import { proposalSignBytes, voteSignBytes } from "../../src/chain/sign-bytes.ts";
import { NANOS_PER_MILLISECOND } from "../../src/chain/time.ts";
import { consensusAddress } from "../../src/chain/validator.ts";
import { SIGNED_MSG_TYPE, type Vote, type VoteType } from "../../src/chain/vote.ts";
import { equal } from "../../src/codec/bytes.ts";
import { sha256 } from "../../src/crypto/hash.ts";
import type { Peer } from "../../src/p2p/comet/peer.ts";
import { PeerNode, type PeerNodeOptions } from "./peer-node.ts";

/** What a liar does when the rounds reach a step. */
export type Lie = (liar: Liar, step: Step) => void;

/**
 * A validator that signs whatever it likes. Its rounds follow those of the others, so that it knows when to lie; they
 * sign nothing.
 */
export class Liar {
  readonly node: PeerNode;
  readonly key: ConsensusSigner;
  readonly #application: Application;
  /** How often it lied. */
  lies = 0;

  /** @param key its key as a validator */
  constructor(options: Omit<PeerNodeOptions, "signer">, key: ConsensusSigner, lie: Lie) {
    this.node = new PeerNode({ ...options, signer: null });
    this.key = key;
    this.#application = options.application;
    this.node.engine.onRoundEvent((event) => {
      if (event.type !== "step") return;
      const { height, round, step } = event;
      // The rounds must not be read while they move.
      setImmediate(() => {
        const m = this.node.engine.rounds;
        if (m !== null && m.height === height && m.round === round) lie(this, step);
      });
    });
  }

  get address(): Uint8Array {
    return consensusAddress(this.key.publicKey);
  }

  get rounds(): Readonly<RoundMachine> {
    return this.node.engine.rounds!;
  }

  /** Whether it is its turn to propose. */
  get isProposer(): boolean {
    return equal(this.rounds.validators.proposer!.address, this.address);
  }

  get peers(): Peer[] {
    return this.node.network.peers;
  }

  /** Tells peers something. */
  say(message: ConsensusMessage, peers: readonly Peer[] = this.peers): void {
    const bytes = encodeConsensusMessage(message);
    for (const peer of peers) peer.trySend(channelOf(message), bytes);
    this.lies++;
  }

  /** A signed vote of the current round. */
  vote(type: VoteType, blockId: BlockID, change: Partial<Vote> = {}): Vote {
    const { height, round, validators, state } = this.rounds;
    const unsigned: Vote = {
      ...{ type, height, round, block_id: blockId, signature: new Uint8Array(0) },
      timestamp: BigInt(Date.now()) * NANOS_PER_MILLISECOND,
      validator_address: this.address,
      validator_index: validators.indexOf(this.address),
      ...change,
    };
    const signature = signConsensusMessage(this.key, voteSignBytes(state.chain_id, unsigned));
    return { ...unsigned, signature, ...change };
  }

  /** The block that an honest validator would propose, with these transactions in it. */
  block(txs: Uint8Array[] = []): Block {
    const { state, lastCommit } = this.rounds;
    const content = {
      ...{ txs: [], evidence: [], proposerAddress: this.address },
      lastCommit: lastCommit?.makeCommit() ?? EMPTY_COMMIT,
    };
    const draft = proposalInput(makeBlock(state, content), state.last_validators);
    return makeBlock(state, {
      ...content,
      txs: this.#application.prepareProposal({ ...draft, txs, maxTxBytes: 190_000n }),
    });
  }

  /** Proposes encoded bytes under a header's hash. @param choose which of the parts it gives away */
  propose(
    encoded: Uint8Array,
    hash: Uint8Array,
    peers: readonly Peer[] = this.peers,
    choose: (parts: Part[]) => Part[] = (parts) => parts,
  ): void {
    const { height, round } = this.rounds;
    const { header, parts } = makePartSet(encoded);
    const proposal = this.proposal({ hash, part_set_header: header });
    this.say({ type: "proposal", value: { proposal } }, peers);
    for (const part of choose(parts)) {
      this.say({ type: "block_part", value: { height, round, part } }, peers);
    }
  }

  proposeBlock(block: Block, peers?: readonly Peer[]): void {
    this.propose(encodeBlock(block), headerHash(block.header), peers);
  }

  /** A signed proposal of the current round. */
  proposal(blockId: BlockID): Proposal {
    const { height, round, state } = this.rounds;
    const unsigned: Proposal = {
      ...{ type: SIGNED_MSG_TYPE.proposal, height, round, pol_round: NO_ROUND, block_id: blockId },
      timestamp: BigInt(Date.now()) * NANOS_PER_MILLISECOND,
      signature: new Uint8Array(0),
    };
    const signature = signConsensusMessage(this.key, proposalSignBytes(state.chain_id, unsigned));
    return { ...unsigned, signature };
  }
}

/** A block id that no block has. */
export function noBlockId(n: number): BlockID {
  const hash = sha256(Uint8Array.of(n));
  return { hash, part_set_header: { total: 1, hash } };
}

/** Acts at the beginning of a round in which it is the proposer. */
export function onOwnTurn(propose: (liar: Liar) => void): Lie {
  return (liar, step) => {
    if (step === STEP.propose && liar.isProposer) propose(liar);
  };
}

function channelOf({ type }: ConsensusMessage): number {
  if (type === "vote") return CONSENSUS_CHANNEL.votes;
  if (type === "vote_set_bits") return CONSENSUS_CHANNEL.bits;
  if (type === "proposal" || type === "proposal_pol" || type === "block_part") return CONSENSUS_CHANNEL.data;
  return CONSENSUS_CHANNEL.state;
}
