import { hostname } from "node:os";
import type { ChainEngine } from "../chain/chain-engine.ts";
import type { ChainGenesis } from "../chain/genesis.ts";
import type { LightPeerSource } from "../chain/light/peer-provider.ts";
import { BlocksAhead } from "../consensus/ahead/blocks-ahead.ts";
import type { ConsensusApplication } from "../consensus/application.ts";
import type { NodeIdentity } from "../crypto/identity.ts";
import type { KnownSignatures } from "../crypto/known-signatures.ts";
import { systemPeerClock } from "../p2p/comet/clock.ts";
import { CometNetwork } from "../p2p/comet/comet-network.ts";
import { parseHostPort } from "../p2p/comet/peer-address.ts";
import { systemRandom } from "../p2p/comet/random.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { NodeDb } from "../storage/node-db/node-db.ts";
import type { Logging } from "../telemetry/logger.ts";
import { joinHostPort } from "../types/ip.ts";
import { CONSENSUS_APP_VERSION } from "../types/versions.ts";
import { ConsensusPeers } from "./consensus-peers.ts";
import type { NodeOptions } from "./node-options.ts";
import { openStateSync } from "./open-state-sync.ts";
import type { ConsensusPeerOptions } from "./peer-options.ts";
import { resolveHost } from "./resolve-host.ts";

export interface OpenPeersDeps {
  readonly engine: ChainEngine;
  readonly application: ConsensusApplication;
  readonly genesis: ChainGenesis;
  /** 64 hex characters. */
  readonly chainContext: string;
  readonly known: KnownSignatures;
  readonly environment: Environment;
  /** Versions of the consensus state. */
  readonly db: NodeDb;
  /** Peers that answer light clients; null where there is no such network. */
  readonly lightPeers: LightPeerSource | null;
  readonly identity: NodeIdentity;
  readonly logging: Logging;
}

/** The node's connections to consensus peers and what goes over them. Nothing runs yet. */
export function openPeers(options: NodeOptions, deps: OpenPeersDeps): ConsensusPeers {
  const { identity, genesis, chainContext, application, known, logging } = deps;
  const network = openCometNetwork(options.consensusPeers, {
    ...deps,
    chainId: genesis.chain_id,
    moniker: moniker(),
  });
  return new ConsensusPeers({
    ...deps,
    network,
    consensusKey: identity.consensus.publicKey,
    told: toldAddress(options.consensusPeers),
    checkpoint: openStateSync(options, deps),
    verifyAhead: () =>
      new BlocksAhead(
        { chainContext, chainId: genesis.chain_id },
        { known, vrfInput: () => application.vrfInput, logger: logging.logger("chain") },
      ),
  });
}

/** The CometBFT peer network of a node with that identity. */
export function openCometNetwork(
  options: ConsensusPeerOptions,
  deps: Pick<OpenPeersDeps, "identity" | "logging"> & { readonly chainId: string; readonly moniker: string },
): CometNetwork {
  const { identity, logging, chainId, moniker } = deps;
  return new CometNetwork(
    { ...options, network: chainId, appVersion: CONSENSUS_APP_VERSION, moniker },
    {
      signer: identity.p2p,
      clock: systemPeerClock,
      random: systemRandom,
      resolve: resolveHost,
      logger: logging.logger("p2p"),
    },
  );
}

/** Where peers are told that the node is; null when it gives its address to nobody, or is reached by nobody. */
function toldAddress({ listen, externalAddress, exchange }: ConsensusPeerOptions): string | null {
  if (listen === null || exchange === "none") return null;
  const place = parseHostPort(externalAddress) ?? listen;
  return joinHostPort(place.host, place.port);
}

/** The machine's name, as the official node tells it; peers refuse one that is not printable. */
function moniker(): string {
  const name = hostname().replace(/[^\x20-\x7e]/g, "");
  return name.trim() === "" ? "oasis-node" : name;
}
