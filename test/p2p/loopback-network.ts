import { connect as connectSocket, type Socket } from "node:net";
import { MemorySigner } from "../../src/crypto/memory-signer.ts";
import type { Channel } from "../../src/p2p/comet/channel.ts";
import type { PeerClock } from "../../src/p2p/comet/clock.ts";
import { systemPeerClock } from "../../src/p2p/comet/clock.ts";
import { CometNetwork, type CometNetworkOptions } from "../../src/p2p/comet/comet-network.ts";
import type { PeerFault } from "../../src/p2p/comet/errors.ts";
import { DEFAULT_SWITCH_OPTIONS } from "../../src/p2p/comet/net/switch-options.ts";
import { type NodeId, nodeIdOf } from "../../src/p2p/comet/node-id.ts";
import type { NodeInfo } from "../../src/p2p/comet/node-info.ts";
import { openConnection } from "../../src/p2p/comet/open-connection.ts";
import type { Peer } from "../../src/p2p/comet/peer.ts";
import type { PeerAddress } from "../../src/p2p/comet/peer-address.ts";
import { type Random, systemRandom } from "../../src/p2p/comet/random.ts";
import type { SecretSession } from "../../src/p2p/comet/secret/secret-handshake.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";

export const TEST_CHANNEL = 0x40;
export const TEST_NETWORK = "qanat-test";

/** A node of a peer network on loopback, with one channel of which everything is noted. */
export interface TestNode {
  readonly network: CometNetwork;
  readonly signer: MemorySigner;
  readonly id: NodeId;
  readonly messages: { readonly peer: Peer; readonly message: Uint8Array }[];
  readonly gone: { readonly peer: Peer; readonly reason: PeerFault }[];
  /** Where it is, once it is started. */
  readonly address: PeerAddress;
  /** Resolves once the condition holds; it is looked at whenever something happens to the node. */
  until(condition: () => boolean): Promise<void>;
}

export interface TestNodeOptions extends Partial<CometNetworkOptions> {
  readonly seed: number;
  readonly clock?: PeerClock;
  readonly random?: Random;
  readonly onMessage?: (peer: Peer, message: Uint8Array) => void;
  /** Whether it has the channel that notes everything; true when left out. */
  readonly channel?: boolean;
  readonly moreChannels?: readonly Channel[];
}

/** Jitter that is none, so that what is due at once happens at once; bytes are random. */
export const promptRandom: Random = { bytes: systemRandom.bytes, fraction: () => 0 };

/** Makes a node that is not started. */
export function testNode({
  seed,
  clock,
  random,
  onMessage,
  channel = true,
  moreChannels,
  ...options
}: TestNodeOptions): TestNode {
  const signer = MemorySigner.fromSeed(new Uint8Array(32).fill(seed));
  const network = new CometNetwork(
    {
      ...DEFAULT_SWITCH_OPTIONS,
      network: TEST_NETWORK,
      appVersion: 7n << 32n,
      moniker: `node-${seed}`,
      listen: { host: "127.0.0.1", port: 0 },
      allowsDuplicateIp: true,
      exchange: "none",
      seeds: [],
      privateIds: new Set(),
      isAddressBookStrict: false,
      addressBookPath: null,
      ...options,
    },
    {
      signer,
      clock: clock ?? systemPeerClock,
      random: random ?? promptRandom,
      resolve: () => Promise.reject(new Error("no names in tests")),
      logger: silentLogging.logger("p2p"),
    },
  );
  const messages: TestNode["messages"] = [];
  const gone: TestNode["gone"] = [];
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const look of [...waiting]) look();
  };
  const noting: Channel = {
    ...{ id: TEST_CHANNEL, priority: 5, sendQueue: 1000, receiveCap: 1_000_000 },
    onMessage(peer, message) {
      messages.push({ peer, message });
      onMessage?.(peer, message);
      changed();
    },
    onPeer: changed,
    onPeerGone(peer, reason) {
      gone.push({ peer, reason });
      changed();
    },
  };
  if (channel) network.register(noting);
  for (const more of moreChannels ?? []) network.register(more);
  return {
    ...{ network, signer, messages, gone, id: network.id },
    get address() {
      return { id: network.id, ...network.listening! };
    },
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** A hostile peer: connected, authenticated, and free to send any bytes. */
export interface RawPeer {
  readonly socket: Socket;
  readonly session: SecretSession;
  readonly id: NodeId;
  /** Sends bytes inside frames. */
  send(bytes: Uint8Array): void;
  /** Resolves once the other side has closed the connection. */
  readonly closed: Promise<void>;
}

export function rawInfo(signer: MemorySigner, change: Partial<NodeInfo> = {}): NodeInfo {
  return {
    ...{ p2pVersion: 8n, blockVersion: 11n, appVersion: 7n << 32n, software: "0.37.16" },
    ...{ id: nodeIdOf(signer.publicKey), listenAddress: "tcp://127.0.0.1:1", network: TEST_NETWORK },
    ...{ channels: Uint8Array.of(TEST_CHANNEL, 0), moniker: "raw", txIndex: "off", rpcAddress: "" },
    ...change,
  };
}

/** Connects to a node without any of our own connection's manners. @param from local IP to connect from */
export async function rawPeer(
  { host, port }: PeerAddress,
  seed: number,
  change: Partial<NodeInfo> = {},
  from = "127.0.0.1",
): Promise<RawPeer> {
  const signer = MemorySigner.fromSeed(new Uint8Array(32).fill(seed));
  const socket = await rawSocket(host, port, from);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const { session } = await openConnection(
    socket,
    { nodeInfo: rawInfo(signer, change), expectedId: null, secretTimeoutMs: 5000, nodeInfoTimeoutMs: 5000 },
    { signer, random: systemRandom, clock: systemPeerClock, admit: () => {} },
    new AbortController().signal,
  );
  socket.resume();
  return {
    ...{ socket, session, closed, id: nodeIdOf(signer.publicKey) },
    send(bytes) {
      session.sealer.write(bytes);
      session.sealer.flush();
      socket.write(session.sealer.take());
    },
  };
}

export function rawSocket(host: string, port: number, from = "127.0.0.1"): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, localAddress: from });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.on("error", () => {});
      resolve(socket);
    });
  });
}
