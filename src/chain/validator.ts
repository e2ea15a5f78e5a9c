import { EMPTY_BYTES } from "../codec/bytes.ts";
import { sha256 } from "../crypto/hash.ts";
import { malformed } from "./errors.ts";
import {
  bytes,
  embedded,
  encode,
  type Infer,
  int64,
  type Message,
  message,
  optional,
  scalar,
} from "./wire.ts";

/** Bytes of a consensus address. */
export const ADDRESS_SIZE = 20;

/** Bytes of an Ed25519 public key; the only key type of the network. */
export const PUBLIC_KEY_SIZE = 32;

const PublicKeyProto = message("tendermint.crypto.PublicKey", { ed25519: scalar(1, bytes) });

/** `tendermint.crypto.PublicKey` as the bare key; empty when it is of another kind. */
export const PublicKey: Message<Uint8Array> = {
  typeName: PublicKeyProto.typeName,
  zero: () => EMPTY_BYTES,
  write: (w, value) => PublicKeyProto.write(w, { ed25519: value }),
  merge: (r, value) => PublicKeyProto.merge(r, { ed25519: value }).ed25519,
};

/** One member of a validator set. Treated as immutable. */
export const Validator = message("tendermint.types.Validator", {
  /** 20 bytes, see {@link consensusAddress}. */
  address: scalar(1, bytes),
  pub_key: embedded(2, PublicKey),
  voting_power: scalar(3, int64),
  proposer_priority: scalar(4, int64),
});
export type Validator = Infer<typeof Validator>;

const SimpleValidator = message("tendermint.types.SimpleValidator", {
  pub_key: optional(1, PublicKey),
  voting_power: scalar(2, int64),
});

/** Address of a consensus key: the first 20 bytes of its SHA-256 (cometbft.md 1.2). */
export function consensusAddress(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, ADDRESS_SIZE);
}

/** A validator that has not been proposer yet. */
export function makeValidator(publicKey: Uint8Array, power: bigint): Validator {
  return {
    address: consensusAddress(publicKey),
    pub_key: publicKey,
    voting_power: power,
    proposer_priority: 0n,
  };
}

/** The leaf that a validator is in the `validators_hash`: key and power only. */
export function validatorLeaf({ pub_key, voting_power }: Validator): Uint8Array {
  return encode(SimpleValidator, { pub_key, voting_power });
}

/**
 * Checks one validator that came over the wire.
 * @throws ChainError
 */
export function checkValidator({ address, pub_key, voting_power }: Validator): void {
  if (pub_key.length !== PUBLIC_KEY_SIZE) throw malformed("validator key is not an Ed25519 key");
  if (voting_power < 0n) throw malformed("validator power is negative", { voting_power });
  if (address.length !== ADDRESS_SIZE) throw malformed("validator address is not 20 bytes");
}
