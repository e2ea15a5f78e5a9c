import type { ChainEngine } from "../../src/chain/chain-engine.ts";
import { signConsensusMessage } from "../../src/chain/consensus-signature.ts";
import { EvidenceList } from "../../src/chain/evidence/evidence.ts";
import { type ConsensusMessage, encodeConsensusMessage } from "../../src/chain/gossip/consensus-message.ts";
import { CONSENSUS_CHANNEL } from "../../src/chain/gossip/consensus-reactor.ts";
import { EVIDENCE_CHANNEL } from "../../src/chain/gossip/evidence-reactor.ts";
import { MEMPOOL_CHANNEL } from "../../src/chain/gossip/mempool-reactor.ts";
import { makePartSet } from "../../src/chain/part-set.ts";
import { NO_ROUND } from "../../src/chain/proposal.ts";
import { proposalSignBytes, voteSignBytes } from "../../src/chain/sign-bytes.ts";
import { snapshotOf } from "../../src/chain/state-sync/snapshot.ts";
import {
  CHUNK_CHANNEL,
  SNAPSHOT_CHANNEL,
  StateSyncMessage,
} from "../../src/chain/state-sync/state-sync-message.ts";
import { BLOCK_SYNC_CHANNEL } from "../../src/chain/sync/block-sync.ts";
import { SyncMessage } from "../../src/chain/sync/sync-message.ts";
import { toValidatorSetProto } from "../../src/chain/validator-set-proto.ts";
import { SIGNED_MSG_TYPE } from "../../src/chain/vote.ts";
import { encode } from "../../src/chain/wire.ts";

import { ProtoWriter, WIRE_BYTES } from "../../src/codec/proto.ts";
import type { MemorySigner } from "../../src/crypto/memory-signer.ts";
import { encodePexAddresses, PEX_REQUEST } from "../../src/p2p/comet/pex/pex-message.ts";
import { PEX_CHANNEL } from "../../src/p2p/comet/pex/pex-reactor.ts";
import type { Metadata } from "../../src/types/storage.ts";
import { encodeTx } from "../chain/key-value-application.ts";
import { noBlockId } from "./liar.ts";

/** A message that a node may get from a peer, by the name of its kind. */
export interface Sample {
  readonly channel: number;
  readonly bytes: Uint8Array;
}

const { state, data, votes, bits } = CONSENSUS_CHANNEL;
const empty = new Uint8Array(0);

/**
 * One message of every kind, such as an honest peer might send to that node where its rounds are now.
 * @param key of a validator who signs what needs a signature
 */
export function messageSamples(
  engine: ChainEngine,
  key: MemorySigner,
  index: number,
): Record<string, Sample> {
  const rounds = engine.rounds!;
  const { height, round } = rounds;
  const validator_address = rounds.validators.validators[index]!.address;
  const block_id = noBlockId(3);
  const chainId = rounds.state.chain_id;
  const parts = makePartSet(new Uint8Array(100).fill(1));
  const position = { height, round };
  const twoBits = [true, false, true, true];
  const type = SIGNED_MSG_TYPE.prevote;
  const unsigned = {
    type,
    ...position,
    block_id,
    timestamp: rounds.state.last_block_time + 1n,
    signature: empty,
  };
  const vote = (change: object = {}) => {
    const bare = { ...unsigned, validator_address, validator_index: index, ...change };
    return { ...bare, signature: signConsensusMessage(key, voteSignBytes(chainId, bare)) };
  };
  const bareProposal = { ...unsigned, type: SIGNED_MSG_TYPE.proposal, pol_round: NO_ROUND };
  const proposal = {
    ...bareProposal,
    signature: signConsensusMessage(key, proposalSignBytes(chainId, bareProposal)),
  };
  const consensus = (channel: number, message: ConsensusMessage): Sample => ({
    channel,
    bytes: encodeConsensusMessage(message),
  });
  const sync = (message: SyncMessage): Sample => ({
    channel: BLOCK_SYNC_CHANNEL,
    bytes: encode(SyncMessage, message),
  });
  const last = engine.latestHeight;
  return {
    new_round_step: consensus(state, {
      type: "new_round_step",
      value: {
        ...position,
        step: 3,
        seconds_since_start_time: 1n,
        last_commit_round: height === 1n ? -1 : 0,
      },
    }),
    new_valid_block: consensus(state, {
      type: "new_valid_block",
      value: { ...position, block_part_set_header: parts.header, block_parts: [true], is_commit: false },
    }),
    has_vote: consensus(state, { type: "has_vote", value: { ...position, type, index } }),
    vote_set_maj23: consensus(state, { type: "vote_set_maj23", value: { ...position, type, block_id } }),
    proposal: consensus(data, { type: "proposal", value: { proposal } }),
    proposal_pol: consensus(data, {
      type: "proposal_pol",
      value: { height, proposal_pol_round: round, proposal_pol: twoBits },
    }),
    block_part: consensus(data, { type: "block_part", value: { ...position, part: parts.parts[0]! } }),
    vote: consensus(votes, { type: "vote", value: { vote: vote() } }),
    vote_set_bits: consensus(bits, {
      type: "vote_set_bits",
      value: { ...position, type, block_id, votes: twoBits },
    }),
    txs: { channel: MEMPOOL_CHANNEL, bytes: txsMessage([encodeTx({ key: "a", value: `${height}` })]) },
    duplicate_vote: {
      channel: EVIDENCE_CHANNEL,
      bytes: encode(EvidenceList, { evidence: [doubleVote(engine, last, vote)] }),
    },
    light_client_attack: {
      channel: EVIDENCE_CHANNEL,
      bytes: encode(EvidenceList, { evidence: [lightClientAttack(engine, last)] }),
    },
    block_request: sync({ type: "block_request", value: { height: last } }),
    no_block_response: sync({ type: "no_block_response", value: { height: last } }),
    block_response: sync({ type: "block_response", value: { block: engine.store.encodedBlock(last)! } }),
    status_request: sync({ type: "status_request", value: {} }),
    status_response: sync({ type: "status_response", value: { height: last, base: 1n } }),
    pex_request: { channel: PEX_CHANNEL, bytes: PEX_REQUEST },
    pex_addresses: {
      channel: PEX_CHANNEL,
      bytes: encodePexAddresses([
        { id: "ab".repeat(20) as never, ip: "8.8.8.8", port: 26656 },
        { id: "cd".repeat(20) as never, ip: "2001:4860::8888", port: 1 },
      ]),
    },
  };
}

/** The same of state sync, for a node that has that checkpoint or looks for it. */
export function stateSyncSamples(checkpoint: Metadata, chunk: Uint8Array): Record<string, Sample> {
  const sample = (channel: number, message: StateSyncMessage): Sample => ({
    channel,
    bytes: encode(StateSyncMessage, message),
  });
  const offer = snapshotOf(checkpoint);
  const { height, format } = offer;
  const position = { height, format, index: 0 };
  return {
    snapshots_request: sample(SNAPSHOT_CHANNEL, { type: "snapshots_request", value: {} }),
    snapshots_response: sample(SNAPSHOT_CHANNEL, { type: "snapshots_response", value: offer }),
    chunk_request: sample(CHUNK_CHANNEL, { type: "chunk_request", value: position }),
    chunk_response: sample(CHUNK_CHANNEL, {
      type: "chunk_response",
      value: { ...position, chunk, missing: false },
    }),
  };
}

function txsMessage(txs: readonly Uint8Array[]): Uint8Array {
  const w = new ProtoWriter();
  w.tag(1, WIRE_BYTES);
  w.nested(() => {
    for (const tx of txs) {
      w.tag(1, WIRE_BYTES);
      w.bytes(tx);
    }
  });
  return w.finish();
}

/** Two votes of the key at a height that is decided: true evidence, of which a new piece exists at each height. */
function doubleVote(engine: ChainEngine, height: bigint, vote: (change: object) => never | object) {
  const validators = engine.validatorsAt(height)!;
  const [a, b] = [
    vote({ height, block_id: noBlockId(1) }),
    vote({ height, block_id: noBlockId(2) }),
  ] as never[];
  const [vote_a, vote_b] = [a!, b!].sort((x, y) => Buffer.compare(hashOf(x), hashOf(y)));
  return {
    type: "duplicate_vote" as const,
    value: {
      ...{ vote_a: vote_a!, vote_b: vote_b!, total_voting_power: validators.totalVotingPower },
      validator_power: validators.validators[0]!.voting_power,
      timestamp: engine.blockAt(height)!.block.header.time,
    },
  };
}

function hashOf(vote: { block_id: { hash: Uint8Array } }): Uint8Array {
  return vote.block_id.hash;
}

/** A block of the chain, which is no attack. */
export function lightClientAttack(engine: ChainEngine, height: bigint) {
  const { header, commit, validators } = engine.lightBlockAt(height)!;
  return {
    type: "light_client_attack" as const,
    value: {
      conflicting_block: {
        signed_header: { header, commit },
        validator_set: toValidatorSetProto(validators, false),
      },
      ...{ common_height: height, byzantine_validators: [...validators.validators] },
      ...{ total_voting_power: validators.totalVotingPower, timestamp: header.time },
    },
  };
}

/** A light client attack is the one sample that is no honest message. */
export const FALSE_SAMPLES: readonly string[] = ["light_client_attack"];
