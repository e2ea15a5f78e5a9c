import type { Address, Hash, PublicKey } from "../codec/common-types.ts";
import type { Blacklist } from "../crypto/blacklist.ts";
import type { VerifyOptions } from "../crypto/signature.ts";
import { Overlay } from "../storage/overlay.ts";
import type { KeyValueTree, ReadonlyTree } from "../storage/tree.ts";
import { stakingAddress } from "../types/account-address.ts";
import type { Costs } from "../types/common.ts";
import type { Parameters } from "../types/consensus.ts";
import type { AttestationVerifier } from "./attestation.ts";
import type { BlockContext } from "./block-context.ts";
import { currentEpoch, type EpochChange, epochAt, epochChanged } from "./epoch.ts";
import { InvariantError } from "./errors.ts";
import {
  type EmittedEvent,
  type EventAttribute,
  type EventKind,
  renderEvent,
  type ServiceName,
} from "./events.ts";
import { type GasAccountant, noGas } from "./gas.ts";
import type { MessageDispatcher, MessageKind, MessageResult } from "./messages.ts";

/** What is being executed. Transactions are `checkTx`, `deliverTx` or `simulateTx`. */
export type Mode = "initChain" | "checkTx" | "deliverTx" | "simulateTx" | "beginBlock" | "endBlock";

/** Facts about the chain that hold for a whole block, the same on every node unless marked local. */
export interface ChainFacts {
  /** 64 hex characters, the hash of the genesis document. */
  readonly chainContext: string;
  readonly initialHeight: bigint;
  /** `beacon.base` of the genesis document. */
  readonly baseEpoch: bigint;
  /** Version of the last committed state; `initialHeight - 1` before the first block. */
  readonly lastVersion: bigint;
  /** Root of the last committed state; null before the first block is committed. */
  readonly lastStateRoot: Hash | null;
  /** State of `lastVersion`; null before the first block is committed. Read only. */
  readonly committed: ReadonlyTree | null;
  /** Parameters at the end of the last block: limits and prices of the current one. */
  readonly consensusParameters: Readonly<Parameters>;
  /** Keys whose signatures never count: reserved ones, and those of the consensus parameters. */
  readonly blacklist: Blacklist;
  /** How signatures are verified: with that blacklist. */
  readonly signatures: VerifyOptions;
  readonly messages: MessageDispatcher;
  /** Verifies enclave attestations; null: descriptors with TEE capabilities give an UnsupportedError. */
  readonly attestation: AttestationVerifier | null;
  /** `debug.dont_blame_oasis` of the network: all its nodes set it alike (consensus-a.md 0.20). */
  readonly dontBlameOasis: boolean;
  /** Local: lowest gas price accepted into the mempool. */
  readonly localMinGasPrice: bigint;
  /** Local: the node's own transaction signer, exempt from the local price. */
  readonly ownTxSigner: PublicKey | null;
}

interface ContextParts {
  mode: Mode;
  chain: ChainFacts;
  block: BlockContext;
  state: KeyValueTree;
}

/**
 * Everything that a service function may touch while it executes: where it is, on whose behalf, the state, gas and
 * events.
 *
 * There is no rollback on failure: what a handler wrote before it threw stays written. A handler that must be atomic
 * runs its writes in {@link Context.transaction}; which of its writes go around that overlay, straight into the outer
 * `state`, is part of the protocol (consensus-a.md 1.9).
 */
export class Context {
  readonly mode: Mode;
  readonly chain: ChainFacts;
  readonly block: BlockContext;
  /** State that this context reads and writes. */
  readonly state: KeyValueTree;
  /** Nesting depth: 0 for the outermost context of a transaction or hook. */
  readonly depth: number;
  /** Mempool priority that CheckTx reports. */
  priority = 0n;

  #gas: GasAccountant = noGas;
  #txSigner: PublicKey | null = null;
  #caller: Address | null = null;
  #events: EmittedEvent[] = [];

  constructor(parts: ContextParts, parent: Context | null = null) {
    this.mode = parts.mode;
    this.chain = parts.chain;
    this.block = parts.block;
    this.state = parts.state;
    this.depth = parent === null ? 0 : parent.depth + 1;
    if (parent !== null) {
      this.#gas = parent.#gas;
      this.#txSigner = parent.#txSigner;
      this.#caller = parent.#caller;
    }
  }

  get isInitChain(): boolean {
    return this.mode === "initChain";
  }

  get isCheckOnly(): boolean {
    return this.mode === "checkTx";
  }

  get isSimulation(): boolean {
    return this.mode === "simulateTx";
  }

  // --- where we are ---

  /** Version of the last committed state; `initialHeight - 1` in InitChain and in the first block. */
  get lastHeight(): bigint {
    return this.chain.lastVersion;
  }

  /** Height of the block being executed. */
  get currentHeight(): bigint {
    return this.chain.lastVersion + 1n;
  }

  /** Block time in Unix nanoseconds; genesis time in InitChain; time of the last block in CheckTx and simulation. */
  get timeNs(): bigint {
    return this.block.facts.timeNs;
  }

  /** Block time in Unix seconds, rounded down. */
  get time(): bigint {
    const ns = this.timeNs;
    return ns >= 0n ? ns / 1_000_000_000n : -((-ns + 999_999_999n) / 1_000_000_000n);
  }

  /** Epoch of the block being executed; the invalid epoch in InitChain and in the first block. */
  currentEpoch(): bigint {
    return currentEpoch(this.chain, this.state);
  }

  /** Epoch stored in the working state, also in the first block. */
  epochAtCurrentHeight(): bigint {
    return epochAt(this.state);
  }

  /** Epoch stored in the state of the last block. */
  epochAtLastHeight(): bigint {
    return epochAt(this.chain.committed ?? this.state);
  }

  /** Whether this block starts an epoch; never true in the first two blocks. */
  epochChanged(): EpochChange {
    return epochChanged(this.chain, this.state);
  }

  // --- on whose behalf ---

  /** Verified signer of the outermost transaction, also inside subcalls. */
  get txSigner(): PublicKey {
    if (this.#txSigner === null) {
      throw new InvariantError(`no transaction signer in ${this.mode}`, { height: this.currentHeight });
    }
    return this.#txSigner;
  }

  /** Whether a transaction is being executed, rather than a hook or a runtime message. */
  get isTransaction(): boolean {
    return this.#txSigner !== null;
  }

  /** Account on whose behalf the method runs: the signer's, a vault's or a ParaTime's. */
  get caller(): Address {
    if (this.#caller === null) {
      throw new InvariantError(`no caller in ${this.mode}`, { height: this.currentHeight });
    }
    return this.#caller;
  }

  /** Sets signer and caller. Entry condition: the signature was verified, or this is a simulation. */
  setTxSigner(signer: PublicKey): void {
    this.#txSigner = signer;
    this.#caller = stakingAddress(signer);
  }

  // --- gas ---

  get gas(): GasAccountant {
    return this.#gas;
  }

  setGas(gas: GasAccountant): void {
    this.#gas = gas;
  }

  /** Charges `costs[op] * multiplier` to the gas meter of this context. */
  useGas(multiplier: number | bigint, op: string, costs: Costs): void {
    this.#gas.use(multiplier, op, costs);
  }

  // --- events ---

  /** Events of this context and of its finished children, in order. */
  get events(): readonly EmittedEvent[] {
    return this.#events;
  }

  emit<T>(kind: EventKind<T>, value: T, extra: readonly EventAttribute[] = []): void {
    this.#events.push(renderEvent(kind, value, extra));
  }

  /** Emits an event whose attribute values are plain text instead of CBOR; never provable. */
  emitPlain(service: ServiceName, attributes: readonly EventAttribute[]): void {
    this.#events.push({ service, attributes, provable: null });
  }

  /** Whether this context already holds an event of the kind; events of unfinished children do not count. */
  hasEvent(kind: Pick<EventKind<unknown>, "service" | "kind">): boolean {
    return this.#events.some(
      (event) => event.service === kind.service && event.attributes.some(({ key }) => key === kind.kind),
    );
  }

  // --- messages ---

  /** Sends a message to the services that handle it. @throws NoSubscribersError */
  publish<D>(kind: MessageKind<D>, data: D): MessageResult | null {
    return this.chain.messages.publish(this, kind, data);
  }

  // --- children ---

  /**
   * Runs `work` on an overlay of the state. State and events are kept only if it returns; gas stays spent either way.
   *
   * The overlay is written after whatever `work` wrote into the outer state directly, and wins on equal keys.
   */
  transaction<R>(work: (child: Context) => R): R {
    const overlay = new Overlay(this.state);
    const child = new Context(
      { mode: this.mode, chain: this.chain, block: this.block, state: overlay },
      this,
    );
    const result = work(child);
    overlay.commit();
    this.#take(child.#events);
    return result;
  }

  /** Runs `work` on the same state for another caller. Its events are kept even if it throws, as on the network. */
  asCaller<R>(caller: Address, work: (child: Context) => R): R {
    const child = this.#child(this.mode, this.state);
    child.#caller = caller;
    try {
      return work(child);
    } finally {
      if (!child.isSimulation) {
        this.#take(child.#events);
      }
    }
  }

  /** Runs `work` in simulation mode with the same gas meter: handlers only charge gas. State and events are dropped. */
  simulate<R>(work: (child: Context) => R): R {
    return work(this.#child("simulateTx", new Overlay(this.state)));
  }

  /** One by one: an epoch may bring more events than a call takes arguments. */
  #take(events: readonly EmittedEvent[]): void {
    for (const event of events) this.#events.push(event);
  }

  #child(mode: Mode, state: KeyValueTree): Context {
    return new Context({ mode, chain: this.chain, block: this.block, state }, this);
  }
}
