import type { Descriptor } from "../../types/upgrade.ts";
import { PROTOCOL_VERSIONS } from "../../types/versions.ts";
import type { BlockSlot } from "../block-context.ts";
import type { Context } from "../context.ts";
import { StopForUpgradeError } from "../errors.ts";
import { getPendingUpgrades } from "../governance/state.ts";
import type { UpgradeHandler } from "./handler.ts";
import { upgradeHandlers } from "./handlers.ts";
import { upgradeObstacle } from "./upgrade-obstacle.ts";

/** Upgrades carried out in this block. */
const running: BlockSlot<UpgradeHandler[]> = { name: "upgrades", initial: () => [] };

/**
 * Before BeginBlock of the services: carries out the upgrades whose epoch begins with this block.
 * @param local handlers of upgrades that operators submitted to their nodes past governance, and that this block is for
 * @throws StopForUpgradeError when one of them is for another version of the node
 */
export function beginUpgrades(ctx: Context, local: readonly string[] = []): void {
  const { committed } = ctx.chain;
  if (committed === null) {
    return;
  }
  const before = ctx.epochAtLastHeight();
  const now = ctx.currentEpoch();
  // Most blocks begin no epoch.
  const pending = before < now ? getPendingUpgrades(committed) : [];
  const due = pending.filter(({ epoch }) => before < epoch && epoch <= now);
  const submitted = local.map((handler) => ({ handler, target: PROTOCOL_VERSIONS, epoch: now }));
  for (const handler of start(ctx, [...due, ...submitted])) {
    handler.beginBlock?.(ctx);
  }
}

/**
 * After EndBlock of the services: completes the upgrades of this block. One that was accepted in this very block for
 * an epoch that is over already, which a mock clock can cause, is carried out here alone.
 * @throws StopForUpgradeError as {@link beginUpgrades}
 */
export function endUpgrades(ctx: Context): void {
  const { committed } = ctx.chain;
  const accepted = committed === null ? [] : newUpgrades(ctx.currentEpoch(), ctx, committed);
  start(ctx, accepted);
  for (const handler of ctx.block.get(running)) {
    handler.endBlock?.(ctx);
  }
}

function newUpgrades(
  now: bigint,
  ctx: Context,
  committed: NonNullable<Context["chain"]["committed"]>,
): Descriptor[] {
  const due = getPendingUpgrades(ctx.state).filter(({ epoch }) => epoch <= now);
  if (due.length === 0) {
    return [];
  }
  const known = new Set(getPendingUpgrades(committed).map(({ epoch }) => epoch));
  return due.filter(({ epoch }) => !known.has(epoch));
}

/** Finds the handlers and takes note of them for EndBlock. */
function start(
  ctx: Context,
  due: readonly Pick<Descriptor, "handler" | "target" | "epoch">[],
): UpgradeHandler[] {
  const found = due.map((upgrade) => {
    const obstacle = upgradeObstacle(upgrade);
    if (obstacle !== null) throw new StopForUpgradeError(upgrade, ctx.currentHeight, obstacle);
    return upgradeHandlers.get(upgrade.handler)!;
  });
  ctx.block.get(running).push(...found);
  return found;
}
