import { equal } from "../../../codec/bytes.ts";
import type { PublicKey } from "../../../codec/common-types.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { type Signer, verify } from "../../../crypto/signature.ts";
import { DelimitedReader } from "../delimited.ts";
import { PeerFault } from "../errors.ts";
import { deriveSecrets } from "./derive-secrets.ts";
import { FrameOpener, FrameSealer } from "./frames.ts";
import {
  encodeAuthentication,
  encodeEphemeralKey,
  MAX_HANDSHAKE_MESSAGE,
  readAuthentication,
  readEphemeralKey,
} from "./handshake-messages.ts";
import { x25519PublicKey } from "./native.ts";

/** An encrypted connection with somebody who proved to have a key. */
export interface SecretSession {
  readonly remoteKey: PublicKey;
  readonly sealer: FrameSealer;
  readonly opener: FrameOpener;
  /** Holds what the peer has sent after the handshake. */
  readonly received: DelimitedReader;
}

type Stage =
  | { step: "ephemeral-key" }
  | { step: "authentication"; sealer: FrameSealer; opener: FrameOpener; challenge: Uint8Array }
  | { step: "done"; session: SecretSession };

/**
 * The handshake of an encrypted connection, as a machine that takes the peer's bytes and gives ours
 * (cometbft.md 2.1): ephemeral keys in the clear, then in encrypted frames each side's key and its signature of the
 * challenge. Both sides do the same.
 */
export class SecretHandshake {
  /** What we send first. */
  readonly hello: Uint8Array;
  readonly #signer: Signer;
  readonly #ephemeralSecret: Uint8Array;
  /** The first message in the clear; then what the frames carry. */
  readonly #received = new DelimitedReader();
  #stage: Stage = { step: "ephemeral-key" };

  /** @param ephemeralSecret 32 random bytes that are used once */
  constructor(signer: Signer, ephemeralSecret: Uint8Array) {
    this.#signer = signer;
    this.#ephemeralSecret = ephemeralSecret;
    this.hello = encodeEphemeralKey(x25519PublicKey(ephemeralSecret));
  }

  /** The connection, once the handshake is done. */
  get session(): SecretSession | null {
    return this.#stage.step === "done" ? this.#stage.session : null;
  }

  /**
   * Takes bytes of the peer.
   * @returns bytes to send; null when there are none
   * @throws PeerFault when the handshake fails
   */
  push(bytes: Uint8Array): Uint8Array | null {
    if (this.#stage.step !== "ephemeral-key") {
      this.#pushFrames(bytes);
      return null;
    }
    // The first message is not encrypted, the bytes right behind it are: they must not be taken together.
    for (let i = 0; i < bytes.length; i++) {
      this.#received.push(bytes.subarray(i, i + 1));
      const message = this.#received.next(MAX_HANDSHAKE_MESSAGE);
      if (message === null) continue;
      const out = this.#agree(readEphemeralKey(message));
      this.#pushFrames(bytes.subarray(i + 1));
      return out;
    }
    return null;
  }

  #agree(remoteKey: Uint8Array): Uint8Array {
    if (equal(remoteKey, x25519PublicKey(this.#ephemeralSecret))) {
      throw new PeerFault("handshake", "the peer repeats our ephemeral key");
    }
    const secrets = deriveSecrets(this.#ephemeralSecret, remoteKey);
    const sealer = new FrameSealer(secrets.sendKey);
    const opener = new FrameOpener(secrets.receiveKey);
    const signature = this.#signer.sign(contexts.cometbft, secrets.challenge);
    this.#stage = { step: "authentication", sealer, opener, challenge: secrets.challenge };
    sealer.write(encodeAuthentication({ publicKey: this.#signer.publicKey, signature }));
    sealer.flush();
    return sealer.take();
  }

  #pushFrames(bytes: Uint8Array): void {
    if (this.#stage.step === "ephemeral-key") return;
    const { opener } = this.#stage.step === "done" ? this.#stage.session : this.#stage;
    opener.push(bytes, (data) => this.#received.push(data));
    if (this.#stage.step !== "authentication") return;
    const message = this.#received.next(MAX_HANDSHAKE_MESSAGE);
    if (message === null) return;
    const { sealer, challenge } = this.#stage;
    const { publicKey, signature } = readAuthentication(message);
    const remoteKey = publicKey as PublicKey;
    if (!verify(contexts.cometbft, remoteKey, challenge, signature)) {
      throw new PeerFault("handshake", "the signature of the challenge does not verify");
    }
    this.#stage = { step: "done", session: { remoteKey, sealer, opener, received: this.#received } };
  }
}
