import type { Random } from "../../p2p/comet/random.ts";
import { equalPartSetHeaders } from "../block-id.ts";
import type { PartSet } from "../part-set.ts";
import type { RoundMachine } from "../rounds/machine.ts";
import { SIGNED_MSG_TYPE } from "../vote.ts";
import { type Bits, pickMissing } from "./bit-array.ts";
import type { ConsensusMessage } from "./consensus-message.ts";
import type { PeerRounds } from "./peer-rounds.ts";

/** The part of the chain that lagging peers live on. */
export interface StoredParts {
  /** Height of the oldest block that is kept. */
  readonly oldestHeight: bigint;
  partsAt(height: bigint): PartSet | null;
}

/** A message for a peer, and what the peer has once it is sent. */
export interface NextMessage {
  readonly message: ConsensusMessage;
  note(): void;
}

/** The next proposal or block part that a peer lacks; null when it lacks none (cometbft.md 3.2, data loop). */
export function nextData(
  m: Readonly<RoundMachine>,
  store: StoredParts,
  peer: PeerRounds,
  random: Random,
): NextMessage | null {
  if (peer.height === 0n) return null;
  if (m.parts !== null && peer.isAfter(m.parts.header)) {
    const index = pickMissing(partBits(m)!, peer.parts!.bits, random);
    if (index >= 0) return partMessage(peer, m.height, m.round, m.parts.part(index)!);
  }
  if (peer.height < m.height) return storedPart(store, peer, random);
  if (peer.height !== m.height || peer.round !== m.round) return null;
  return nextProposal(m, peer) ?? null;
}

/** Which parts of the block that is being collected are there. */
export function partBits({ parts }: Readonly<RoundMachine>): Bits | null {
  return parts && Array.from({ length: parts.header.total }, (_, index) => parts.has(index));
}

/** The votes on which our proposal is founded; null when it is founded on none. */
export function polMessage(m: Readonly<RoundMachine>): ConsensusMessage | null {
  const polRound = m.proposal?.pol_round ?? -1;
  const votes = polRound < 0 ? null : m.votes.set(polRound, SIGNED_MSG_TYPE.prevote);
  if (votes === null) return null;
  return {
    type: "proposal_pol",
    value: { height: m.height, proposal_pol_round: polRound, proposal_pol: votes.bits() },
  };
}

function nextProposal(m: Readonly<RoundMachine>, peer: PeerRounds): NextMessage | null {
  const { proposal } = m;
  if (proposal === null || peer.hasProposal) return null;
  return { message: { type: "proposal", value: { proposal } }, note: () => peer.noteProposal(proposal) };
}

/** A part of a block that we have stored and the peer has not reached. */
function storedPart(store: StoredParts, peer: PeerRounds, random: Random): NextMessage | null {
  if (peer.height < store.oldestHeight) return null;
  const stored = store.partsAt(peer.height);
  if (stored === null) return null;
  if (peer.parts === null) peer.expectParts(stored.header);
  const { header, bits } = peer.parts!;
  if (!equalPartSetHeaders(header, stored.header)) return null;
  const index = pickMissing(new Array<boolean>(header.total).fill(true), bits, random);
  return index < 0 ? null : partMessage(peer, peer.height, peer.round, stored.parts[index]!);
}

function partMessage(
  peer: PeerRounds,
  height: bigint,
  round: number,
  part: PartSet["parts"][number],
): NextMessage {
  const { bits } = peer.parts!;
  return {
    message: { type: "block_part", value: { height, round, part } },
    note() {
      bits[part.index] = true;
    },
  };
}
