import type { NodeBackend } from "../api/backend.ts";
import { createHandlers } from "../api/handlers/create-handlers.ts";
import type { ListenAddress } from "../api/listener.ts";
import { ApiServer } from "../api/server.ts";
import { toBase64 } from "../codec/bytes.ts";
import { chainContext, cometChainId } from "../config/genesis/chain-context.ts";
import { contexts } from "../crypto/contexts.ts";
import { openMultiSigned } from "../crypto/envelope.ts";
import { loadOrCreateIdentity, type NodeIdentity } from "../crypto/identity.ts";
import { systemPeerClock } from "../p2p/comet/clock.ts";
import type { CometNetwork } from "../p2p/comet/comet-network.ts";
import { type NetAddress, netAddress } from "../p2p/comet/net-address.ts";
import { nodeIdOf } from "../p2p/comet/node-id.ts";
import { systemRandom } from "../p2p/comet/random.ts";
import { SeedNetwork } from "../p2p/libp2p/seed-network.ts";
import { Emitter } from "../telemetry/emitter.ts";
import type { Logger, Logging } from "../telemetry/logger.ts";
import { formatConsensusAddress } from "../types/address.ts";
import { Status } from "../types/api-control.ts";
import { controlErrors } from "../types/errors.ts";
import type { Document } from "../types/genesis.ts";
import { formatIp } from "../types/ip.ts";
import { Node as NodeDescriptor } from "../types/node.ts";
import { ROLE_VALIDATOR } from "../types/roles.ts";
import { userAgent } from "./committee-peers.ts";
import type { ExitReason } from "./node.ts";
import type { NodeOptions } from "./node-options.ts";
import { openCometNetwork } from "./open-peers.ts";
import { consensusPeersStatus, peerTexts } from "./peers-status.ts";
import { softwareVersion } from "./software-version.ts";
import { statusHead } from "./status-head.ts";

export interface SeedNodeDeps {
  readonly genesis: Document;
  readonly logging: Logging;
}

/**
 * A node that tells others where nodes are, and nothing else: no chain, no state, no roles (oasis-core v26.1
 * go/consensus/cometbft/seed/seed.go).
 */
export class SeedNode {
  readonly identity: NodeIdentity;
  readonly chainContext: string;
  readonly #options: NodeOptions;
  readonly #logger: Logger;
  readonly #network: CometNetwork;
  readonly #committeeSeed: SeedNetwork | null;
  readonly #genesisPeers: readonly NetAddress[];
  readonly #api: ApiServer;
  readonly #exit = new Emitter<ExitReason>();
  readonly #version = softwareVersion();

  constructor(options: NodeOptions, { genesis, logging }: SeedNodeDeps) {
    this.#options = options;
    this.#logger = logging.logger("node");
    this.identity = loadOrCreateIdentity({ dataDir: options.dataDir, now: new Date() });
    this.chainContext = chainContext(genesis);
    this.#network = openCometNetwork(options.consensusPeers, {
      identity: this.identity,
      logging,
      chainId: cometChainId(this.chainContext),
      moniker: `oasis-seed-${toBase64(this.identity.p2p.publicKey)}`,
    });
    this.#committeeSeed = openCommitteeSeed(options, this.identity, logging);
    this.#genesisPeers = options.consensusPeers.learnsFromGenesis ? validatorAddresses(genesis) : [];
    const backends = { node: this.#backend() };
    this.#api = new ApiServer(
      { listeners: options.listeners },
      { backends, handlers: createHandlers(backends), logger: logging.logger("api"), metrics: null },
    );
  }

  /** Addresses of the API's listeners, in their order; known after `start`. */
  get addresses(): readonly ListenAddress[] {
    return this.#api.addresses;
  }

  /** Resolves when the node was asked to end. */
  exited(): Promise<ExitReason> {
    return this.#exit.next(() => true, new AbortController().signal);
  }

  /** @throws when a part cannot start; what was started is stopped again then. */
  async start(): Promise<void> {
    try {
      for (const address of this.#genesisPeers) this.#network.learn(address);
      await this.#network.start();
      await this.#committeeSeed?.start();
      await this.#api.start();
      this.#logger.info({ chain_context: this.chainContext, version: this.#version }, "node started");
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends everything in the reverse order of `start`. */
  async stop(): Promise<void> {
    await this.#api.stop();
    await this.#committeeSeed?.stop();
    await this.#network.stop();
    this.#logger.info({}, "node stopped");
  }

  #status(): Status {
    const { identity } = this;
    const { consensusAddresses } = this.#options;
    const report = this.#network.report();
    const id = identity.p2p.publicKey;
    return {
      ...Status.zero(),
      ...statusHead(this.#options, identity, this.chainContext),
      seed: {
        chain_context: this.chainContext,
        addresses: [
          ...consensusAddresses.map((address) => formatConsensusAddress({ id, address })),
          ...(this.#committeeSeed?.addresses ?? []),
        ],
        node_peers: [...peerTexts(report), ...(this.#committeeSeed?.peers ?? [])],
      },
      consensus_peers: consensusPeersStatus(report),
    };
  }

  #backend(): NodeBackend {
    const unsupported = () => {
      throw controlErrors.notImplemented();
    };
    return {
      requestShutdown: async () => this.#exit.emit({ kind: "stopped" }),
      isSynced: unsupported,
      waitSync: unsupported,
      isReady: unsupported,
      waitReady: unsupported,
      blockers: () => [],
      getStatus: async () => this.#status(),
      upgradeBinary: unsupported,
      cancelUpgrade: unsupported,
      addBundle: unsupported,
    };
  }
}

/** The seed of ParaTime nodes; null where it has no address to listen on. */
function openCommitteeSeed(
  { committeePeers }: NodeOptions,
  { p2p }: NodeIdentity,
  logging: Logging,
): SeedNetwork | null {
  if (committeePeers === null) return null;
  return new SeedNetwork(
    { ...committeePeers, userAgent: userAgent() },
    {
      signer: p2p,
      clock: systemPeerClock,
      random: systemRandom,
      logger: logging.logger("p2p/libp2p"),
    },
  );
}

/** Where the validators of the genesis document are: the first consensus address of each. */
function validatorAddresses({ registry }: Document): NetAddress[] {
  return (registry.nodes ?? []).flatMap((signed) => {
    const { roles, consensus } = openMultiSigned(NodeDescriptor, contexts.registerNode, signed, {});
    const [first] = consensus.addresses ?? [];
    if ((roles & ROLE_VALIDATOR) === 0 || first === undefined) return [];
    const { IP, Port } = first.address;
    return netAddress(nodeIdOf(first.id), formatIp(IP), Number(Port)) ?? [];
  });
}
