import type { Namespace } from "../../codec/common-types.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import * as churpTypes from "../../types/churp.ts";
import { churpErrors, keymanagerErrors } from "../../types/errors.ts";
import type {
  Genesis,
  SignedEncryptedEphemeralSecret,
  SignedEncryptedMasterSecret,
  Status,
} from "../../types/keymanager.ts";
import { resetHandoff } from "./churp/handoff.ts";
import * as churp from "./churp/state.ts";
import * as secrets from "./secrets/state.ts";

// Queries of the API over the state of one height (facts/api.md 2.8). An empty list is null, which is how it goes over
// the wire.

/** Status of a key manager. @throws CodedError keymanager/2 */
export function queryStatus(state: ReadonlyTree, id: Namespace): Status {
  const status = secrets.getStatus(state, id);
  if (status === null) {
    throw keymanagerErrors.noSuchStatus();
  }
  return status;
}

export function queryStatuses(state: ReadonlyTree): Status[] | null {
  return nullIfEmpty(secrets.getStatuses(state));
}

/** The master secret that was proposed last. @throws CodedError keymanager/3 */
export function queryMasterSecret(state: ReadonlyTree, id: Namespace): SignedEncryptedMasterSecret {
  const secret = secrets.getMasterSecret(state, id);
  if (secret === null) {
    throw keymanagerErrors.noSuchMasterSecret();
  }
  return secret;
}

/** The ephemeral secret that was published last. @throws CodedError keymanager/4 */
export function queryEphemeralSecret(state: ReadonlyTree, id: Namespace): SignedEncryptedEphemeralSecret {
  const secret = secrets.getEphemeralSecret(state, id);
  if (secret === null) {
    throw keymanagerErrors.noSuchEphemeralSecret();
  }
  return secret;
}

/** The key manager part of a genesis document that continues from this state, without the schemes. */
export function querySecretsGenesis(state: ReadonlyTree): Genesis {
  const statuses = secrets.getStatuses(state).map((status): Status => ({ ...status, nodes: null }));
  return { params: secrets.getParameters(state), statuses: nullIfEmpty(statuses), churp: null };
}

/** A scheme. @throws CodedError keymanager/churp/1 */
export function queryChurpStatus(state: ReadonlyTree, runtimeId: Namespace, id: number): churpTypes.Status {
  const status = churp.getStatus(state, runtimeId, id);
  if (status === null) {
    throw churpErrors.noSuchStatus();
  }
  return status;
}

/** Schemes of one ParaTime, or all. */
export function queryChurpStatuses(state: ReadonlyTree, runtimeId?: Namespace): churpTypes.Status[] | null {
  return nullIfEmpty(churp.getStatuses(state, runtimeId));
}

export function queryChurpParameters(state: ReadonlyTree): Readonly<churpTypes.ConsensusParameters> {
  return churp.getParameters(state);
}

/** The schemes for a genesis document that continues from this state: without running handoffs. */
export function queryChurpGenesis(state: ReadonlyTree): churpTypes.Genesis {
  const statuses = churp
    .getStatuses(state)
    .map((status) => resetHandoff(status, churpTypes.HANDOFFS_DISABLED));
  return { params: churp.getParameters(state), statuses: nullIfEmpty(statuses) };
}

function nullIfEmpty<T>(items: T[]): T[] | null {
  return items.length === 0 ? null : items;
}
