/**
 * What the chain drives: the deterministic state machine behind the blocks.
 *
 * Calls come one at a time, in this order for each height: `prepareProposal` (only where this node proposes),
 * `processProposal` (once per distinct proposal), `finalizeBlock` (once, with the decided block), `commit`.
 * `checkTx` may come between any two of them, and sees the state of the last commit plus earlier checks.
 * After a start: `info`, then `initChain` when `lastHeight` is 0, then possibly `finalizeBlock` + `commit` for blocks
 * that were stored but not executed.
 *
 * All methods are synchronous. A method that throws has failed for a reason that no block can repair (storage gone,
 * an invariant broken, a stop for an upgrade): the engine halts and hands the error to its owner. Bad transactions
 * and bad proposals are results, not exceptions.
 *
 * Times are Unix time in nanoseconds. Sources: cometbft.md section 6, consensus-a.md sections 1.2 to 1.6.
 */
export interface Application {
  /** Height and app hash of the last commit; `{lastHeight: 0n, lastAppHash: empty}` before the first. */
  info(): ApplicationInfo;

  /** Builds the genesis state. Nothing is persisted before the first `commit`, so the call may come again. */
  initChain(input: InitChainInput): InitChainResult;

  /** Decides whether a transaction may enter (`new`) or stay in (`recheck`) the mempool. */
  checkTx(tx: Uint8Array, kind: CheckKind): CheckResult;

  /**
   * Chooses and completes the transactions of a block that this node proposes. The result must be accepted by
   * `processProposal` when the block is built from it, and must not be longer than `maxTxBytes`.
   */
  prepareProposal(input: PrepareProposalInput): Uint8Array[];

  /** Tells whether the block may be voted for. Executes on a scratch state; `finalizeBlock` may reuse the outcome. */
  processProposal(input: BlockInput): boolean;

  /** Executes a decided block: BeginBlock, DeliverTx for each transaction, EndBlock. Persists nothing. */
  finalizeBlock(input: BlockInput): BlockResults;

  /** Persists the state of the block given to the last `finalizeBlock`. */
  commit(): CommitResult;
}

export interface ApplicationInfo {
  lastHeight: bigint;
  /** State root after `lastHeight`; empty before the first commit. */
  lastAppHash: Uint8Array;
}

export interface InitChainInput {
  chainId: string;
  time: bigint;
  initialHeight: bigint;
  /** Genesis validators, derived from the genesis document (formats.md 3.4). */
  validators: ValidatorUpdate[];
}

export interface InitChainResult {
  /** State root that the header of the initial height carries. */
  appHash: Uint8Array;
  /** Replaces the validators of the genesis document; empty: those stand. */
  validators: ValidatorUpdate[];
}

export type CheckKind = "new" | "recheck";

export interface CheckResult {
  /** 0 = accepted; otherwise the number of the error within `codespace`. */
  code: number;
  /** Module of the error; empty when accepted. */
  codespace: string;
  /** Text of the error; empty when accepted. */
  log: string;
  gasWanted: bigint;
  /** Mempool priority: higher is proposed first and evicted last. */
  priority: bigint;
  /** Text that identifies the sender, for logs and limits; empty when unknown. */
  sender: string;
}

/** Validator of the previous height's set, as seen by the commit for that height. */
export interface VoteInfo {
  /** 20 bytes: the start of SHA-256 of the consensus public key. */
  address: Uint8Array;
  power: bigint;
  /** True for every vote that is in the commit, also one for nil. */
  signed: boolean;
}

/** Commit for the previous height, in the order of its validator set. Empty `votes` at the initial height. */
export interface LastCommitInfo {
  round: number;
  votes: VoteInfo[];
}

/** Proven misbehaviour of one validator (ABCI Misbehavior). */
export interface Misbehavior {
  type: "duplicate_vote" | "light_client_attack";
  validator: { address: Uint8Array; power: bigint };
  height: bigint;
  time: bigint;
  totalVotingPower: bigint;
}

/** What the application is told of a block, apart from its hash. */
export interface ProposalInput {
  height: bigint;
  time: bigint;
  proposerAddress: Uint8Array;
  lastCommit: LastCommitInfo;
  misbehavior: Misbehavior[];
  nextValidatorsHash: Uint8Array;
  txs: Uint8Array[];
}

export interface PrepareProposalInput extends ProposalInput {
  /** Most bytes that the protobuf `Data` of the block may take. */
  maxTxBytes: bigint;
}

/** A block that has a hash: to be judged or to be executed. */
export interface BlockInput extends ProposalInput {
  /** Header hash, 32 bytes. */
  hash: Uint8Array;
}

export interface EventAttribute {
  key: string;
  value: string;
  index: boolean;
}

/** ABCI event, e.g. type `oasis_event_100_staking`, key `transfer`, value base64 of the CBOR event (consensus-a.md 1.8). */
export interface AbciEvent {
  type: string;
  attributes: EventAttribute[];
}

/**
 * Result of one transaction (ABCI ResponseDeliverTx, names of the wire).
 * `code`, `data`, `gas_wanted` and `gas_used` enter the results hash (consensus-a.md 1.6).
 */
export interface TxResult {
  code: number;
  /** CBOR null (`f6`) on success, empty on failure. */
  data: Uint8Array;
  log: string;
  info: string;
  gas_wanted: bigint;
  gas_used: bigint;
  events: AbciEvent[];
  codespace: string;
}

/** New voting power of a validator; 0 removes it. */
export interface ValidatorUpdate {
  /** Ed25519 consensus public key, 32 bytes. */
  public_key: Uint8Array;
  power: bigint;
}

/** Everything that executing a block yields. At the initial height the events of `initChain` come first in `beginEvents`. */
export interface BlockResults {
  beginEvents: AbciEvent[];
  /** One per transaction, in order. */
  txResults: TxResult[];
  endEvents: AbciEvent[];
  /** Changes of the validator set; they sign from height + 2. */
  validatorUpdates: ValidatorUpdate[];
  /** Application version that EndBlock returns as a consensus parameter update (7 << 32). */
  appVersion: bigint;
}

export interface CommitResult {
  /** State root after the block; the next header's `app_hash`. */
  appHash: Uint8Array;
}
