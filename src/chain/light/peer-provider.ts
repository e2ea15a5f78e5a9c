import type { PeerId } from "../../p2p/libp2p/peer-id.ts";
import type { PeerFeedback, RpcAnswer, RpcClient } from "../../p2p/libp2p/rpc/rpc-client.ts";
import type { RpcMethod } from "../../p2p/libp2p/rpc/rpc-method.ts";
import type { Evidence, LightBlock, Parameters, Validators } from "../../types/api-consensus.ts";
import { invalid } from "../errors.ts";
import { lightMethods } from "./light-protocol.ts";
import type { LightProvider } from "./provider.ts";

/** The peers of the light protocol: calls to them, and who of them is best. */
export interface LightPeerSource {
  readonly rpc: Pick<RpcClient, "call">;
  readonly scores: { best(): PeerId[] };
}

/** Peers that one question is put to before it counts as not answered. */
const MAX_TRIES = 3;

/** Places that peers fill, each another one: what the one says is compared with what the others say. */
export function lightProviders(count: number, source: LightPeerSource): LightProvider[] {
  const taken = new Set<PeerId>();
  return Array.from({ length: count }, () => new PeerProvider(source, taken));
}

/** One place. The peer in it stays while it answers. */
class PeerProvider implements LightProvider {
  readonly #source: LightPeerSource;
  /** Peers in any of the places. */
  readonly #taken: Set<PeerId>;
  #peer: PeerId | null = null;
  #last: PeerFeedback | null = null;

  constructor(source: LightPeerSource, taken: Set<PeerId>) {
    this.#source = source;
    this.#taken = taken;
  }

  get name(): string {
    return this.#peer ?? "";
  }

  async getLightBlock(height: bigint, signal: AbortSignal): Promise<LightBlock> {
    return await this.#ask(lightMethods.getLightBlock, height, signal, (block) => isOf(height, block));
  }

  async getValidators(height: bigint, signal: AbortSignal): Promise<Validators> {
    return await this.#ask(lightMethods.getValidators, height, signal, (set) => isOf(height, set));
  }

  async getParameters(height: bigint, signal: AbortSignal): Promise<Parameters> {
    return await this.#ask(lightMethods.getParameters, height, signal, (params) => isOf(height, params));
  }

  async submitEvidence(evidence: Evidence, signal: AbortSignal): Promise<void> {
    await this.#ask(lightMethods.submitEvidence, evidence, signal, () => true);
  }

  reject(): void {
    this.#last?.bad();
    this.#leave();
  }

  async #ask<Q, R>(
    method: RpcMethod<Q, R>,
    argument: Q,
    signal: AbortSignal,
    isAnswer: (value: R) => boolean,
  ): Promise<R> {
    let failure: unknown;
    for (let i = 0; i < MAX_TRIES; i++) {
      const peer = this.#fill();
      // Without anybody, the call itself says so.
      const peers = peer === null ? [] : [peer];
      let answer: RpcAnswer<R>;
      try {
        answer = await this.#source.rpc.call(peers, method, argument, signal);
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
        this.#leave();
        if (peer === null) break;
        continue;
      }
      this.#last = answer.feedback;
      if (isAnswer(answer.value)) {
        answer.feedback.good();
        return answer.value;
      }
      failure = invalid("the answer is of another height", { method: method.name });
      this.reject();
    }
    throw failure;
  }

  /** The peer of the place, which is the best of the free ones when the last one went. */
  #fill(): PeerId | null {
    const best = this.#source.scores.best();
    if (this.#peer !== null && best.includes(this.#peer)) return this.#peer;
    this.#leave();
    const free = best.find((peer) => !this.#taken.has(peer)) ?? null;
    if (free !== null) this.#taken.add(free);
    this.#peer = free;
    return free;
  }

  #leave(): void {
    if (this.#peer !== null) this.#taken.delete(this.#peer);
    this.#peer = null;
    this.#last = null;
  }
}

function isOf(height: bigint, answer: { readonly height: bigint }): boolean {
  return height === 0n || answer.height === height;
}
