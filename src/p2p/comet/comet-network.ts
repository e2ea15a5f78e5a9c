import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Signer } from "../../crypto/signature.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { AddressBook } from "./book/address-book.ts";
import { loadAddressBook, newBookKey, SAVE_INTERVAL_MS, saveAddressBook } from "./book/address-book-file.ts";
import type { Channel } from "./channel.ts";
import type { PeerClock } from "./clock.ts";
import { Switch } from "./net/switch.ts";
import type { SwitchOptions } from "./net/switch-options.ts";
import { type NetAddress, netAddress } from "./net-address.ts";
import { type NetworkReport, networkReport } from "./network-report.ts";
import { type NodeId, nodeIdOf } from "./node-id.ts";
import type { Peer } from "./peer.ts";
import type { PeerAddress, ResolveHost } from "./peer-address.ts";
import { PexReactor } from "./pex/pex-reactor.ts";
import type { Random } from "./random.ts";

export interface CometNetworkOptions extends SwitchOptions {
  /** How addresses are exchanged: not at all, as all nodes do, or as a seed that lets nobody stay. */
  readonly exchange: "none" | "node" | "seed";
  readonly seeds: readonly PeerAddress[];
  /** Nodes whose addresses are told to nobody. */
  readonly privateIds: ReadonlySet<NodeId>;
  /** Whether only addresses that can be routed are kept. */
  readonly isAddressBookStrict: boolean;
  /** `addrbook.json`; null to keep nothing on disk. */
  readonly addressBookPath: string | null;
}

export interface CometNetworkDeps {
  /** The node's P2P key. */
  readonly signer: Signer;
  readonly clock: PeerClock;
  readonly random: Random;
  readonly resolve: ResolveHost;
  readonly logger: Logger;
}

/**
 * The CometBFT peer network of a node: connections, the address book, the exchange of addresses.
 *
 * Channels are registered before the start; they get peers and messages, and give messages to peers.
 */
export class CometNetwork {
  readonly #options: CometNetworkOptions;
  readonly #deps: CometNetworkDeps;
  readonly #switch: Switch;
  readonly #book: AddressBook;
  readonly #pex: PexReactor | null;
  #saving: Disposer = () => {};
  #startedAtMs = 0;

  constructor(options: CometNetworkOptions, deps: CometNetworkDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#switch = new Switch(options, deps);
    this.#book = openBook(options, deps);
    this.#pex = options.exchange === "none" ? null : this.#openPex();
    this.#switch.observe({
      onBanned: (id, durationMs) => this.#book.ban(id, durationMs),
      onSelf: ({ id }) => this.#book.remove(id),
      onGood: (id) => this.#book.markGood(id),
    });
  }

  /** Adds a channel. Only before the start. */
  register(channel: Channel): void {
    this.#switch.register(channel);
  }

  /**
   * Begins to listen and to connect.
   * @throws QanatError when the address cannot be listened on
   */
  async start(): Promise<void> {
    this.#startedAtMs = this.#deps.clock.now();
    this.#learnNamedPeers();
    if (this.#pex !== null) this.#switch.register(this.#pex.channel);
    await this.#switch.start();
    this.#pex?.start();
    this.#scheduleSaving();
  }

  /** Ends all connections, and writes the address book. Nothing is left when it resolves. */
  async stop(): Promise<void> {
    this.#saving();
    this.#pex?.stop();
    await this.#switch.stop();
    this.#save();
  }

  get id(): NodeId {
    return this.#switch.ownId;
  }

  get peers(): Peer[] {
    return this.#switch.peers;
  }

  /** Where we accept connections; null while we do not. */
  get listening(): { readonly host: string; readonly port: number } | null {
    return this.#switch.listening;
  }

  /** Whether anybody has ever connected to us. */
  get hadInbound(): boolean {
    return this.#switch.hadInbound;
  }

  /** Queues a message for every peer with the channel; who has no room does not get it. */
  broadcast(channel: number, message: Uint8Array): void {
    for (const peer of this.peers) peer.trySend(channel, message);
  }

  /** Adds an address to the book, as if its node had told us. */
  learn(address: NetAddress): void {
    this.#book.add(address, address);
  }

  /** Connects to a peer now. @throws PeerFault */
  async dial(address: PeerAddress): Promise<Peer> {
    return await this.#switch.dialName(address);
  }

  /** The state of the network, for status. */
  report(): NetworkReport {
    return networkReport(this.#switch, this.#book.size, this.#startedAtMs);
  }

  #openPex(): PexReactor {
    const net = this.#switch;
    const network = {
      get counts() {
        return net.counts;
      },
      get peers() {
        return net.peers;
      },
      obstacleTo: (address: NetAddress) => net.gate.obstacleTo(address),
      isPersistent: (id: NodeId) => net.isPersistent(id),
      dial: (address: NetAddress) => net.dial(address),
      dialName: (address: PeerAddress) => net.dialName(address),
    };
    return new PexReactor(
      {
        isSeed: this.#options.exchange === "seed",
        seeds: this.#options.seeds.filter(({ id }) => id !== net.ownId),
        maxOutbound: this.#options.maxOutbound,
        persistentMaxPauseMs: this.#options.persistentMaxPauseMs,
      },
      { network, book: this.#book, ...this.#deps },
    );
  }

  /** The persistent peers are known to the book, so that others hear of them, unless they are private. */
  #learnNamedPeers(): void {
    for (const { id, host, port } of this.#options.persistentPeers) {
      const address = netAddress(id, host, port);
      if (address !== null) this.#book.add(address, address);
    }
  }

  #scheduleSaving(): void {
    this.#saving = this.#deps.clock.schedule(() => {
      this.#scheduleSaving();
      this.#save();
    }, SAVE_INTERVAL_MS);
  }

  #save(): void {
    const { addressBookPath: path } = this.#options;
    if (path === null) return;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      saveAddressBook(path, this.#book);
    } catch (error) {
      this.#deps.logger.warn({ path, err: error }, "the address book could not be written");
    }
  }
}

function openBook(options: CometNetworkOptions, deps: CometNetworkDeps): AddressBook {
  const { addressBookPath: path, privateIds, isAddressBookStrict } = options;
  const stored = path === null ? null : loadAddressBook(path, deps.logger);
  const book = new AddressBook(
    {
      ownId: nodeIdOf(deps.signer.publicKey),
      privateIds,
      isStrict: isAddressBookStrict,
      key: stored?.key ?? newBookKey(deps.random),
    },
    deps,
  );
  for (const known of stored?.addresses ?? []) book.restore(known);
  return book;
}
