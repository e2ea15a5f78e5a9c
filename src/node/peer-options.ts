import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { QanatError } from "../codec/errors.ts";
import type { Config } from "../config/schema.ts";
import type { CometNetworkOptions } from "../p2p/comet/comet-network.ts";
import { DEFAULT_SWITCH_OPTIONS } from "../p2p/comet/net/switch-options.ts";
import type { NodeId } from "../p2p/comet/node-id.ts";
import { type PeerAddress, parseHostPort, parsePeerAddress, parsePeerId } from "../p2p/comet/peer-address.ts";
import { type Address, parseAddress } from "../types/address.ts";
import { joinHostPort } from "../types/ip.ts";

/** How the node connects to consensus peers: all but what the genesis document and the keys say. */
export type ConsensusPeerOptions = Omit<CometNetworkOptions, "network" | "appVersion" | "moniker"> & {
  /** Seeds only: the address book begins with the validators of the genesis document. */
  readonly learnsFromGenesis: boolean;
};

/**
 * The connections to consensus peers as the configuration wants them (oasis-core v26.1
 * go/consensus/cometbft/full/full.go and seed/seed.go).
 * @throws QanatError `config/address` for an address to listen on that is none
 */
export function consensusPeerOptions(config: Config): ConsensusPeerOptions {
  const { common, consensus, p2p, debug } = config;
  const { p2p: peers, debug: switches } = consensus;
  const isSeed = config.mode === "seed";
  // A sentry's upstream nodes are known to it alone, and never lack a place.
  const upstream = addresses(consensus.sentry_upstream_addresses);
  const upstreamIds = upstream.map(({ id }) => id);
  return {
    ...DEFAULT_SWITCH_OPTIONS,
    txIndex: isSeed ? "" : "off",
    listen: listenOn(consensus.listen_address),
    // What a seed says about itself is where it listens.
    externalAddress: isSeed ? "" : consensus.external_address,
    maxInbound: peers.max_num_inbound_peers,
    maxOutbound: peers.max_num_outbound_peers,
    persistentPeers: isSeed ? [] : [...addresses(peers.persistent_peers), ...upstream],
    persistentMaxPauseMs: peers.persistent_peers_max_dial_period,
    unconditionalIds: new Set([...ids(peers.unconditional_peers), ...upstreamIds]),
    privateIds: new Set(upstreamIds),
    // A seed has no filter of its own on its transport.
    allowsDuplicateIp: isSeed || (switches.allow_duplicate_ip && debug.dont_blame_oasis),
    connection: {
      ...DEFAULT_SWITCH_OPTIONS.connection,
      sendRate: peers.send_rate,
      receiveRate: peers.recv_rate,
    },
    exchange: isSeed ? "seed" : peers.disable_peer_exchange ? "none" : "node",
    seeds: addresses([...peers.seeds, ...p2p.seeds]),
    isAddressBookStrict: !(switches.addr_book_lenient && debug.dont_blame_oasis),
    addressBookPath: join(common.data_dir, isSeed ? "seed" : "consensus", "config", "addrbook.json"),
    learnsFromGenesis: isSeed && !(switches.disable_addr_book_from_genesis && debug.dont_blame_oasis),
  };
}

/**
 * The addresses for consensus peers that the node registers: the external one, else where it listens, with an address
 * of this machine when that is any of them. None when it has sentries: its own is not to be known.
 */
export function registeredConsensusAddresses({ consensus, runtime }: Config): Address[] {
  if (consensus.external_address === "" && runtime.sentry_addresses.length > 0) return [];
  const text = consensus.external_address === "" ? consensus.listen_address : consensus.external_address;
  const place = parseHostPort(text);
  if (place === null) return [];
  const host = place.host === "0.0.0.0" ? machineAddress() : place.host;
  const address = host === null ? null : parseAddress(joinHostPort(host, place.port));
  return address === null ? [] : [address];
}

/** An IPv4 address of this machine that others may reach; null when it has none but loopback. */
function machineAddress(): string | null {
  for (const entries of Object.values(networkInterfaces())) {
    for (const { family, internal, address } of entries ?? []) {
      if (family === "IPv4" && !internal) return address;
    }
  }
  return null;
}

function listenOn(text: string): { host: string; port: number } | null {
  if (text === "") return null;
  const place = parseHostPort(text);
  if (place === null) {
    throw new QanatError(
      "config/address",
      `consensus.listen_address: "${text}" is not an address like tcp://0.0.0.0:26656`,
    );
  }
  return place;
}

function addresses(texts: readonly string[]): PeerAddress[] {
  return texts.flatMap((text) => parsePeerAddress(text) ?? []);
}

function ids(texts: readonly string[]): NodeId[] {
  return texts.flatMap((text) => parsePeerId(text) ?? []);
}
