import sodium from "sodium-native";

/** The part of sodium-native that encrypted connections use. */
interface SodiumConnections {
  crypto_scalarmult(shared: Uint8Array, secret: Uint8Array, point: Uint8Array): void;
  crypto_scalarmult_base(point: Uint8Array, secret: Uint8Array): void;
  crypto_aead_chacha20poly1305_ietf_encrypt(
    sealed: Uint8Array,
    plain: Uint8Array,
    additional: null,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  crypto_aead_chacha20poly1305_ietf_decrypt(
    plain: Uint8Array,
    secretNonce: null,
    sealed: Uint8Array,
    additional: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
}

const native = sodium as unknown as SodiumConnections;

/** Public X25519 key of a 32-byte secret. */
export function x25519PublicKey(secret: Uint8Array): Uint8Array {
  const point = new Uint8Array(32);
  native.crypto_scalarmult_base(point, secret);
  return point;
}

/** Shared X25519 secret; undefined when it is all zero, as points of small order make it. */
export function x25519(secret: Uint8Array, point: Uint8Array): Uint8Array | undefined {
  const shared = new Uint8Array(32);
  try {
    native.crypto_scalarmult(shared, secret, point);
  } catch {
    return undefined;
  }
  return shared;
}

/** Encrypts `plain` into `sealed`, which is 16 bytes longer. ChaCha20-Poly1305, RFC 8439. */
export function seal(sealed: Uint8Array, plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): void {
  native.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, plain, null, null, nonce, key);
}

/** Decrypts `sealed` into `plain`, which is 16 bytes shorter. @returns false when it was not sealed with this key and nonce */
export function open(plain: Uint8Array, sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean {
  try {
    native.crypto_aead_chacha20poly1305_ietf_decrypt(plain, null, sealed, null, nonce, key);
    return true;
  } catch {
    return false;
  }
}
