import { NodeProvider } from "../api/node-provider.ts";
import { parseProviderAddress } from "../api/provider-address.ts";
import { systemClock } from "../chain/clock.ts";
import { LightError } from "../chain/light/errors.ts";
import { LightClient, type TrustAnchor } from "../chain/light/light-client.ts";
import { type LightPeerSource, lightProviders } from "../chain/light/peer-provider.ts";
import type { LightProvider } from "../chain/light/provider.ts";
import { fetchTrustRoot, type TrustRoot } from "../chain/light/trust-root.ts";
import { TrustedStore } from "../chain/light/trusted-store.ts";
import { LIGHT_VERIFY_DEFAULTS } from "../chain/light/verify-light-block.ts";
import { NANOS_PER_MILLISECOND } from "../chain/time.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Where a node's trust in blocks that it does not execute begins. */
export interface TrustOptions {
  /** How long a verified block is trusted. */
  readonly periodMs: number;
  /** The trusted block; null: the one that the sources agree on. */
  readonly root: TrustRoot | null;
  /** Height of the block that the sources are to agree on; 0: the newest that all have. */
  readonly height: bigint;
  /** Nodes that are asked for the trusted block, and for light blocks before all others. */
  readonly sources: readonly string[];
}

export interface LightClientParts {
  /** First 50 digits of the chain context. */
  readonly chainId: string;
  readonly environment: Environment;
  /** Peers that answer light clients; null where there is no such network. */
  readonly peers: LightPeerSource | null;
  /** More nodes to ask over their API. */
  readonly providers?: readonly string[];
  /** Told when a node's light block was wrong. */
  readonly rejected?: (name: string, reason: string) => void;
  readonly logger: Logger;
}

/** Peers that are asked: a primary and two witnesses, as in the official node. */
const PEER_PLACES = 3;

/** A node's light client, and the connections that it asks over. */
export interface OpenLightClient {
  readonly client: LightClient;
  /** The nodes that are asked over their API. */
  readonly nodes: readonly NodeProvider[];
  close(): void;
}

/**
 * Puts the light client together. Nothing is asked yet.
 * @throws LightError when there is nobody to ask or nothing to trust, QanatError `api/address`
 */
export function openLightClient(trust: TrustOptions, parts: LightClientParts): OpenLightClient {
  const { chainId, environment, peers, logger } = parts;
  const open = (text: string) => new NodeProvider(parseProviderAddress(text), parts.rejected);
  const sources = trust.sources.map(open);
  const more = new Set((parts.providers ?? []).filter((text) => !trust.sources.includes(text)));
  const nodes = [...sources, ...[...more].map(open)];
  const providers: LightProvider[] = [
    ...nodes,
    ...(peers === null ? [] : lightProviders(PEER_PLACES, peers)),
  ];
  const anchor = anchorOf(trust, sources, chainId);
  const trustingPeriod = BigInt(Math.round(trust.periodMs)) * NANOS_PER_MILLISECOND;
  const client = new LightClient(
    { verify: { ...LIGHT_VERIFY_DEFAULTS, chainId, trustingPeriod }, anchor },
    { providers, store: new TrustedStore(environment), clock: systemClock, logger },
  );
  return {
    client,
    nodes,
    close: () => {
      for (const node of nodes) node.close();
    },
  };
}

function anchorOf(
  { root, height }: TrustOptions,
  sources: readonly LightProvider[],
  chainId: string,
): TrustAnchor {
  if (root !== null) return { kind: "block", root };
  if (sources.length < 2) {
    throw new LightError(
      "root",
      "there is no block to trust: set consensus.light_client.trust.height and .hash, or name two nodes that must " +
        "agree in consensus.light_client.trust.sources",
    );
  }
  return { kind: "sources", fetch: (signal) => fetchTrustRoot(sources, chainId, height, signal) };
}
