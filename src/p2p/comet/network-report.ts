import { NONE_NEEDED, type Waiting } from "../../telemetry/waiting.ts";
import type { PeerFault } from "./errors.ts";
import type { DialRecord } from "./net/dial-history.ts";
import type { Switch } from "./net/switch.ts";
import { dialText } from "./net-address.ts";
import type { NodeId } from "./node-id.ts";

/** One connected peer. */
export interface PeerReport {
  readonly id: NodeId;
  /** `ip:port`. */
  readonly address: string;
  readonly direction: "inbound" | "outbound";
  readonly moniker: string;
  readonly isPersistent: boolean;
  /** 0 when nothing is held against it, down to -100. */
  readonly score: number;
  readonly connectedAtMs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly droppedMessages: number;
}

/** The state of the peer network, for the node's status. */
export interface NetworkReport {
  readonly id: NodeId;
  /** `host:port`; null when we do not listen. */
  readonly listening: string | null;
  /** Whether anybody has ever connected to us. */
  readonly hadInbound: boolean;
  readonly knownAddresses: number;
  readonly peers: readonly PeerReport[];
  /** Addresses that were dialed and what each answered, newest first. */
  readonly dialed: readonly DialReport[];
  readonly banned: readonly { readonly name: string; readonly reason: string; readonly untilMs: number }[];
  /** What keeps us from having peers; null when there are some. */
  readonly waiting: Waiting | null;
}

/** The answer of one address. */
export interface DialReport {
  readonly address: string;
  readonly attempts: number;
  readonly lastAttemptMs: number;
  /** `connected`, or what went wrong. */
  readonly answer: string;
}

/** @param startedAtMs when the network was started, Unix milliseconds */
export function networkReport(net: Switch, knownAddresses: number, startedAtMs: number): NetworkReport {
  const peers = net.peers.map((peer): PeerReport => {
    const { sentBytes, receivedBytes, channels } = peer.counters;
    return {
      ...{ id: peer.id, address: dialText(peer.address), direction: peer.direction },
      ...{
        moniker: peer.nodeInfo.moniker,
        isPersistent: peer.isPersistent,
        connectedAtMs: peer.connectedAtMs,
      },
      ...{ sentBytes, receivedBytes, score: net.gate.standing(peer.id).score },
      droppedMessages: channels.reduce((sum, { droppedMessages }) => sum + droppedMessages, 0),
    };
  });
  const records = net.history.records();
  return {
    id: net.ownId,
    listening: net.listening === null ? null : `${net.listening.host}:${net.listening.port}`,
    hadInbound: net.hadInbound,
    knownAddresses,
    peers,
    dialed: records.map(dialReport),
    banned: net.gate.banned().map(({ name, standing }) => ({
      name,
      reason: standing.reason,
      untilMs: standing.bannedUntilMs,
    })),
    waiting: peers.length > 0 ? null : waitingForPeers(records, startedAtMs),
  };
}

function dialReport({ address, attempts, lastAttemptMs, answer }: DialRecord): DialReport {
  return {
    ...{ address, attempts, lastAttemptMs },
    answer: answer.type === "connected" ? "connected" : faultText(answer.fault),
  };
}

/** The fault with what is worth knowing of its data. */
export function faultText({ message, data }: PeerFault): string {
  const facts = ["theirs", "ours", "expected", "id", "code", "reason"]
    .filter((name) => data[name] !== undefined)
    .map((name) => `${name}: ${String(data[name])}`);
  return facts.length === 0 ? message : `${message} (${facts.join(", ")})`;
}

/** Why there are no peers, by what the addresses answered. */
function waitingForPeers(records: readonly DialRecord[], startedAtMs: number): Waiting {
  const base = { for: "consensus peers", sinceMs: startedAtMs };
  const faults = records.flatMap(({ answer }) => (answer.type === "failed" ? [answer.fault] : []));
  const [newest] = faults;
  if (newest === undefined) {
    if (records.length > 0) return { ...base, cause: "all peers have gone", remedy: NONE_NEEDED };
    return {
      ...base,
      cause: "no address has been dialed",
      remedy:
        "name seeds or persistent peers in the configuration, unless others are to connect to this node",
    };
  }
  const cause = `${records.length} addresses were dialed; the last answer: ${faultText(newest)}`;
  return { ...base, cause, remedy: remedyFor(faults) };
}

function remedyFor(faults: readonly PeerFault[]): string {
  const all = (kind: PeerFault["kind"]) => faults.every((fault) => fault.kind === kind);
  if (all("incompatible")) return "check that the genesis document is that of the network you want to join";
  if (all("unreachable"))
    return "check the addresses, and that this machine and its firewall allow outgoing connections";
  if (all("identity")) return "check the ids in the addresses: other nodes are there";
  if (all("closed") || all("timeout")) {
    return "the peers do not let this node in: they are full, or already connected to another node with this IP; try others";
  }
  return NONE_NEEDED;
}
