import { CodedError, QanatError } from "../codec/errors.ts";
import type { Descriptor } from "../types/upgrade.ts";

/**
 * The state machine found something that correct blocks and correct code cannot produce: corrupt state, a broken
 * invariant, a fatal error of a service hook, a malformed system transaction.
 *
 * Never a transaction result. A proposal that causes it is rejected; a decided block that causes it stops the node
 * (consensus-a.md 1.5).
 */
export class InvariantError extends QanatError {
  constructor(message: string, data: { height?: bigint; key?: string } = {}, options?: ErrorOptions) {
    super("consensus/invariant", message, data, options);
    this.name = "InvariantError";
  }
}

/**
 * The chain needs a part of the protocol that this version does not execute yet.
 *
 * Like an {@link InvariantError} it stops the block: guessing would give a wrong root.
 */
export class UnsupportedError extends QanatError {
  constructor(what: string, height: bigint) {
    super("consensus/unsupported", `${what} is not supported by this version (height ${height})`, {
      what,
      height,
    });
    this.name = "UnsupportedError";
  }
}

/** No block can follow on this node. Passes through proposals unlike other failures, since it is no fault of the block. */
export class StopError extends QanatError {}

/** Install another version, or start this one again. */
export const UPGRADE_REMEDY = {
  install:
    "install the version that the network upgrades to and start it with the same configuration and data directory",
  start: "start the node again",
} as const;

/** The network upgrades here, and this node cannot go on as it runs. */
export class StopForUpgradeError extends StopError {
  /**
   * @param height of the block that the upgrade is for, which is not executed
   * @param reason why it cannot go on, as a sentence
   */
  constructor(
    { handler, epoch }: Pick<Descriptor, "handler" | "epoch">,
    height: bigint,
    reason: string,
    remedy: string = UPGRADE_REMEDY.install,
  ) {
    super(
      "consensus/stop_for_upgrade",
      `halts for upgrade "${handler}" at epoch ${epoch}, after block ${height - 1n}: ${reason}; ${remedy}`,
      { handler, epoch, height },
    );
    this.name = "StopForUpgradeError";
  }
}

/** This node was told to stop here. */
export class LocalHaltError extends StopError {
  constructor(height: bigint, epoch: bigint) {
    super("consensus/halt", `stopping before height ${height} (epoch ${epoch}), as configured`, {
      height,
      epoch,
    });
    this.name = "LocalHaltError";
  }
}

/** One transaction of the block that this node is building cannot be executed; the others may be. */
export class ImpossibleTransactionError extends QanatError {
  /** Place of the transaction in the block. */
  readonly index: number;

  constructor(index: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      "consensus/impossible_transaction",
      `transaction ${index} cannot be executed: ${reason}`,
      { index },
      { cause },
    );
    this.name = "ImpossibleTransactionError";
    this.index = index;
  }
}

/** Nobody handles the published message. Not coded: reported as unknown/1 unless the publisher maps it. */
export class NoSubscribersError extends QanatError {
  constructor(kind: string) {
    super("consensus/no_subscribers", `no subscribers to message ${kind}`, { kind });
    this.name = "NoSubscribersError";
  }
}

/**
 * A failure without a wire code of its own, reported as `unknown`/1.
 *
 * The number is consensus data (consensus-a.md 0.4), so a handler that fails like this must do so on purpose.
 */
export class TxError extends CodedError {
  constructor(message: string) {
    super("unknown", 1, message);
    this.name = "TxError";
  }
}

/** Whether the error may become a transaction result; everything else must stop the block. */
export function isTxFailure(error: unknown): error is QanatError {
  return (
    error instanceof QanatError &&
    !(error instanceof InvariantError) &&
    !(error instanceof UnsupportedError) &&
    !(error instanceof ImpossibleTransactionError) &&
    !(error instanceof StopError)
  );
}
