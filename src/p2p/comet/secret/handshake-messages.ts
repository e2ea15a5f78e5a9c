import { CodecError } from "../../../codec/errors.ts";
import { ProtoReader, WIRE_BYTES } from "../../../codec/proto.ts";
import { delimited } from "../delimited.ts";
import { PeerFault } from "../errors.ts";

/** Longest handshake message that is read; honest ones have 34 and 102 bytes. */
export const MAX_HANDSHAKE_MESSAGE = 256;
const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;

/** The key and the signature that prove who a peer is. */
export interface Authentication {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** The ephemeral key as the first message carries it: a protobuf BytesValue behind its length. */
export function encodeEphemeralKey(key: Uint8Array): Uint8Array {
  return delimited((w) => {
    w.tag(1, WIRE_BYTES);
    w.bytes(key);
  });
}

/** @throws PeerFault of kind `handshake` */
export function readEphemeralKey(message: Uint8Array): Uint8Array {
  const [key] = readFields(message, 1);
  return expectLength(key, KEY_LENGTH, "its ephemeral key is none");
}

/** `AuthSigMessage` behind its length. */
export function encodeAuthentication({ publicKey, signature }: Authentication): Uint8Array {
  return delimited((w) => {
    w.tag(1, WIRE_BYTES);
    w.nested(() => {
      w.tag(1, WIRE_BYTES);
      w.bytes(publicKey);
    });
    w.tag(2, WIRE_BYTES);
    w.bytes(signature);
  });
}

/** @throws PeerFault of kind `handshake`; also for keys other than Ed25519 */
export function readAuthentication(message: Uint8Array): Authentication {
  const [keyMessage, signature] = readFields(message, 2);
  const [publicKey] = readFields(keyMessage ?? new Uint8Array(0), 1);
  return {
    publicKey: expectLength(publicKey, KEY_LENGTH, "its key is no Ed25519 key"),
    signature: expectLength(signature, SIGNATURE_LENGTH, "its signature is none"),
  };
}

/** The byte fields 1 to `last` of a message. */
function readFields(message: Uint8Array, last: number): (Uint8Array | undefined)[] {
  const fields: (Uint8Array | undefined)[] = [];
  try {
    const r = new ProtoReader(message);
    while (!r.done) {
      const { field, wireType } = r.tag();
      if (field <= last && wireType === WIRE_BYTES) fields[field - 1] = r.bytes().slice();
      else r.skip(wireType);
    }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new PeerFault("handshake", "a handshake message does not decode", {}, { cause: error });
  }
  return fields;
}

function expectLength(bytes: Uint8Array | undefined, length: number, message: string): Uint8Array {
  if (bytes?.length !== length) throw new PeerFault("handshake", message, { length: bytes?.length ?? 0 });
  return bytes;
}
