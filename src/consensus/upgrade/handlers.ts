import { consensus240 } from "./consensus-240.ts";
import { consensus261 } from "./consensus-261.ts";
import type { UpgradeHandler } from "./handler.ts";
import { testUpgrade } from "./test-upgrade.ts";

/** Upgrades that this version can carry out, by the handler's name in the descriptor. consensus-a.md 1.10. */
export const upgradeHandlers: ReadonlyMap<string, UpgradeHandler> = new Map([
  ["empty", {}],
  ["consensus240", consensus240],
  ["consensus261", consensus261],
  ["__e2e-test-valid", testUpgrade],
]);

/** Names of the upgrades that this version can carry out. */
export const UPGRADE_HANDLERS: readonly string[] = [...upgradeHandlers.keys()];
