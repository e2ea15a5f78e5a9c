import type { ConsensusBackend } from "../api/backend.ts";
import { consensusHandlers } from "../api/handlers/consensus.ts";
import { hasAttribute, registryEvents } from "../api/service-events.ts";
import { eventsOf } from "../api/watch.ts";
import type { ChainEngine } from "../chain/chain-engine.ts";
import { ChainError } from "../chain/errors.ts";
import { checkedEvidence, decodeEvidence } from "../chain/evidence/evidence.ts";
import { LIGHT_PEERS, lightProtocolId, lightService } from "../chain/light/light-protocol.ts";
import { CodecError } from "../codec/errors.ts";
import { queryNodes } from "../consensus/registry/query.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import { systemPeerClock } from "../p2p/comet/clock.ts";
import { systemRandom } from "../p2p/comet/random.ts";
import { CommitteeNetwork, type ProtocolClient } from "../p2p/libp2p/committee-network.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { Logging } from "../telemetry/logger.ts";
import type { Warning } from "../telemetry/waiting.ts";
import { formatAddress } from "../types/address.ts";
import { consensusErrors } from "../types/errors.ts";
import type { NodeConsensus } from "./consensus-backend.ts";
import type { NodeOptions } from "./node-options.ts";
import { PortCheck, reachWarning } from "./port-check.ts";
import { resolveHost } from "./resolve-host.ts";
import { softwareVersion } from "./software-version.ts";

export interface CommitteePeersDeps {
  readonly identity: NodeIdentity;
  readonly backend: NodeConsensus;
  readonly engine: Pick<ChainEngine, "receiveEvidence">;
  readonly logging: Logging;
}

/** The node among ParaTime nodes: what it serves to all of them, and who of the registry they are. */
export class CommitteePeers {
  readonly network: CommitteeNetwork;
  /** Peers that answer light clients. */
  readonly light: ProtocolClient;
  readonly #backend: NodeConsensus;
  /** Null: nobody is told where the node is. */
  readonly #portCheck: PortCheck | null;
  #startedMs = 0;
  #unfollow: Disposer = () => {};

  /** @param told where others are told that it is, `host:port`; null when nobody is */
  constructor(network: CommitteeNetwork, told: string | null, { backend, engine }: CommitteePeersDeps) {
    this.network = network;
    this.#portCheck =
      told === null
        ? null
        : new PortCheck(told, {
            ...{ clock: systemPeerClock, resolve: resolveHost },
            ...{ wasReached: () => network.hadInbound, hasOthers: () => network.report().peers > 0 },
          });
    this.#backend = backend;
    network.serve(lightService(backend.chainContext, lightSource(backend, engine)));
    this.light = network.use(lightProtocolId(backend.chainContext), LIGHT_PEERS);
  }

  /** Connected peers that answer light clients. */
  get lightPeers() {
    return this.network.supporting(lightProtocolId(this.#backend.chainContext));
  }

  /** Takes the peers from the registry from now on: the node is at the head of the chain. */
  follow(): void {
    const state = this.#backend.latestState();
    if (state !== null) this.network.registered.replace(queryNodes(state) ?? []);
    this.#unfollow = this.#backend.onBlock((block) => {
      if (hasAttribute(block.results, registryEvents.type, "node_list_epoch")) {
        const after = this.#backend.latestState();
        if (after !== null) this.network.registered.replace(queryNodes(after) ?? []);
      }
      for (const { node } of eventsOf(registryEvents, block)) {
        if (node?.is_registration && node.node !== null) this.network.registered.update(node.node);
      }
    });
  }

  /** Begins to listen, to serve, and to look for peers. @throws QanatError `p2p/listen` */
  async start(): Promise<void> {
    await this.network.start();
    this.#startedMs = systemPeerClock.now();
    this.#portCheck?.start();
  }

  /** What works and is not as it should be. */
  warnings(): Warning[] {
    const warning = reachWarning({
      ...{ check: this.#portCheck, wasReached: this.network.hadInbound },
      ...{ hasPeers: this.network.report().peers > 0, key: "p2p.registration.addresses" },
      ...{ startedMs: this.#startedMs, nowMs: systemPeerClock.now() },
    });
    return warning === null ? [] : [warning];
  }

  async stop(): Promise<void> {
    this.#portCheck?.stop();
    this.#unfollow();
    await this.network.stop();
  }
}

/** The node's connections to ParaTime nodes; null where it has nobody to connect to. Nothing runs yet. */
export function openCommitteePeers(
  { committeePeers, entityId, p2pAddresses }: NodeOptions,
  deps: CommitteePeersDeps,
): CommitteePeers | null {
  if (committeePeers === null) return null;
  const { identity, backend, logging } = deps;
  const network = new CommitteeNetwork(
    {
      ...committeePeers,
      chainContext: backend.chainContext,
      userAgent: userAgent(),
    },
    {
      signer: identity.p2p,
      clock: systemPeerClock,
      random: systemRandom,
      logger: logging.logger("p2p/libp2p"),
    },
  );
  // A node that registers for nothing waits for nobody.
  const [told] = entityId === null ? [] : p2pAddresses;
  return new CommitteePeers(network, told === undefined ? null : formatAddress(told), deps);
}

/** What identify tells of this node, in the official node's form. */
export function userAgent(): string {
  return `oasis-core/${softwareVersion()}`;
}

/** Light clients get what the API gives for the same question. */
function lightSource(backend: ConsensusBackend, engine: Pick<ChainEngine, "receiveEvidence">) {
  const { GetLightBlock, GetValidators, GetParameters } = consensusHandlers(backend);
  const { signal } = new AbortController();
  const context = { signal };
  return {
    lightBlock: (height: bigint) => GetLightBlock(height, context),
    validators: (height: bigint) => GetValidators(height, context),
    parameters: (height: bigint) => GetParameters(height, context),
    submitEvidence({ meta }: { readonly meta: Uint8Array | null }) {
      try {
        engine.receiveEvidence(checkedEvidence(decodeEvidence(meta ?? new Uint8Array())));
      } catch (error) {
        if (error instanceof ChainError || error instanceof CodecError)
          throw consensusErrors.invalidArgument();
        throw error;
      }
    },
  };
}
