import type { Duplex } from "node:stream";
import type { Signer } from "../../crypto/signature.ts";
import type { PeerClock } from "./clock.ts";
import { delimited } from "./delimited.ts";
import { PeerFault } from "./errors.ts";
import { nextChunk } from "./next-chunk.ts";
import { type NodeId, nodeIdOf } from "./node-id.ts";
import { checkNodeInfo, MAX_NODE_INFO, type NodeInfo, readNodeInfo, writeNodeInfo } from "./node-info.ts";
import type { Random } from "./random.ts";
import { SecretHandshake, type SecretSession } from "./secret/secret-handshake.ts";

export interface OpenConnectionOptions {
  /** What we say about ourselves. */
  readonly nodeInfo: NodeInfo;
  /** Who must be at the other end; null when somebody connected to us. */
  readonly expectedId: NodeId | null;
  /** Longest time for the encrypted connection, in milliseconds. */
  readonly secretTimeoutMs: number;
  /** Longest time for the exchange of node infos, in milliseconds. */
  readonly nodeInfoTimeoutMs: number;
}

export interface OpenConnectionDeps {
  readonly signer: Signer;
  readonly random: Random;
  readonly clock: PeerClock;
  /** Looks at the peer once its id is known, before anything is told to it; throws what speaks against it. */
  readonly admit: (id: NodeId) => void;
}

/** A stream that became a connection with a known peer. It is paused. */
export interface OpenConnection {
  readonly stream: Duplex;
  readonly session: SecretSession;
  readonly id: NodeId;
  readonly nodeInfo: NodeInfo;
}

/** Limits of `C:p2p/transport.go`, which hold whatever the configuration says. */
export const HANDSHAKE_TIMEOUT_MS = 3000;

/**
 * Makes a connection with a known peer out of a fresh stream: encryption and keys, then node infos, each of both sides
 * at once (cometbft.md 2.1 and 2.2). The time for each runs out however slowly bytes trickle in.
 *
 * The stream is destroyed on failure.
 * @throws PeerFault
 */
export async function openConnection(
  stream: Duplex,
  options: OpenConnectionOptions,
  deps: OpenConnectionDeps,
  signal: AbortSignal,
): Promise<OpenConnection> {
  // Between two reads nobody listens; an error then must not end the process.
  stream.on("error", ignore);
  try {
    const session = await withTimeout(
      deps.clock,
      options.secretTimeoutMs,
      "the encrypted connection",
      signal,
      (s) => shakeHands(stream, deps, s),
    );
    const id = nodeIdOf(session.remoteKey);
    if (options.expectedId !== null && options.expectedId !== id) {
      throw new PeerFault("identity", "somebody else is at that address", {
        id,
        expected: options.expectedId,
      });
    }
    if (options.nodeInfo.id !== id) deps.admit(id);
    const nodeInfo = await withTimeout(deps.clock, options.nodeInfoTimeoutMs, "its node info", signal, (s) =>
      exchangeNodeInfo(stream, session, options.nodeInfo, s),
    );
    checkNodeInfo(nodeInfo, id, options.nodeInfo);
    return { stream, session, id, nodeInfo };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

async function shakeHands(
  stream: Duplex,
  deps: OpenConnectionDeps,
  signal: AbortSignal,
): Promise<SecretSession> {
  const handshake = new SecretHandshake(deps.signer, deps.random.bytes(32));
  stream.write(handshake.hello);
  while (handshake.session === null) {
    const answer = handshake.push(await nextChunk(stream, signal));
    if (answer !== null) stream.write(answer);
  }
  return handshake.session;
}

async function exchangeNodeInfo(
  stream: Duplex,
  { sealer, opener, received }: SecretSession,
  own: NodeInfo,
  signal: AbortSignal,
): Promise<NodeInfo> {
  sealer.write(delimited((w) => writeNodeInfo(w, own)));
  sealer.flush();
  stream.write(sealer.take());
  for (;;) {
    const message = received.next(MAX_NODE_INFO);
    if (message !== null) return readNodeInfo(message);
    opener.push(await nextChunk(stream, signal), (data) => received.push(data));
  }
}

async function withTimeout<T>(
  clock: PeerClock,
  timeoutMs: number,
  what: string,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const cancel = clock.schedule(() => {
    controller.abort(new PeerFault("timeout", `waited too long for ${what}`, { timeoutMs }));
  }, timeoutMs);
  try {
    return await work(AbortSignal.any([outer, controller.signal]));
  } finally {
    cancel();
  }
}

function ignore(): void {}
