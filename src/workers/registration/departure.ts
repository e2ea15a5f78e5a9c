import type { PublicKey } from "../../codec/common-types.ts";
import { getNode } from "../../consensus/registry/state.ts";
import { getCurrentValidators } from "../../consensus/scheduler/state.ts";
import type { NodeIdentity } from "../../crypto/identity.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Waiting } from "../../telemetry/waiting.ts";
import type { ConsensusView } from "../consensus-view.ts";
import type { Timers } from "../timers.ts";

/** Whether the node was asked to leave; on disk, so that a node which is restarted meanwhile goes on leaving. */
export interface LeaveRequest {
  isMade(): boolean;
  make(): void;
  clear(): void;
}

export interface DepartureDeps {
  identity: Pick<NodeIdentity, "node" | "consensus">;
  consensus: Pick<ConsensusView, "latestHeight" | "stateAt" | "onBlock">;
  request: LeaveRequest;
  timers: Pick<Timers, "now">;
  logger: Logger;
}

/**
 * A node's way out of the network: it registers no more, goes on with its work until the registry has forgotten it, and is
 * gone then (oasis-core v26.1 go/worker/registration/worker.go).
 *
 * The only validator does not wait: the official network would end with it, as the epoch after its registration has no
 * validators to elect.
 */
export class Departure {
  /** Resolves when nothing holds the node any more. */
  readonly done: Promise<void>;
  readonly #deps: DepartureDeps;
  readonly #finish: () => void;
  #sinceMs: number | null = null;
  #isOver = false;
  #dispose: Disposer = () => {};

  constructor(deps: DepartureDeps) {
    this.#deps = deps;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
  }

  /** When it began; null before that. Unix milliseconds. */
  get sinceMs(): number | null {
    return this.#sinceMs;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Goes on leaving where the node was asked to before it was stopped. */
  resume(): void {
    if (this.#deps.request.isMade()) this.#watch();
  }

  /** Begins to leave; does nothing when that has begun. */
  begin(): void {
    if (this.#sinceMs !== null) return;
    this.#deps.request.make();
    this.#watch();
  }

  /** A node that registers for nothing has nothing to wait for. */
  finish(): void {
    this.#sinceMs ??= this.#deps.timers.now();
    this.#over();
  }

  stop(): void {
    this.#dispose();
  }

  /** What it waits for while it leaves. */
  get waiting(): Waiting | null {
    if (this.#sinceMs === null || this.#isOver) return null;
    const { consensus, identity } = this.#deps;
    const tree = consensus.stateAt(consensus.latestHeight());
    const node = tree === null ? null : getNode(tree, identity.node.publicKey);
    return {
      for: "the network to forget this node, to stop then",
      sinceMs: this.#sinceMs,
      cause: node === null ? null : `it is registered up to epoch ${node.expiration}`,
      remedy: "none needed, the node stops by itself; SIGTERM stops it at once",
    };
  }

  #watch(): void {
    this.#sinceMs = this.#deps.timers.now();
    this.#deps.logger.info("the node registers no more, and stops when the network has forgotten it");
    this.#dispose = this.#deps.consensus.onBlock(() => this.#look());
    this.#look();
  }

  #look(): void {
    const { consensus, identity } = this.#deps;
    const tree = consensus.stateAt(consensus.latestHeight());
    if (tree === null) return;
    const isKnown = getNode(tree, identity.node.publicKey) !== null;
    if (isKnown && !isOnlyValidator(tree, identity.consensus.publicKey)) return;
    this.#over();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#dispose();
    this.#deps.request.clear();
    this.#deps.logger.info("the node has left the network");
    this.#finish();
  }
}

function isOnlyValidator(tree: ReadonlyTree, consensusKey: PublicKey): boolean {
  const validators = getCurrentValidators(tree);
  return validators.size === 1 && validators.has(Buffer.from(consensusKey).toString("hex"));
}
