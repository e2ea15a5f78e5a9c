import { join } from "node:path";
import { equal } from "../../codec/bytes.ts";
import { type Disposer, Emitter } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { BlockExecutor, CommittedBlock } from "../block-executor.ts";
import type { ChainState } from "../chain-state.ts";
import { type ChainClock, timeOf } from "../clock.ts";
import type { ConsensusSigner } from "../consensus-signature.ts";
import { ChainError } from "../errors.ts";
import { type OwnSignature, ownSignature } from "../own-signatures.ts";
import { SIGN_STATE_FILE, SignState } from "../sign-state.ts";
import { consensusAddress } from "../validator.ts";
import { SIGNED_MSG_TYPE, type Vote } from "../vote.ts";
import type { VoteSet } from "../vote-set.ts";
import { handleInput, type RejectedMessage } from "./handle-input.ts";
import { createMachine, type RoundMachine } from "./machine.ts";
import type {
  Decision,
  RoundDeps,
  RoundEvent,
  RoundInput,
  RoundMessage,
  RoundTimeoutInput,
} from "./round-input.ts";
import { startRounds } from "./start-height.ts";
import { STEP, type Step, stepName } from "./step.ts";
import type { RoundTiming } from "./timing.ts";
import { type RecordedInput, Wal } from "./wal.ts";

/** Name of the write-ahead log in the consensus data directory. */
export const WAL_FILE = "rounds.wal";

export interface RoundDriverOptions {
  timing: RoundTiming;
  /** Directory of the sign state and the write-ahead log; exists. */
  directory: string;
}

export interface RoundDriverDeps {
  clock: ChainClock;
  /** Null: follow only, never sign. */
  signer: ConsensusSigner | null;
  executor: BlockExecutor;
  hasTransactions(): boolean;
  /** Whether the last block changed the application's state. */
  lastBlockChangedState(state: ChainState): boolean;
  /** After each commit. */
  onCommitted(state: ChainState, committed: CommittedBlock): void;
  /** The next block tells what became of our signature for one; must not throw. */
  onSigned(signature: OwnSignature): void;
  /** Two votes of one validator that contradict each other. */
  onConflict(votes: readonly [Vote, Vote]): void;
  /** What the rounds tell, as it happens; must not throw. */
  onEvent(event: RoundEvent): void;
  /** A peer's message was not taken; must not throw. */
  onRejected(peer: string, error: RejectedMessage): void;
  /** The rounds cannot go on. */
  onHalt(error: unknown): void;
  logger: Logger;
}

/**
 * Carries out the rounds: feeds the machine one input at a time, keeps its time, its write-ahead log and its sign
 * state, and lets our messages out once they are safe on the disk.
 */
export class RoundDriver {
  readonly #deps: RoundDriverDeps;
  readonly #signState: SignState | null;
  readonly #wal: Wal;
  /** What the last run's log holds, until it is replayed. */
  #recorded: RecordedInput[];
  readonly #machine: RoundMachine;
  readonly #queue: RoundInput[] = [];
  readonly #outbox: RoundMessage[] = [];
  readonly #made = new Emitter<RoundMessage>();
  #timer: Disposer = () => {};
  #wakeUp: Disposer | null = null;
  #phase: "new" | "replaying" | "idle" | "busy" | "stopped" = "new";
  #sinceMs: number;
  /** The height at which this run began: what we signed before is not known. */
  readonly #firstHeight: bigint;

  /**
   * Opens the files.
   * @param state after the last block
   * @param lastCommit verified precommits for the last block; null before the first one
   * @throws ChainError of kind `sign-state`, the system's errors
   */
  constructor(
    options: RoundDriverOptions,
    deps: RoundDriverDeps,
    state: ChainState,
    lastCommit: VoteSet | null,
  ) {
    this.#deps = deps;
    this.#sinceMs = deps.clock.now();
    const { signer } = deps;
    this.#signState =
      signer === null ? null : SignState.open(join(options.directory, SIGN_STATE_FILE), signer);
    const { wal, inputs } = Wal.open(join(options.directory, WAL_FILE));
    this.#wal = wal;
    this.#recorded = inputs;
    const address = signer === null ? null : consensusAddress(signer.publicKey);
    this.#machine = createMachine(options.timing, this.#roundDeps(address), state, lastCommit);
    this.#firstHeight = this.#machine.height;
  }

  /** Where the rounds are, and since when (Unix milliseconds). */
  get position(): { height: bigint; round: number; step: Step; sinceMs: number } {
    const { height, round, step } = this.#machine;
    return { height, round, step, sinceMs: this.#sinceMs };
  }

  /** The machine, to read from. */
  get machine(): Readonly<RoundMachine> {
    return this.#machine;
  }

  /** Called with each message of ours, once it is safe on the disk. Without listeners nothing waits for the disk. */
  onMade(listener: (message: RoundMessage) => void): Disposer {
    return this.#made.subscribe(listener);
  }

  /**
   * Brings the machine to where the last run left it and sets it off.
   * @throws what the executor throws, should the last run have decided a block; ChainError of kind `sign-state` when
   *   we alone decide and have signed what cannot be made good
   */
  start(): void {
    this.#phase = "replaying";
    this.#adoptSignatures();
    for (const input of this.#recorded) handleInput(this.#machine, input);
    this.#recorded = [];
    this.#phase = "idle";
    startRounds(this.#machine);
    const lastVote = this.#lastSignedVote();
    if (lastVote !== null)
      this.#queue.push({ type: "message", message: { type: "vote", vote: lastVote }, peer: "" });
    this.#drain();
    this.#requireOwnVotes();
  }

  /** Takes a message of a peer. What is wrong with it is logged and returned by the machine to nobody else. */
  receive(message: RoundMessage, peer: string): void {
    this.#enqueue({ type: "message", message, peer });
  }

  /** Tells that the mempool is not empty. Some input is let in first, so that a block takes what comes together. */
  transactionsAvailable(): void {
    const { step, round } = this.#machine;
    if (this.#wakeUp !== null || step !== STEP.newRound || round !== 0) return;
    this.#wakeUp = this.#deps.clock.schedule(() => {
      this.#wakeUp = null;
      this.#enqueue({ type: "txs-available" });
    }, 0);
  }

  /** Ends the rounds; nothing is decided afterwards. */
  stop(): void {
    if (this.#phase === "stopped") return;
    const isBusy = this.#phase === "busy";
    this.#phase = "stopped";
    this.#cease();
    // Called by somebody whom we just told of a block: the input in hand is finished first.
    if (!isBusy) this.#close();
  }

  #enqueue(input: RoundInput): void {
    if (this.#phase === "stopped") return;
    this.#queue.push(input);
    if (this.#phase === "idle") this.#drain();
  }

  #drain(): void {
    this.#phase = "busy";
    try {
      for (let input = this.#queue.shift(); input !== undefined; input = this.#queue.shift())
        this.#handle(input);
      this.#release();
      if (!this.#isStopped()) this.#phase = "idle";
      else this.#close();
    } catch (error) {
      this.#halt(error);
    }
  }

  // A method, since the compiler believes that nobody else changes the phase.
  #isStopped(): boolean {
    return this.#phase === "stopped";
  }

  #handle(input: RoundInput): void {
    const rejected = handleInput(this.#machine, input);
    if (rejected !== null && input.type === "message") {
      const { code, message: reason } = rejected;
      // Anybody can send as many as they like.
      this.#deps.logger.debug(
        { type: input.message.type, peer: input.peer, code, reason },
        "rejected a consensus message",
      );
      if (input.peer !== "") this.#deps.onRejected(input.peer, rejected);
    }
  }

  /** Lets our messages out. */
  #release(): void {
    if (this.#outbox.length === 0) return;
    const messages = this.#outbox.splice(0);
    if (this.#made.listenerCount === 0) return;
    this.#flush();
    for (const message of messages) this.#made.emit(message);
  }

  /** From here on a crash forgets no signature, and the log leads to the same ones. */
  #flush(): void {
    this.#wal.sync();
    this.#signState?.persist();
  }

  #halt(error: unknown): void {
    this.#phase = "stopped";
    this.#cease();
    this.#wal.close();
    this.#deps.onHalt(error);
  }

  #cease(): void {
    this.#queue.length = 0;
    this.#timer();
    this.#wakeUp?.();
  }

  #close(): void {
    this.#flush();
    this.#wal.close();
  }

  /** Signatures that the sign state does not know, because they never left the process, still count. */
  #adoptSignatures(): void {
    const { deps, state, lastCommit, validators } = this.#machine;
    const { address } = deps;
    if (this.#signState === null || address === null) return;
    const lastVote = lastCommit?.vote(lastCommit.validators.indexOf(address)) ?? null;
    if (lastVote !== null) this.#signState.adopt(state.chain_id, { vote: lastVote });
    for (const input of this.#recorded) {
      if (input.type !== "message" || input.peer !== "") continue;
      const { message } = input;
      if (message.type === "vote" && equal(message.vote.validator_address, address)) {
        this.#signState.adopt(state.chain_id, { vote: message.vote });
      } else if (message.type === "proposal" && validators.indexOf(address) >= 0) {
        this.#signState.adopt(state.chain_id, { proposal: message.proposal });
      }
    }
  }

  #roundDeps(address: Uint8Array | null): RoundDeps {
    const { clock, executor, hasTransactions, lastBlockChangedState } = this.#deps;
    return {
      address,
      known: executor.known,
      now: () => timeOf(clock),
      hasTransactions,
      lastBlockChangedState,
      createBlock: (state, lastCommit) => executor.createBlock(state, lastCommit, address!),
      isValid: (state, block) => executor.isValid(state, block),
      isAcceptable: (state, block, hash) => executor.isAcceptable(state, block, hash),
      signVote: (vote) => this.#signState!.signVote(this.#machine.state.chain_id, vote),
      signProposal: (proposal) => this.#signState!.signProposal(this.#machine.state.chain_id, proposal),
      commit: (state, decision) => this.#commit(state, decision),
      record: (input) => {
        if (this.#phase !== "replaying" && input.type !== "txs-available") this.#wal.append(input);
      },
      emit: (event) => this.#carryOut(event),
    };
  }

  #commit(state: ChainState, decision: Decision): ChainState {
    // Our precommit goes out before the block is executed: the next proposer may not wait longer than for that.
    this.#release();
    this.#flush();
    this.#noteSignature(decision);
    const { state: next, committed } = this.#deps.executor.execute(state, decision);
    this.#wal.reset();
    this.#deps.onCommitted(next, committed);
    return next;
  }

  #noteSignature({ block }: Decision): void {
    const { lastCommit, deps, height } = this.#machine;
    if (height <= this.#firstHeight) return;
    const signature = ownSignature(block, lastCommit, deps.address);
    if (signature === null) return;
    if (signature.outcome !== "included") {
      this.#deps.logger.info({ ...signature }, "a commit is without this node's signature");
    }
    this.#deps.onSigned(signature);
  }

  #carryOut(event: RoundEvent): void {
    switch (event.type) {
      case "schedule":
        this.#schedule(event.timeout);
        break;
      case "made":
        this.#queue.push({ type: "message", message: event.message, peer: "" });
        this.#outbox.push(event.message);
        break;
      case "step": {
        this.#sinceMs = this.#deps.clock.now();
        const { height, round, step } = event;
        this.#deps.logger.trace({ height, round, step: stepName(step) }, "consensus step");
        break;
      }
      case "conflict":
        this.#reportConflict(event.votes);
        break;
      case "refused":
        this.#refused(event.signedType, event.error);
        break;
      case "vote":
      case "valid-block":
        break;
    }
    if (this.#phase !== "replaying") this.#deps.onEvent(event);
  }

  #reportConflict(votes: readonly [Vote, Vote]): void {
    const { address } = this.#machine.deps;
    const { height, round, validator_address } = votes[1];
    if (address !== null && equal(validator_address, address)) {
      this.#deps.logger.error({ height, round }, "somebody else votes with this node's consensus key");
    } else this.#deps.onConflict(votes);
  }

  #schedule(timeout: RoundTimeoutInput): void {
    this.#timer();
    if (this.#phase === "stopped") return;
    this.#timer = this.#deps.clock.schedule(() => this.#enqueue(timeout), timeout.durationMs);
  }

  #refused(signedType: number, error: ChainError): void {
    const { height, round } = this.#machine;
    if (this.#phase === "replaying") return;
    this.#deps.logger.error({ height, round, reason: error.message, data: error.data }, "did not sign");
    // Without a proposal of ours the round passes; without our vote, when there is no other, nothing ever will.
    if (signedType !== SIGNED_MSG_TYPE.proposal && this.#isAlone) throw error;
  }

  get #isAlone(): boolean {
    const { validators, deps } = this.#machine;
    return validators.size === 1 && deps.address !== null && validators.indexOf(deps.address) === 0;
  }

  /** The vote that the sign state holds, if it is for the current height: it counts even if the log lost it. */
  #lastSignedVote(): Vote | null {
    const { height, validators, deps } = this.#machine;
    const vote = this.#signState?.lastVote(height) ?? null;
    const index = deps.address === null ? -1 : validators.indexOf(deps.address);
    return vote === null || index < 0
      ? null
      : { ...vote, validator_address: deps.address!, validator_index: index };
  }

  /** Rather than wait for ever for a vote or a block that only we could have. */
  #requireOwnVotes(): void {
    const { step, round, height, votes, parts } = this.#machine;
    if (this.#isStopped() || !this.#isAlone) return;
    const signed = this.#signState!.position;
    if (signed.height > height) {
      throw new ChainError(
        "sign-state",
        `this node has signed for height ${signed.height} and its chain ends at ${height - 1n}: restore its database, for nobody else has the blocks in between`,
        { height, signed },
      );
    }
    const lacksPrevote = step === STEP.prevote && votes.prevotes(round)?.vote(0) === null;
    const lacksPrecommit = step === STEP.precommit && votes.precommits(round)?.vote(0) === null;
    const lacksBlock = step === STEP.commit && parts !== null && !parts.isComplete;
    if (!lacksPrevote && !lacksPrecommit && !lacksBlock) return;
    throw new ChainError(
      "sign-state",
      "this node has signed for a block that its write-ahead log does not hold",
      {
        height,
        round,
      },
    );
  }
}
