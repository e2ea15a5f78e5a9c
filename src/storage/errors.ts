import { CodedError, type ErrorData } from "../codec/errors.ts";

/**
 * Errors of the node database with their wire pairs. facts/formats.md 6.6; oasis-core v26.1
 * go/storage/mkvs/db/api/api.go.
 */
export const nodeDbErrors = declare("storage/mkvs/db", {
  nodeNotFound: [1, "mkvs: node not found in node db"],
  writeLogNotFound: [2, "mkvs: write log not found in node db"],
  notFinalized: [3, "mkvs: version is not yet finalized"],
  alreadyFinalized: [4, "mkvs: version has already been finalized"],
  versionNotFound: [5, "mkvs: version not found"],
  previousVersionMismatch: [6, "mkvs: previous version mismatch"],
  versionWentBackwards: [7, "mkvs: version went backwards"],
  rootNotFound: [8, "mkvs: root not found"],
  rootMustFollowOld: [9, "mkvs: root must follow old root"],
  badNamespace: [10, "mkvs: bad namespace"],
  notEarliest: [11, "mkvs: version is not the earliest version"],
  readOnly: [12, "mkvs: read-only database"],
  multipartInProgress: [13, "mkvs: multipart already in progress"],
  invalidMultipartVersion: [
    14,
    "mkvs: operation called with different version than current multipart version",
  ],
  upgradeInProgress: [15, "mkvs: database upgrade in progress"],
  cannotPruneLatest: [16, "mkvs: cannot prune latest version"],
});

/** Errors of the storage backend above it. oasis-core v26.1 go/storage/api/api.go. */
export const storageErrors = declare("storage", {
  cantProve: [1, "storage: unable to provide proofs"],
  noRoots: [2, "storage: no roots to generate receipt for"],
  rootMismatch: [3, "storage: expected root mismatch"],
  unsupported: [4, "storage: method not supported by backend"],
  limitReached: [5, "storage: limit reached"],
});

/** A function for each error that makes it, with context that follows the registered text. */
function declare<Name extends string>(
  module: string,
  table: Record<Name, [code: number, message: string]>,
): Record<Name, (context?: string, data?: ErrorData) => CodedError> {
  const errors = {} as Record<Name, (context?: string, data?: ErrorData) => CodedError>;
  for (const name of Object.keys(table) as Name[]) {
    const [code, message] = table[name];
    errors[name] = (context, data = {}) =>
      new CodedError(module, code, context === undefined ? message : `${message}: ${context}`, data);
  }
  return errors;
}
