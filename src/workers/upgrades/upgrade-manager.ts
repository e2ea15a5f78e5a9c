import { equal } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { encode } from "../../codec/schema.ts";
import { StopForUpgradeError, UPGRADE_REMEDY } from "../../consensus/errors.ts";
import { upgradeHandlers } from "../../consensus/upgrade/handlers.ts";
import { isDue, type NextBlock } from "../../consensus/upgrade/next-block.ts";
import { upgradeObstacle } from "../../consensus/upgrade/upgrade-obstacle.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { upgradeErrors } from "../../types/errors.ts";
import { Descriptor, type PendingUpgrade } from "../../types/upgrade.ts";
import { UPGRADE_STAGE, type UpgradeEntry, type UpgradeStore } from "./upgrade-entry.ts";

/** Upgrades that a node keeps at most: nobody plans so many. */
export const MAX_PENDING_UPGRADES = 64;

/** Version of the structure that the API shows. */
const PENDING_UPGRADE_VERSION = 1;

export interface UpgradeManagerDeps {
  readonly store: UpgradeStore;
  readonly logger: Pick<Logger, "info" | "warn">;
}

/**
 * The network upgrades that this node waits for: those that governance has accepted, which the state tells of, and those
 * that its operator submitted (`control upgrade-binary`). oasis-core v26.1 go/upgrade.
 *
 * It decides whether the block of an upgrade can be executed here and now; carrying it out is the state machine's work.
 */
export class UpgradeManager {
  readonly #deps: UpgradeManagerDeps;
  #entries: readonly UpgradeEntry[];
  #next: NextBlock | null = null;

  constructor(deps: UpgradeManagerDeps) {
    this.#deps = deps;
    this.#entries = deps.store.load();
  }

  /** What the status shows. */
  get pending(): PendingUpgrade[] {
    return this.#entries
      .filter(({ cancelled }) => !cancelled)
      .map(({ descriptor, height, stage }) => ({
        v: PENDING_UPGRADE_VERSION,
        descriptor,
        upgrade_height: height,
        last_completed_stage: stage,
      }));
  }

  /**
   * Before anything of the node runs: an upgrade that the node has stopped for begins with this start.
   * @throws QanatError `node/upgrade` when this version is not the one that it is for
   */
  begin(): void {
    this.#keep(
      this.#entries.map((entry) => {
        const { descriptor, height } = entry;
        if (height === 0n) return entry;
        const obstacle = upgradeObstacle(descriptor);
        if (obstacle !== null) {
          throw new QanatError(
            "node/upgrade",
            `the node halted after block ${height} for upgrade "${descriptor.handler}" at epoch ${descriptor.epoch}, and this is not the version for it: ${obstacle}; ${UPGRADE_REMEDY.install}`,
            { handler: descriptor.handler, epoch: descriptor.epoch, height },
          );
        }
        this.#deps.logger.info(
          { handler: descriptor.handler, epoch: descriptor.epoch },
          "starting for an upgrade",
        );
        return { ...entry, stage: UPGRADE_STAGE.started, cancelled: false };
      }),
    );
  }

  /**
   * Takes an upgrade of the operator's.
   * @throws upgrade/5 when it is pending already, upgrade/8 when its epoch has begun or there are too many
   */
  submit(descriptor: Descriptor): void {
    const known = this.#find(descriptor);
    if (known !== undefined && !known.cancelled) throw upgradeErrors.alreadyPending();
    if (this.#next !== null && descriptor.epoch <= this.#next.epochBefore) {
      // Nodes that are told at different heights would carry it out in different blocks, and part.
      throw upgradeErrors
        .badDescriptor()
        .with(`epoch ${descriptor.epoch} has begun (it is ${this.#next.epochBefore}): name one to come`);
    }
    if (this.#entries.length >= MAX_PENDING_UPGRADES) {
      throw upgradeErrors.badDescriptor().with(`${MAX_PENDING_UPGRADES} upgrades are pending: cancel one`);
    }
    const entry = known ?? newEntry(descriptor, false);
    this.#keep([...this.#entries.filter((other) => other !== known), { ...entry, cancelled: false }]);
    this.#deps.logger.info(
      { handler: descriptor.handler, epoch: descriptor.epoch, obstacle: upgradeObstacle(descriptor) },
      "an upgrade is pending",
    );
  }

  /** Forgets an upgrade. One that is not known is none. @throws upgrade/6 when the node has stopped for it */
  cancel(descriptor: Descriptor): void {
    const known = this.#find(descriptor);
    if (known === undefined) return;
    if (known.height !== 0n || known.stage !== UPGRADE_STAGE.none) throw upgradeErrors.upgradeInProgress();
    const others = this.#entries.filter((other) => other !== known);
    this.#keep(known.accepted ? [...others, { ...known, cancelled: true }] : others);
    if (known.accepted) {
      this.#deps.logger.warn(
        { handler: descriptor.handler, epoch: descriptor.epoch },
        "cancelled on this node only: governance has accepted the upgrade, so that the node halts at its epoch",
      );
    }
  }

  /** Learns from the chain: which upgrades it accepted, gave up or has carried out. */
  settle(next: NextBlock): void {
    this.#next = next;
    const isLeft = (entry: UpgradeEntry) =>
      // The node may have stopped further on than where it took up its chain again.
      entry.height >= next.height || !entry.accepted || isAmong(entry, next.accepted);
    const left = this.#entries.filter((entry) => entry.descriptor.epoch > next.epochBefore && isLeft(entry));
    const isNew = (descriptor: Descriptor) => !left.some((entry) => isSame(entry.descriptor, descriptor));
    const entries = [
      ...left.map((entry) =>
        !entry.accepted && isAmong(entry, next.accepted) ? { ...entry, accepted: true } : entry,
      ),
      ...next.accepted.filter(isNew).map((descriptor) => newEntry(descriptor, true)),
    ];
    if (entries.length === this.#entries.length && entries.every((entry) => this.#entries.includes(entry)))
      return;
    for (const { descriptor } of this.#entries.filter((entry) => !left.includes(entry))) {
      this.#deps.logger.info(
        { handler: descriptor.handler, epoch: descriptor.epoch, height: next.height - 1n },
        descriptor.epoch <= next.epochBefore ? "an upgrade is completed" : "the network cancelled an upgrade",
      );
    }
    this.#keep(entries);
  }

  /**
   * What the next block is to be executed with.
   * @returns handlers of upgrades that are for this block and that the state does not know of
   * @throws StopForUpgradeError when the node cannot go on as it is
   */
  due(next: NextBlock): string[] {
    const submitted = this.#entries.filter(
      (entry) => isDue(entry.descriptor, next) && !isAmong(entry, next.accepted) && !entry.accepted,
    );
    const accepted = next.accepted.filter((descriptor) => isDue(descriptor, next));
    for (const descriptor of [...accepted, ...submitted.map((entry) => entry.descriptor)]) {
      this.#requirePossible(descriptor, next);
    }
    return submitted.map(({ descriptor }) => descriptor.handler);
  }

  /** The node stops in front of the next block: the next start is the one for its upgrades. */
  stopped(next: NextBlock): void {
    this.settle(next);
    this.#keep(
      this.#entries.map((entry) =>
        isDue(entry.descriptor, next) && entry.height === 0n ? { ...entry, height: next.height - 1n } : entry,
      ),
    );
  }

  #requirePossible(descriptor: Descriptor, { height }: NextBlock): void {
    const obstacle = upgradeObstacle(descriptor);
    if (obstacle !== null) throw new StopForUpgradeError(descriptor, height, obstacle);
    const entry = this.#find(descriptor);
    const stop = (reason: string) =>
      new StopForUpgradeError(descriptor, height, reason, UPGRADE_REMEDY.start);
    if (entry?.cancelled) throw stop("governance has accepted it, and it was cancelled on this node");
    const { needsStart } = upgradeHandlers.get(descriptor.handler)!;
    if (needsStart === true && entry?.stage !== UPGRADE_STAGE.started) {
      throw stop("it begins with a start of the node");
    }
  }

  #find(descriptor: Descriptor): UpgradeEntry | undefined {
    return this.#entries.find((entry) => isSame(entry.descriptor, descriptor));
  }

  #keep(entries: readonly UpgradeEntry[]): void {
    this.#deps.store.save(entries);
    this.#entries = entries;
  }
}

function newEntry(descriptor: Descriptor, accepted: boolean): UpgradeEntry {
  return { descriptor, height: 0n, stage: UPGRADE_STAGE.none, accepted, cancelled: false };
}

function isAmong({ descriptor }: UpgradeEntry, list: readonly Descriptor[]): boolean {
  return list.some((other) => isSame(other, descriptor));
}

function isSame(a: Descriptor, b: Descriptor): boolean {
  return equal(encode(Descriptor, a), encode(Descriptor, b));
}
