import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/schema.ts";
import { type KnownPeer, mergePeers, parseNamedPeer } from "../p2p/libp2p/known-peer.ts";
import { multiaddrOfAddress } from "../p2p/libp2p/multiaddr.ts";
import { type CommitteeNetworkOptions, SURPLUS_CONNECTIONS } from "../p2p/libp2p/network-options.ts";
import { type Address, parseAddress } from "../types/address.ts";
import { formatIp, isProbablyGloballyReachable, joinHostPort } from "../types/ip.ts";

/** How the node connects to ParaTime nodes: all but what the genesis document and the release say. */
export type CommitteePeerOptions = Omit<CommitteeNetworkOptions, "chainContext" | "userAgent"> & {
  /** Seeds only: whether peers with private addresses are told to others, and whether anybody is answered. */
  readonly allowPrivateIps: boolean;
  readonly isAnswering: boolean;
};

/**
 * The connections to ParaTime nodes as the configuration wants them (oasis-core v26.1 go/p2p/config); null for a node
 * that has nobody to connect to: it names no peers, and does not listen for consensus peers either.
 */
export function committeePeerOptions(config: Config): CommitteePeerOptions | null {
  const { common, consensus, p2p } = config;
  const { discovery, connection_manager, gossipsub } = p2p;
  const persistentPeers = named(connection_manager.persistent_peers);
  const seeds = named(p2p.seeds);
  if (consensus.listen_address === "" && persistentPeers.length === 0 && seeds.length === 0) return null;
  const isSeed = config.mode === "seed";
  const registered = addresses(p2p.registration.addresses);
  return {
    listen: { host: listenHost(registered), port: p2p.port },
    announce: registered.flatMap((address) => multiaddrOfAddress(address) ?? []),
    connections: {
      low: connection_manager.max_num_peers,
      high: connection_manager.max_num_peers + SURPLUS_CONNECTIONS,
      graceMs: connection_manager.peer_grace_period,
    },
    persistentPeers,
    blockedIps: p2p.connection_gater.blocked_peers,
    seeds: discovery.bootstrap.enable && !isSeed ? seeds : [],
    retentionMs: discovery.bootstrap.retention_period,
    gossip: {
      outboundQueue: gossipsub.peer_outbound_queue_size,
      validateQueue: gossipsub.validate_queue_size,
      perTopic: gossipsub.validate_concurrency,
      total: gossipsub.validate_throttle,
    },
    peersPath: join(common.data_dir, "p2p", isSeed ? "registrations.json" : "peers.json"),
    allowPrivateIps: discovery.bootstrap.allow_private_ips,
    isAnswering: discovery.bootstrap.enable,
  };
}

/**
 * Where to listen: everywhere, as the official node does, unless others are told of one place only and that is on
 * loopback. Nodes of a network on one machine are then not seen from outside, nor in the way of one another's ports.
 */
function listenHost(registered: readonly Address[]): string {
  const hosts = new Set(registered.map(({ IP }) => formatIp(IP)));
  const [host] = hosts;
  return hosts.size === 1 && /^(127\.|::1$)/.test(host!) ? host! : "0.0.0.0";
}

/**
 * The addresses for ParaTime nodes that the node registers: those of the configuration, else those of this machine
 * that can be reached from anywhere; from anywhere at all on networks for tests.
 */
export function registeredP2PAddresses({ p2p, debug }: Config): Address[] {
  if (p2p.registration.addresses.length > 0) return addresses(p2p.registration.addresses);
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .flatMap(({ address }) => parseAddress(joinHostPort(address, p2p.port)) ?? [])
    .filter(({ IP }) => debug.dont_blame_oasis || isProbablyGloballyReachable(IP));
}

function addresses(texts: readonly string[]): Address[] {
  return texts.flatMap((text) => parseAddress(text) ?? []);
}

/** Those that say their key; `<CometBFT id>@host:port` of the 21.x form does not. */
function named(texts: readonly string[]): KnownPeer[] {
  return mergePeers(texts.flatMap((text) => parseNamedPeer(text) ?? []));
}
