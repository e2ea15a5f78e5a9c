import type { Descriptor } from "../../types/upgrade.ts";
import { CONSENSUS_PROTOCOL, PROTOCOL_VERSIONS } from "../../types/versions.ts";
import type { BlockSlot } from "../block-context.ts";
import type { Context } from "../context.ts";
import { StopForUpgradeError } from "../errors.ts";
import { getPendingUpgrades } from "../governance/state.ts";
import { consensus240 } from "./consensus-240.ts";
import { consensus261 } from "./consensus-261.ts";
import type { UpgradeHandler } from "./handler.ts";
import { testUpgrade } from "./test-upgrade.ts";

/** Upgrades that this version can carry out, by the handler's name in the descriptor. consensus-a.md 1.10. */
const handlers: ReadonlyMap<string, UpgradeHandler> = new Map([
  ["empty", {}],
  ["consensus240", consensus240],
  ["consensus261", consensus261],
  ["__e2e-test-valid", testUpgrade],
]);

/** Upgrades carried out in this block. */
const running: BlockSlot<UpgradeHandler[]> = { name: "upgrades", initial: () => [] };

/** Names of the upgrades that this version can carry out. */
export const UPGRADE_HANDLERS: readonly string[] = [...handlers.keys()];

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
  const due = getPendingUpgrades(committed).filter(({ epoch }) => before < epoch && epoch <= now);
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
  const known = new Set(getPendingUpgrades(committed).map(({ epoch }) => epoch));
  return getPendingUpgrades(ctx.state).filter(({ epoch }) => epoch <= now && !known.has(epoch));
}

/** Finds the handlers and takes note of them for EndBlock. */
function start(
  ctx: Context,
  due: readonly Pick<Descriptor, "handler" | "target" | "epoch">[],
): UpgradeHandler[] {
  const found = due.map(({ handler, target, epoch }) => {
    const known = handlers.get(handler);
    if (known === undefined || target.consensus_protocol.major !== CONSENSUS_PROTOCOL.major) {
      throw new StopForUpgradeError(handler, epoch, ctx.currentHeight);
    }
    return known;
  });
  ctx.block.get(running).push(...found);
  return found;
}
