import { concat } from "../../../codec/bytes.ts";
import type { Namespace } from "../../../codec/common-types.ts";
import { encode } from "../../../codec/schema.ts";
import { sha512_256 } from "../../../crypto/hash.ts";
import type { KeyValueTree, ReadonlyTree } from "../../../storage/tree.ts";
import {
  ConsensusParameters,
  SignedEncryptedEphemeralSecret,
  SignedEncryptedMasterSecret,
  Status,
} from "../../../types/keymanager.ts";
import type { Context } from "../../context.ts";
import { assertMayChangeParameters } from "../../params.ts";
import { decodeState, readSharedState, readState, requireState } from "../../state-value.ts";

// Keys: consensus-b.md section 1.
const STATUS = Uint8Array.of(0x70);
const PARAMETERS = Uint8Array.of(0x71);
const MASTER_SECRET = Uint8Array.of(0x72);
const EPHEMERAL_SECRET = Uint8Array.of(0x73);

export function getParameters(state: ReadonlyTree): Readonly<ConsensusParameters> {
  return requireState(
    readSharedState(state, ConsensusParameters, PARAMETERS),
    ConsensusParameters,
    PARAMETERS,
  );
}

export function setParameters(ctx: Context, parameters: ConsensusParameters): void {
  assertMayChangeParameters(ctx);
  ctx.state.insert(PARAMETERS, encode(ConsensusParameters, parameters));
}

/** Status of a key manager; null before its first epoch. The result belongs to the caller. */
export function getStatus(state: ReadonlyTree, id: Namespace): Status | null {
  return readState(state, Status, keyOf(STATUS, id));
}

/** All statuses, in order of the hashed ids. */
export function getStatuses(state: ReadonlyTree): Status[] {
  return Array.from(state.prefix(STATUS), ([key, value]) => decodeState(Status, key, value));
}

export function setStatus(state: KeyValueTree, status: Status): void {
  state.insert(keyOf(STATUS, status.id), encode(Status, status));
}

/** The master secret that was proposed last; null when none was. */
export function getMasterSecret(state: ReadonlyTree, id: Namespace): SignedEncryptedMasterSecret | null {
  return readState(state, SignedEncryptedMasterSecret, keyOf(MASTER_SECRET, id));
}

export function setMasterSecret(state: KeyValueTree, secret: SignedEncryptedMasterSecret): void {
  state.insert(keyOf(MASTER_SECRET, secret.secret.runtime_id), encode(SignedEncryptedMasterSecret, secret));
}

/** The ephemeral secret that was published last; null when none was. */
export function getEphemeralSecret(
  state: ReadonlyTree,
  id: Namespace,
): SignedEncryptedEphemeralSecret | null {
  return readState(state, SignedEncryptedEphemeralSecret, keyOf(EPHEMERAL_SECRET, id));
}

export function setEphemeralSecret(state: KeyValueTree, secret: SignedEncryptedEphemeralSecret): void {
  state.insert(
    keyOf(EPHEMERAL_SECRET, secret.secret.runtime_id),
    encode(SignedEncryptedEphemeralSecret, secret),
  );
}

function keyOf(prefix: Uint8Array, id: Namespace): Uint8Array {
  return concat(prefix, sha512_256(id));
}
