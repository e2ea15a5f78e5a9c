import type { PublicKey } from "../../codec/common-types.ts";
import { getEpoch } from "../../consensus/beacon/state.ts";
import { getNodeStatus } from "../../consensus/registry/state.ts";
import type { NodeIdentity } from "../../crypto/identity.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { NONE_NEEDED, type Waiting } from "../../telemetry/waiting.ts";
import type { Address } from "../../types/address.ts";
import { MultiSigned } from "../../types/common.ts";
import type { Node, NodeRuntime } from "../../types/node.ts";
import type { NodeStatus } from "../../types/registry.ts";
import type { ConsensusView } from "../consensus-view.ts";
import type { SubmissionManager } from "../submission.ts";
import { delay, type Timers } from "../timers.ts";
import { Departure, type LeaveRequest } from "./departure.ts";
import { nodeDescriptor, signNodeDescriptor } from "./node-descriptor.ts";
import { entityObstacle, findObstacle, type RegistrationObstacle } from "./registration-check.ts";
import type { RoleProvider } from "./role-provider.ts";
import { type Sentry, SentryAddresses } from "./sentry-addresses.ts";

export interface RegistrationOptions {
  /** The entity that vouches for the node; null: this node registers for nothing. */
  entityId: PublicKey | null;
  consensusAddresses: readonly Address[];
  p2pAddresses: readonly Address[];
  softwareVersion: string;
}

export interface RegistrationDeps {
  identity: NodeIdentity;
  consensus: ConsensusView;
  submission: SubmissionManager;
  providers: readonly RoleProvider[];
  /** Nodes that stand in front of this one: their addresses are registered in place of its own. */
  sentries?: readonly Sentry[];
  leaveRequest: LeaveRequest;
  timers: Timers;
  logger: Logger;
}

/** What the registration is doing. */
export type RegistrationState =
  /** Nothing to register: a client, or no role wanted. */
  | { readonly state: "notApplicable" }
  | { readonly state: "waiting"; readonly waiting: Waiting }
  | { readonly state: "registering"; readonly sinceMs: number }
  | { readonly state: "registered"; readonly sinceMs: number; readonly epoch: bigint }
  /** Asked to leave: no more registrations; `isOver` when the network no longer knows the node. */
  | { readonly state: "leaving"; readonly sinceMs: number; readonly isOver: boolean };

/** What the last attempts did, as `control status` shows it. Times are Unix milliseconds, 0 = never. */
export interface RegistrationHistory {
  lastAttemptSuccessful: boolean;
  lastAttemptError: string | null;
  lastAttemptMs: number;
  lastRegistrationMs: number;
  descriptor: Node | null;
}

/** Epochs that a registration lasts beyond the current one (facts/runtime.md section 7). */
const validEpochs = 2n;
const retryMs = 5_000;

/**
 * Keeps the node registered: at start, at every epoch, and when what it offers changes. Before it sends anything it
 * checks what the network would refuse, and says in its state what is missing.
 */
export class RegistrationWorker {
  readonly #options: RegistrationOptions;
  readonly #deps: RegistrationDeps;
  readonly #stopping = new AbortController();
  readonly #disposers: Disposer[] = [];
  readonly #departure: Departure;
  /** Null: peers reach this node itself. */
  readonly #sentries: SentryAddresses | null;
  #state: RegistrationState;
  #history: RegistrationHistory = {
    lastAttemptSuccessful: false,
    lastAttemptError: null,
    lastAttemptMs: 0,
    lastRegistrationMs: 0,
    descriptor: null,
  };
  /** Offer and epoch of the last successful registration. */
  #registered: { epoch: bigint; roles: number; runtimes: string } | null = null;
  #busy = false;

  constructor(options: RegistrationOptions, deps: RegistrationDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#departure = new Departure({ ...deps, request: deps.leaveRequest });
    const sentries = deps.sentries ?? [];
    this.#sentries =
      sentries.length === 0
        ? null
        : new SentryAddresses({ ...deps, sentries, changed: () => this.consider() });
    this.#state =
      options.entityId === null || deps.providers.length === 0
        ? { state: "notApplicable" }
        : {
            state: "waiting",
            waiting: {
              for: "the first block",
              sinceMs: deps.timers.now(),
              cause: null,
              remedy: NONE_NEEDED,
            },
          };
  }

  get state(): RegistrationState {
    const { sinceMs, isOver } = this.#departure;
    return sinceMs === null ? this.#state : { state: "leaving", sinceMs, isOver };
  }

  get history(): Readonly<RegistrationHistory> {
    return this.#history;
  }

  /** What the registry remembers about this node; null while it is not registered. */
  nodeStatus(): NodeStatus | null {
    const { consensus, identity } = this.#deps;
    const state = consensus.stateAt(consensus.latestHeight());
    return state === null ? null : getNodeStatus(state, identity.node.publicKey);
  }

  start(): void {
    if (this.#state.state === "notApplicable") return;
    this.#departure.resume();
    this.#disposers.push(this.#deps.consensus.onBlock(() => this.consider()));
    this.consider();
  }

  /** Looks whether a registration is due. Call it when a role provider's offer changed. */
  consider(): void {
    if (this.#busy || this.#stopping.signal.aborted || this.#state.state === "notApplicable") return;
    if (this.#departure.sinceMs !== null) return;
    const { consensus } = this.#deps;
    const tree = consensus.stateAt(consensus.latestHeight());
    if (tree === null) return;
    const offer = this.#offer();
    if (offer === null) return;
    const { epoch } = getEpoch(tree);
    const runtimes = offer.runtimes.map(runtimeKey).join();
    const last = this.#registered;
    if (last?.epoch === epoch && last.roles === offer.roles && last.runtimes === runtimes) {
      // What was not ready for a while is offered again, and the registration still holds.
      if (this.#state.state === "waiting") this.#enterRegistered(epoch);
      return;
    }

    const entityId = this.#options.entityId!;
    const unlisted = entityObstacle(tree, entityId, this.#deps.identity.node.publicKey);
    if (unlisted !== null) {
      this.#wait(unlisted);
      return;
    }
    const sentryAddresses = this.#sentries?.of(epoch) ?? null;
    if (this.#sentries !== null && sentryAddresses === null) {
      this.#wait(this.#sentries.obstacle);
      return;
    }
    const node = nodeDescriptor({
      identity: this.#deps.identity,
      sentryAddresses,
      entityId,
      expiration: epoch + validEpochs,
      roles: offer.roles,
      runtimes: offer.runtimes,
      consensusAddresses: this.#options.consensusAddresses,
      p2pAddresses: this.#options.p2pAddresses,
      softwareVersion: this.#options.softwareVersion,
    });
    const signed = signNodeDescriptor(this.#deps.identity, node);
    const fee = this.#deps.submission.estimateFee(
      this.#deps.identity.node,
      "registry.RegisterNode",
      MultiSigned,
      signed,
    );
    const obstacle = findObstacle(tree, node, fee);
    if (obstacle !== null) {
      this.#wait(obstacle);
      return;
    }
    this.#busy = true;
    void this.#register(node, signed, { epoch, roles: offer.roles, runtimes });
  }

  /**
   * Registers no more. The node goes on with its work, also after a restart, until the network has forgotten it.
   * `left` tells when that is.
   */
  requestLeave(): void {
    if (this.#state.state === "notApplicable") this.#departure.finish();
    else this.#departure.begin();
  }

  /** Resolves when the node was asked to leave and the network does not know it any more. */
  get left(): Promise<void> {
    return this.#departure.done;
  }

  /** What the registration, or the departure, waits for. */
  get waiting(): Waiting | null {
    const { state } = this;
    return state.state === "waiting" ? state.waiting : this.#departure.waiting;
  }

  stop(): void {
    this.#stopping.abort(new Error("the node is stopping"));
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#sentries?.stop();
    this.#departure.stop();
  }

  /** Everything that the node offers, or null while a part of it is not ready. */
  #offer(): { roles: number; runtimes: NodeRuntime[] } | null {
    let roles = 0;
    const runtimes: NodeRuntime[] = [];
    for (const provider of this.#deps.providers) {
      const offer = provider.offer();
      if (!offer.ready) {
        const cause = offer.waiting.cause ?? `${provider.name} is not ready`;
        this.#wait({ ...offer.waiting, cause }, offer.waiting.sinceMs);
        return null;
      }
      roles |= offer.roles;
      runtimes.push(...offer.runtimes);
    }
    return { roles, runtimes };
  }

  async #register(
    node: Node,
    signed: MultiSigned,
    registration: { epoch: bigint; roles: number; runtimes: string },
  ): Promise<void> {
    const { identity, submission, timers, logger } = this.#deps;
    const { signal } = this.#stopping;
    this.#state = { state: "registering", sinceMs: timers.now() };
    this.#history.lastAttemptMs = timers.now();
    try {
      await submission.submit(identity.node, "registry.RegisterNode", MultiSigned, signed, signal);
      this.#registered = registration;
      this.#history = {
        ...this.#history,
        lastAttemptSuccessful: true,
        lastAttemptError: null,
        lastRegistrationMs: timers.now(),
        descriptor: node,
      };
      this.#enterRegistered(registration.epoch);
      logger.info(
        { epoch: registration.epoch.toString(), expiration: node.expiration.toString() },
        "node registered",
      );
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      this.#history = { ...this.#history, lastAttemptSuccessful: false, lastAttemptError: message };
      this.#wait({
        for: "a registration that the network accepts",
        cause: message,
        remedy: "see the cause; tried again by itself",
      });
      logger.warn({ error: message }, "registration failed");
      await delay(timers, retryMs, signal).catch(() => {});
    } finally {
      this.#busy = false;
      this.consider();
    }
  }

  #enterRegistered(epoch: bigint): void {
    const sinceMs = this.#history.lastRegistrationMs;
    this.#state = { state: "registered", sinceMs, epoch };
  }

  /** @param sinceMs when what is waited for began; by default when it is seen for the first time */
  #wait({ for: what, cause, remedy }: RegistrationObstacle, sinceMs?: number): void {
    const current = this.#state.state === "waiting" ? this.#state.waiting : null;
    const isSame = current?.cause === cause && (current.for === what || current.sinceMs === sinceMs);
    this.#state = {
      state: "waiting",
      waiting: {
        for: what,
        sinceMs: sinceMs ?? (isSame ? current.sinceMs : this.#deps.timers.now()),
        cause,
        remedy,
      },
    };
    if (!isSame) this.#deps.logger.info({ for: what, cause, remedy }, "registration waits");
  }
}

function runtimeKey(runtime: NodeRuntime): string {
  const { major, minor, patch } = runtime.version;
  return `${Buffer.from(runtime.id).toString("hex")}/${major}.${minor}.${patch}`;
}
