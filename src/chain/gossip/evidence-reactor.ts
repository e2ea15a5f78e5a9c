import type { Channel } from "../../p2p/comet/channel.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { ChainEngine } from "../chain-engine.ts";
import type { ChainClock } from "../clock.ts";
import { checkedEvidence, EvidenceList, evidenceHeight } from "../evidence/evidence.ts";
import { decode, encode } from "../wire.ts";
import { atPeersFault, type GossipPeer } from "./gossip-peer.ts";

/** Channel of evidence (cometbft.md 2.3). */
export const EVIDENCE_CHANNEL = 0x38;

const RECEIVE_CAP = 1_048_576;

/** How often what is pending is sent again: nobody says what it has. */
const REPEAT_MS = 10_000;

export interface EvidenceReactorDeps {
  engine: Pick<ChainEngine, "rounds" | "receiveEvidence" | "pendingEvidence" | "latestHeight">;
  clock: ChainClock;
  /** Height that a peer is at; 0 when it has not said. */
  peerHeight(id: string): bigint;
}

/** Passes on proof of misbehaviour until a block has it (cometbft.md 3.4). */
export class EvidenceReactor {
  readonly #deps: EvidenceReactorDeps;
  readonly #peers = new Map<string, GossipPeer>();
  #repeating: Disposer = () => {};

  constructor(deps: EvidenceReactorDeps) {
    this.#deps = deps;
  }

  /** The channel of evidence; to be registered before the network starts. */
  get channel(): Channel {
    return {
      ...{ id: EVIDENCE_CHANNEL, priority: 6, sendQueue: 1, receiveCap: RECEIVE_CAP },
      onMessage: (peer, message) => this.receive(peer, message),
      onPeer: (peer) => this.addPeer(peer),
      onPeerGone: ({ id }) => this.removePeer(id),
    };
  }

  /** Takes part from now on; the engine must run. */
  start(): void {
    this.#repeating = this.#deps.clock.schedule(() => {
      this.start();
      for (const peer of [...this.#peers.values()]) void this.#give(peer);
    }, REPEAT_MS);
  }

  stop(): void {
    this.#repeating();
  }

  addPeer(peer: GossipPeer): void {
    this.#peers.set(peer.id, peer);
  }

  removePeer(id: string): void {
    this.#peers.delete(id);
  }

  /**
   * Verifies and keeps a peer's evidence.
   * @throws PeerFault when it does not hold
   */
  receive(peer: GossipPeer, encoded: Uint8Array): void {
    if (!this.#peers.has(peer.id)) return;
    const { engine } = this.#deps;
    atPeersFault(() => {
      for (const received of decode(EvidenceList, encoded).evidence) {
        const evidence = checkedEvidence(received);
        // While we fetch blocks we do not know yet what to make of it.
        if (engine.rounds === null) continue;
        engine.receiveEvidence(evidence);
      }
    });
  }

  /** One piece a message, to a peer that has the block and does not find it too old. */
  async #give(peer: GossipPeer): Promise<void> {
    const { engine, peerHeight } = this.#deps;
    const params = engine.rounds?.state.consensus_params.evidence;
    if (params === undefined) return;
    for (const evidence of engine.pendingEvidence(params.max_bytes)) {
      const age = peerHeight(peer.id) - evidenceHeight(evidence);
      if (age <= 0n || age > params.max_age_num_blocks) continue;
      if (!(await peer.send(EVIDENCE_CHANNEL, encode(EvidenceList, { evidence: [evidence] })))) return;
    }
  }
}
