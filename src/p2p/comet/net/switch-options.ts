import { type ConnectionOptions, DEFAULT_CONNECTION_OPTIONS } from "../mux/connection-options.ts";
import type { NodeId } from "../node-id.ts";
import { HANDSHAKE_TIMEOUT_MS } from "../open-connection.ts";
import type { PeerAddress } from "../peer-address.ts";

/** How a node connects to its peers. */
export interface SwitchOptions {
  /** CometBFT chain ID. */
  readonly network: string;
  /** Version of the application, `7 << 32` for consensus protocol 7. */
  readonly appVersion: bigint;
  /** The node's name, printable ASCII. */
  readonly moniker: string;
  /** What NodeInfo says about an index of transactions; a seed says nothing. */
  readonly txIndex: "off" | "";
  /** Where to listen; null for nowhere. Port 0: the system chooses. */
  readonly listen: { readonly host: string; readonly port: number } | null;
  /** Where others reach us, `tcp://host:port`; "" for the address we listen on. */
  readonly externalAddress: string;
  readonly maxInbound: number;
  readonly maxOutbound: number;
  readonly persistentPeers: readonly PeerAddress[];
  /** Longest pause between attempts to reach a persistent peer; 0 for no limit. */
  readonly persistentMaxPauseMs: number;
  readonly unconditionalIds: ReadonlySet<NodeId>;
  /** Whether several peers may have one IP: for test networks on one machine. */
  readonly allowsDuplicateIp: boolean;
  readonly dialTimeoutMs: number;
  readonly secretTimeoutMs: number;
  readonly nodeInfoTimeoutMs: number;
  readonly connection: Omit<ConnectionOptions, "channels">;
}

/** Defaults of the official node (cometbft.md 1.4). */
export const DEFAULT_SWITCH_OPTIONS = {
  txIndex: "off",
  listen: { host: "0.0.0.0", port: 26656 },
  externalAddress: "",
  maxInbound: 100,
  maxOutbound: 20,
  persistentPeers: [],
  persistentMaxPauseMs: 0,
  unconditionalIds: new Set<NodeId>(),
  allowsDuplicateIp: false,
  // The official node waits for one second, in which one lost packet is one too many.
  dialTimeoutMs: 3000,
  secretTimeoutMs: HANDSHAKE_TIMEOUT_MS,
  nodeInfoTimeoutMs: HANDSHAKE_TIMEOUT_MS,
  connection: DEFAULT_CONNECTION_OPTIONS,
} as const satisfies Partial<SwitchOptions>;
