import { type Duplex, duplexPair } from "node:stream";
import { MemorySigner } from "../../src/crypto/memory-signer.ts";
import { nextChunk } from "../../src/p2p/comet/next-chunk.ts";
import { SecretHandshake, type SecretSession } from "../../src/p2p/comet/secret/secret-handshake.ts";

/** One end of an encrypted connection. */
export interface SecretEnd {
  readonly stream: Duplex;
  readonly session: SecretSession;
}

/** Both ends of an encrypted connection that exists in memory only. */
export async function secretPair(): Promise<[SecretEnd, SecretEnd]> {
  const [one, other] = duplexPair();
  return await Promise.all([shakeHands(one, 1), shakeHands(other, 2)]);
}

async function shakeHands(stream: Duplex, seed: number): Promise<SecretEnd> {
  const signer = MemorySigner.fromSeed(new Uint8Array(32).fill(seed));
  const handshake = new SecretHandshake(signer, new Uint8Array(32).fill(0x10 + seed));
  stream.on("error", () => {});
  stream.write(handshake.hello);
  while (handshake.session === null) {
    const answer = handshake.push(await nextChunk(stream, new AbortController().signal));
    if (answer !== null) stream.write(answer);
  }
  return { stream, session: handshake.session };
}

/** Resolves once all that is queued in streams and promises has been handled. */
export function settled(turns = 5): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number) => (left === 0 ? resolve() : setImmediate(() => next(left - 1)));
    next(turns);
  });
}
