import type { Document } from "../../types/genesis.ts";
import { checkBeacon } from "./check-beacon.ts";
import { checkConsensus } from "./check-consensus.ts";
import { checkGovernance } from "./check-governance.ts";
import { checkKeyManager } from "./check-keymanager.ts";
import { checkRegistry } from "./check-registry.ts";
import { type CheckGenesisOptions, checkDebugSwitches, type Report } from "./check-report.ts";
import { checkScheduler } from "./check-scheduler.ts";
import { checkStaking } from "./check-staking.ts";
import { GenesisError, type GenesisProblem } from "./genesis-error.ts";

/**
 * Looks for what would keep a network from starting, in the order of the official node (facts/formats.md 3.3), and
 * finds all of it instead of stopping at the first.
 *
 * Descriptors are checked as far as signatures and references go. Their own rules, commission schedules and stake
 * claims are the state machine's and are checked when it initialises from the document.
 */
export function checkGenesis(document: Document, options: CheckGenesisOptions): GenesisProblem[] {
  const problems: GenesisProblem[] = [];
  const report: Report = (path, message) => problems.push({ path, message });
  if (document.height < 1n) report("height", `must be at least 1, is ${document.height}`);
  if (document.chain_id.trim() === "") report("chain_id", "must not be blank");
  checkConsensus(document.consensus, options, report);
  checkBeacon(document.beacon, options, report);
  checkRegistry(document, options, report);
  checkRoothash(document, options, report);
  checkStaking(document.staking, options, report);
  checkKeyManager(document.keymanager, options, report);
  checkScheduler(document, options, report);
  checkGovernance(document, report);
  checkVault(document, report);
  return problems;
}

/** @throws GenesisError when {@link checkGenesis} finds anything */
export function requireSoundGenesis(document: Document, source: string, options: CheckGenesisOptions): void {
  const problems = checkGenesis(document, options);
  if (problems.length > 0) throw new GenesisError(source, problems);
}

function checkRoothash({ roothash }: Document, options: CheckGenesisOptions, report: Report): void {
  const switches = ["debug_do_not_suspend_runtimes", "debug_bypass_stake"];
  checkDebugSwitches(roothash.params, switches, "roothash.params", options, report);
}

function checkVault({ vault }: Document, report: Report): void {
  if (vault?.params.enabled && vault.params.max_authority_addresses === 0) {
    report("vault.params.max_authority_addresses", "must be positive while vaults are enabled");
  }
}
