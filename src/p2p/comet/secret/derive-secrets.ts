import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { compare, utf8 } from "../../../codec/bytes.ts";
import { PeerFault } from "../errors.ts";
import { MerlinTranscript } from "./merlin.ts";
import { x25519, x25519PublicKey } from "./native.ts";

/** What two ephemeral keys give (cometbft.md 2.1, steps 2 to 4). */
export interface ConnectionSecrets {
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  /** What both sides sign to show who they are. */
  readonly challenge: Uint8Array;
}

const KEY_LENGTH = 32;
const info = utf8("TENDERMINT_SECRET_CONNECTION_KEY_AND_CHALLENGE_GEN");

/** @throws PeerFault when the remote key is of small order */
export function deriveSecrets(ownSecret: Uint8Array, remoteKey: Uint8Array): ConnectionSecrets {
  const ownKey = x25519PublicKey(ownSecret);
  const shared = x25519(ownSecret, remoteKey);
  if (shared === undefined) throw new PeerFault("handshake", "the peer's ephemeral key is of small order");
  const isLower = compare(ownKey, remoteKey) < 0;
  const transcript = new MerlinTranscript("TENDERMINT_SECRET_CONNECTION_TRANSCRIPT_HASH");
  transcript.append("EPHEMERAL_LOWER_PUBLIC_KEY", isLower ? ownKey : remoteKey);
  transcript.append("EPHEMERAL_UPPER_PUBLIC_KEY", isLower ? remoteKey : ownKey);
  transcript.append("DH_SECRET", shared);
  const keys = hkdf(sha256, shared, undefined, info, 2 * KEY_LENGTH);
  const [first, second] = [keys.slice(0, KEY_LENGTH), keys.slice(KEY_LENGTH)];
  return {
    receiveKey: isLower ? first : second,
    sendKey: isLower ? second : first,
    challenge: transcript.challenge("SECRET_CONNECTION_MAC", 32),
  };
}
