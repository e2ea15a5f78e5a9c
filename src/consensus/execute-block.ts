import type { AbciEvent, BlockResults, TxResult, ValidatorUpdate } from "../chain/application.ts";
import type { Hash } from "../codec/common-types.ts";
import { CodedError, QanatError } from "../codec/errors.ts";
import type { MkvsTree } from "../storage/mkvs/mkvs-tree.ts";
import { Overlay } from "../storage/overlay.ts";
import { wirePair } from "../types/errors.ts";
import { CONSENSUS_APP_VERSION } from "../types/versions.ts";
import { BlockContext, type BlockFacts } from "./block-context.ts";
import { eventsRoot, verifyMetadata } from "./block-metadata.ts";
import { type ChainFacts, Context, type Mode } from "./context.ts";
import { ImpossibleTransactionError, InvariantError, isTxFailure } from "./errors.ts";
import { type EmittedEvent, eventType } from "./events.ts";
import { executeTransaction, type TransactionRules } from "./execute-transaction.ts";
import { LimitedGas, noGas } from "./gas.ts";
import { beginUpgrades, endUpgrades } from "./upgrade/run-upgrades.ts";

/** CBOR null, the data of every successful result. */
export const SUCCESS_DATA = Uint8Array.of(0xf6);
const NO_DATA = new Uint8Array(0);

/** What executing a block takes besides its contents. */
export interface BlockEnvironment extends TransactionRules {
  readonly chain: ChainFacts;
  /** Tree at the last commit (or the genesis state); the block's changes go into it at the end. */
  readonly tree: MkvsTree;
  /** Events of InitChain, which the first block reports. */
  readonly genesisEvents: readonly AbciEvent[];
  readonly observer: BlockObserver | null;
  /** Handlers of upgrades that this block is for and that the state does not know of. */
  readonly localUpgrades?: readonly string[];
}

/** Looks on while a block is executed, without influence on it. */
export interface BlockObserver {
  /** All changes of the block, before they reach the tree. */
  onChanges?(changes: Overlay): void;
  /** The outcome, before it is compared with what the proposer claims. */
  onExecuted?(executed: ExecutedBlock): void;
}

export interface ExecutedBlock {
  readonly results: BlockResults;
  /** State root after the block: the next header's app hash. */
  readonly stateRoot: Hash;
  readonly eventsRoot: Uint8Array;
}

/**
 * Executes a block: hooks of all services, each transaction, hooks again; network upgrades around them.
 * consensus-a.md 1.3.
 *
 * @throws what makes the block impossible: InvariantError, UnsupportedError, or a bug's TypeError;
 *   ImpossibleTransactionError when this node is building the block and a single transaction is to blame
 */
export function executeBlock(
  environment: BlockEnvironment,
  facts: BlockFacts,
  transactions: readonly Uint8Array[],
): ExecutedBlock {
  const { chain, tree } = environment;
  const limit = chain.consensusParameters.max_block_gas;
  const block = new BlockContext(facts, limit > 0n ? new LimitedGas(limit) : noGas);
  const state = new Overlay(tree);
  const contextOf = (mode: Mode) => new Context({ mode, chain, block, state });

  const begin = contextOf("beginBlock");
  beginUpgrades(begin, environment.localUpgrades);
  const beginEvents = [...environment.genesisEvents, ...runHooks(begin, environment, "beginBlock")];
  const txResults = transactions.map((raw, index) =>
    deliver(contextOf("deliverTx"), raw, index, environment),
  );
  const end = contextOf("endBlock");
  const validatorUpdates: ValidatorUpdate[] = [];
  const endEvents = runHooks(end, environment, "endBlock", (updates) => validatorUpdates.push(...updates));
  endUpgrades(end);

  environment.observer?.onChanges?.(state);
  state.commit();
  const executed: ExecutedBlock = {
    results: { beginEvents, txResults, endEvents, validatorUpdates, appVersion: CONSENSUS_APP_VERSION },
    stateRoot: tree.rootHash(),
    eventsRoot: eventsRoot(block.provableEvents),
  };
  environment.observer?.onExecuted?.(executed);
  if (!environment.proposing) {
    verifyMetadata(block.systemTransactions, executed);
  }
  return executed;
}

/** Runs one hook of all services and returns the events; a failure names service and height. */
function runHooks(
  ctx: Context,
  { services }: BlockEnvironment,
  hook: "beginBlock" | "endBlock",
  onUpdates?: (updates: ValidatorUpdate[]) => void,
): AbciEvent[] {
  for (const service of services.inHookOrder) {
    try {
      const updates = service[hook]?.(ctx) ?? null;
      if (updates !== null) {
        onUpdates?.(updates);
      }
    } catch (cause) {
      throw fatal(ctx, `${hook} of ${service.name}`, cause);
    }
  }
  return finish(ctx);
}

function deliver(ctx: Context, raw: Uint8Array, index: number, environment: BlockEnvironment): TxResult {
  let failure: QanatError | null = null;
  try {
    executeTransaction(ctx, raw, environment);
  } catch (error) {
    if (!isTxFailure(error)) {
      const cause = fatal(ctx, `transaction ${index}`, error);
      throw environment.proposing ? new ImpossibleTransactionError(index, cause) : cause;
    }
    failure = error;
  }
  const { module, code } = failure === null ? { module: "", code: 0 } : wirePair(failure);
  return {
    code,
    data: failure === null ? SUCCESS_DATA : NO_DATA,
    log: failure?.message ?? "",
    info: "",
    gas_wanted: BigInt.asIntN(64, ctx.gas.wanted),
    gas_used: BigInt.asIntN(64, ctx.gas.used),
    events: finish(ctx),
    codespace: module,
  };
}

/** Collects the provable events of a finished context and renders all of its events. */
function finish(ctx: Context): AbciEvent[] {
  for (const { provable } of ctx.events) {
    if (provable !== null) {
      ctx.block.provableEvents.push(provable);
    }
  }
  return ctx.events.map(renderAbci);
}

export function renderAbci({ service, attributes }: EmittedEvent): AbciEvent {
  return {
    type: eventType(service),
    attributes: attributes.map(({ key, value }) => ({ key, value, index: false })),
  };
}

/** Names the place of a failure that stops the block. Errors that say what is unsupported pass as they are. */
function fatal(ctx: Context, place: string, cause: unknown): unknown {
  if (cause instanceof QanatError && !(cause instanceof InvariantError) && !(cause instanceof CodedError)) {
    return cause;
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  const key = cause instanceof InvariantError ? cause.data.key : undefined;
  return new InvariantError(
    `${place} at height ${ctx.currentHeight}: ${message}`,
    { height: ctx.currentHeight, ...(typeof key === "string" && { key }) },
    { cause },
  );
}
