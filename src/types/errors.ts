import { CodedError } from "../codec/errors.ts";

/** Makes a fresh error of one registered module and code pair. */
export interface WireError {
  (): CodedError;
  readonly module: string;
  readonly code: number;
  /** The registered text, which is the whole message of an error without context. */
  readonly text: string;
  /** Whether `error` carries this pair. */
  matches(error: unknown): boolean;
}

/** Every registered pair, in the order of declaration. */
const table: WireError[] = [];

function register<const N extends string>(
  module: string,
  prefix: string,
  errors: Readonly<Record<N, readonly [code: number, text: string]>>,
): Readonly<Record<N, WireError>> {
  const entries = Object.entries<readonly [number, string]>(errors).map(([name, [code, text]]) => {
    const message = `${prefix}${text}`;
    const wireError: WireError = Object.assign(() => new CodedError(module, code, message), {
      module,
      code,
      text: message,
      matches: (error: unknown) =>
        error instanceof CodedError && error.module === module && error.wireCode === code,
    });
    table.push(wireError);
    return [name, wireError] as const;
  });
  return Object.fromEntries(entries) as Record<N, WireError>;
}

/** Module and code of every failure that has no registered pair. */
export const UNKNOWN_MODULE = "unknown";

export const unknownErrors = register(UNKNOWN_MODULE, "", { unknown: [1, "unknown error"] });

export const consensusErrors = register("consensus", "consensus: ", {
  noCommittedBlocks: [1, "no committed blocks"],
  oversizedTx: [2, "oversized transaction"],
  versionNotFound: [3, "version not found"],
  unsupported: [4, "method not supported"],
  duplicateTx: [5, "duplicate transaction"],
  invalidArgument: [6, "invalid argument"],
});

export const transactionErrors = register("consensus/transaction", "transaction: ", {
  invalidNonce: [1, "invalid nonce"],
  insufficientFeeBalance: [2, "insufficient balance to pay fees"],
  gasPriceTooLow: [3, "gas price too low"],
  upgradePending: [4, "upgrade pending"],
  methodNotSupported: [5, "method not supported"],
});

export const beaconErrors = register("beacon", "beacon: ", {
  invalidArgument: [1, "invalid argument"],
  beaconNotAvailable: [2, "random beacon not available"],
});

export const controlErrors = register("control", "control: ", { notImplemented: [1, "not implemented"] });

export const governanceErrors = register("governance", "governance: ", {
  invalidArgument: [1, "invalid argument"],
  upgradeTooSoon: [2, "upgrade too soon"],
  upgradeAlreadyPending: [3, "upgrade already pending"],
  noSuchUpgrade: [4, "no such upgrade"],
  noSuchProposal: [5, "no such proposal"],
  notEligible: [6, "not eligible"],
  votingIsClosed: [7, "voting is closed"],
});

export const keymanagerErrors = register("keymanager", "keymanager: ", {
  invalidArgument: [1, "invalid argument"],
  noSuchStatus: [2, "no such status"],
  noSuchMasterSecret: [3, "no such master secret"],
  noSuchEphemeralSecret: [4, "no such ephemeral secret"],
});

export const churpErrors = register("keymanager/churp", "keymanager: churp: ", {
  noSuchStatus: [1, "no such status"],
});

export const registryErrors = register("registry", "registry: ", {
  invalidArgument: [1, "invalid argument"],
  invalidSignature: [2, "invalid signature"],
  badEntityForNode: [3, "unknown entity in node registration"],
  badEntityForRuntime: [4, "unknown entity in runtime registration"],
  noEnclaveForRuntime: [5, "no enclaves for TEE runtime registration"],
  badEnclaveIdentity: [6, "bad enclave id"],
  badCapabilitiesTeeHardware: [7, "bad capabilities.TEE.Hardware"],
  teeHardwareMismatch: [8, "runtime TEE.Hardware mismatches the one in registry"],
  noSuchEntity: [9, "no such entity"],
  noSuchNode: [10, "no such node"],
  noSuchRuntime: [11, "no such runtime"],
  incorrectTxSigner: [12, "incorrect tx signer"],
  nodeExpired: [13, "node expired"],
  nodeCannotBeUnfrozen: [14, "node cannot be unfrozen yet"],
  entityHasNodes: [15, "entity still has nodes"],
  forbidden: [16, "forbidden by policy"],
  nodeUpdateNotAllowed: [17, "node update not allowed"],
  runtimeUpdateNotAllowed: [18, "runtime update not allowed"],
  entityHasRuntimes: [19, "entity still has runtimes"],
});

export const roothashErrors = register("roothash", "roothash: ", {
  invalidArgument: [1, "invalid argument"],
  notFound: [2, "block not found"],
  invalidRuntime: [3, "invalid runtime"],
  noExecutorPool: [4, "no executor pool"],
  runtimeSuspended: [5, "runtime is suspended"],
  noCommittee: [6, "no committee"],
  maxMessagesTooBig: [7, "max runtime messages is too big"],
  runtimeDoesNotSlash: [8, "runtime does not slash"],
  duplicateEvidence: [9, "duplicate evidence"],
  invalidEvidence: [10, "invalid evidence"],
  incomingMessageQueueFull: [11, "incoming message queue full"],
  incomingMessageInsufficientFee: [12, "insufficient fee"],
  maxInMessagesTooBig: [13, "max incoming runtime messages is too big"],
});

export const commitmentErrors = register("roothash/commitment", "roothash/commitment: ", {
  noRuntime: [1, "no runtime configured"],
  noCommittee: [2, "no committee configured"],
  invalidCommitteeKind: [3, "invalid committee kind"],
  rakSigInvalid: [4, "batch RAK signature invalid"],
  notInCommittee: [5, "node not part of committee"],
  alreadyCommitted: [6, "node already sent commitment"],
  notBasedOnCorrectBlock: [7, "submitted commitment is not based on correct block"],
  discrepancyDetected: [8, "discrepancy detected"],
  stillWaiting: [9, "still waiting for commits"],
  insufficientVotes: [10, "insufficient votes to finalize discrepancy resolution round"],
  badExecutorCommitment: [11, "bad executor commitment"],
  invalidMessages: [13, "invalid messages"],
  timeoutNotCorrectRound: [15, "timeout not for correct round"],
  invalidRound: [16, "invalid round"],
  noSchedulerCommitment: [17, "no scheduler commitment"],
  badSchedulerCommitment: [18, "bad scheduler commitment"],
});

export const runtimeClientErrors = register("runtime/client", "client: ", {
  notFound: [1, "not found"],
  internal: [2, "internal error"],
  transactionExpired: [3, "transaction expired"],
  notSynced: [4, "not finished initial sync"],
  checkTxFailed: [5, "transaction check failed"],
  noHostedRuntime: [6, "no hosted runtime is available"],
});

export const stakingErrors = register("staking", "staking: ", {
  invalidArgument: [1, "invalid argument"],
  invalidSignature: [2, "invalid signature"],
  insufficientBalance: [3, "insufficient balance"],
  insufficientStake: [4, "insufficient stake"],
  forbidden: [5, "forbidden by policy"],
  invalidThreshold: [6, "invalid threshold"],
  tooManyAllowances: [7, "too many allowances"],
  underMinDelegationAmount: [8, "amount is lower than the minimum delegation amount"],
  underMinTransferAmount: [9, "amount is lower than the minimum transfer amount"],
  balanceTooLow: [10, "balance too low"],
  allowanceGreaterThanSupply: [11, "allowance greater than total supply"],
});

export const tokenErrors = register("staking/token", "staking/token: ", {
  invalidTokenValueExponent: [1, "invalid token's value exponent"],
});

export const storageErrors = register("storage", "storage: ", {
  cantProve: [1, "unable to provide proofs"],
  noRoots: [2, "no roots to generate receipt for"],
  expectedRootMismatch: [3, "expected root mismatch"],
  unsupported: [4, "method not supported by backend"],
  limitReached: [5, "limit reached"],
});

export const checkpointErrors = register("storage/mkvs/checkpoint", "", {
  notFound: [1, "checkpoint: not found"],
  chunkNotFound: [2, "checkpoint: chunk not found"],
  restoreAlreadyInProgress: [3, "checkpoint: restore already in progress"],
  noRestoreInProgress: [4, "checkpoint: no restore in progress"],
  chunkAlreadyRestored: [5, "checkpoint: chunk already restored"],
  chunkProofVerificationFailed: [6, "chunk: chunk proof verification failed"],
  chunkCorrupted: [7, "chunk: corrupted chunk"],
});

export const nodeDbErrors = register("storage/mkvs/db", "mkvs: ", {
  nodeNotFound: [1, "node not found in node db"],
  writeLogNotFound: [2, "write log not found in node db"],
  notFinalized: [3, "version is not yet finalized"],
  alreadyFinalized: [4, "version has already been finalized"],
  versionNotFound: [5, "version not found"],
  previousVersionMismatch: [6, "previous version mismatch"],
  versionWentBackwards: [7, "version went backwards"],
  rootNotFound: [8, "root not found"],
  rootMustFollowOld: [9, "root must follow old root"],
  badNamespace: [10, "bad namespace"],
  notEarliest: [11, "version is not the earliest version"],
  readOnly: [12, "read-only database"],
  multipartInProgress: [13, "multipart already in progress"],
  invalidMultipartVersion: [14, "operation called with different version than current multipart version"],
  upgradeInProgress: [15, "database upgrade in progress"],
  cannotPruneLatestVersion: [16, "cannot prune latest version"],
});

export const upgradeErrors = register("upgrade", "upgrade: ", {
  stopForUpgrade: [1, "reached upgrade epoch"],
  alreadyPending: [5, "submitted upgrade is already pending, can not resubmit descriptor"],
  upgradeInProgress: [6, "can not cancel upgrade in progress"],
  upgradeNotFound: [7, "not found"],
  badDescriptor: [8, "bad descriptor"],
});

export const vaultErrors = register("vault", "vault: ", {
  invalidArgument: [1, "invalid argument"],
  noSuchVault: [2, "no such vault"],
  noSuchState: [3, "no such state"],
  invalidNonce: [4, "invalid nonce"],
  forbidden: [5, "forbidden"],
  noSuchAction: [6, "no such action"],
  unsupportedAction: [7, "action not supported"],
});

export const verifierErrors = register("verifier", "verifier: ", {
  verificationFailed: [2, "light block verification failed"],
});

export const hostErrors = register("rhp/internal", "rhp: ", { notReady: [1, "not ready"] });

export const storageWorkerErrors = register("worker/storage", "worker/storage: ", {
  runtimeNotFound: [1, "runtime not found"],
  cantPauseCheckpointer: [2, "pausing checkpointer only available in debug mode"],
});

export const p2pRpcErrors = register("p2p/rpc", "rpc: ", {
  methodNotSupported: [1, "method not supported"],
  badRequest: [2, "bad request"],
});

export const bootstrapErrors = register("p2p/discovery/bootstrap", "bootstrap: ", {
  methodNotSupported: [1, "method not supported"],
  badRequest: [2, "bad request"],
  maliciousSeed: [3, "malicious seed"],
});

/** Every registered module and code pair (facts/api.md section 3). */
export const wireErrors: readonly WireError[] = table;

const byPair: ReadonlyMap<string, WireError> = new Map(table.map((e) => [`${e.module}/${e.code}`, e]));

/** The registered error of a pair from the wire; undefined for a ParaTime's own modules. */
export function findWireError(module: string, code: number): WireError | undefined {
  return byPair.get(`${module}/${code}`);
}

/** Module and code that a failure has on the wire: its own if it is coded, else `unknown` 1. */
export function wirePair(error: unknown): { readonly module: string; readonly code: number } {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof CodedError) return { module: e.module, code: e.wireCode };
  }
  return { module: UNKNOWN_MODULE, code: 1 };
}
