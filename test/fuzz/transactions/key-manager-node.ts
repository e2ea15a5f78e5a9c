import type { Namespace, PublicKey } from "../../../src/codec/common-types.ts";
import { encode } from "../../../src/codec/schema.ts";
import { getMasterSecret, getStatus } from "../../../src/consensus/keymanager/secrets/state.ts";
import { contexts } from "../../../src/crypto/contexts.ts";
import { sha3_256 } from "../../../src/crypto/hash.ts";
import type { MemorySigner } from "../../../src/crypto/memory-signer.ts";
import { InitResponse, SignedInitResponse, SignedPolicySGX } from "../../../src/types/keymanager.ts";
import { insecureRak, isSgx } from "../cast.ts";
import { enclaveKeys } from "../enclave.ts";
import { maybeMutate } from "../mutate.ts";
import type { View } from "./draft.ts";

/** Key with which a node's enclave signs: everybody's where there is no enclave. */
export function attestedKey({ random }: View, node: PublicKey, id: Namespace): MemorySigner {
  return isSgx(id) && random.chance(0.99) ? enclaveKeys(node, id).rak : insecureRak;
}

/** What the enclave of a key manager node says when it starts; mostly what the chain expects. */
export function initResponse(view: View, node: PublicKey, id: Namespace): Uint8Array | null {
  const { random, state } = view;
  if (random.chance(0.05)) {
    return random.pick([null, random.bytes(3)]);
  }
  const status = getStatus(state, id);
  const policy = status?.next_policy ?? status?.policy ?? null;
  const secret = getMasterSecret(state, id);
  const expected: InitResponse = {
    is_secure: random.chance(0.9) ? (status?.is_secure ?? false) : true,
    checksum: random.chance(0.9) ? (status?.checksum ?? null) : random.bytes(32),
    next_checksum: random.chance(0.8) ? (secret?.secret.secret.checksum ?? null) : null,
    policy_checksum: random.weighted([
      [8, sha3_256(policy === null ? new Uint8Array(0) : encode(SignedPolicySGX, policy))],
      [1, null],
      [1, random.bytes(random.pick([31, 32]))],
    ]),
    rsk: random.chance(0.2) ? random.pick([insecureRak.publicKey, random.bytes(32)]) : null,
    next_rsk: random.chance(0.3) ? insecureRak.publicKey : null,
  };
  const response = maybeMutate(random, 0.05, InitResponse, expected);
  const signature = attestedKey(view, node, id).sign(
    contexts.keyManagerInitResponse,
    encode(InitResponse, response),
  );
  return encode(SignedInitResponse, {
    init_response: response,
    signature: random.chance(0.97) ? signature : random.bytes(64),
  });
}
