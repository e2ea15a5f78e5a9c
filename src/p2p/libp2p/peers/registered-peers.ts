import type { Node } from "../../../types/node.ts";
import type { KnownPeer } from "../known-peer.ts";
import { multiaddrOfAddress } from "../multiaddr.ts";
import { type PeerId, peerIdOf } from "../peer-id.ts";
import { registeredServices } from "./registered-services.ts";

interface Registered {
  readonly peer: KnownPeer;
  readonly services: ReadonlySet<string>;
}

/** The nodes of the registry as peers: where they are, and what they serve. */
export class RegisteredPeers {
  readonly #chainContext: string;
  readonly #peers = new Map<PeerId, Registered>();

  constructor(chainContext: string) {
    this.#chainContext = chainContext;
  }

  get size(): number {
    return this.#peers.size;
  }

  /** The whole list, as it is at the beginning of an epoch. */
  replace(nodes: Iterable<Node>): void {
    this.#peers.clear();
    for (const node of nodes) this.update(node);
  }

  /** One node that registered, for the first time or again. */
  update(node: Node): void {
    const id = peerIdOf(node.p2p.id);
    const addresses = (node.p2p.addresses ?? [])
      .map(multiaddrOfAddress)
      .filter((address) => address !== null);
    const services = new Set(registeredServices(node, this.#chainContext));
    this.#peers.set(id, { peer: { id, addresses }, services });
  }

  /** Peers that serve a protocol or topic. */
  serving(name: string): KnownPeer[] {
    return [...this.#peers.values()].filter(({ services }) => services.has(name)).map(({ peer }) => peer);
  }
}
