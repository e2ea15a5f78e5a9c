import type { NetworkReport } from "../p2p/comet/network-report.ts";
import type { Warning } from "../telemetry/waiting.ts";
import { type PortCheck, reachWarning } from "./port-check.ts";

export interface ConsensusWarningFigures {
  readonly network: NetworkReport;
  /** The place that others are told to connect to; null when nobody is told. */
  readonly check: Pick<PortCheck, "told" | "answer"> | null;
  /** How far the clock is ahead of the validators', in milliseconds; null when it is not known to be off. */
  readonly clockOffsetMs: number | null;
  /** When the network was started, and now; Unix milliseconds. */
  readonly startedMs: number;
  readonly nowMs: number;
}

/** What is not as it should be with the node's connections, though it works. */
export function consensusWarnings(figures: ConsensusWarningFigures): Warning[] {
  const { network, check, clockOffsetMs, startedMs, nowMs } = figures;
  const warnings: Warning[] = [];
  if (clockOffsetMs !== null) {
    warnings.push({ text: clockText(clockOffsetMs), sinceMs: nowMs, remedy: CLOCK_REMEDY });
  }
  const reach = reachWarning({
    ...{ check: network.listening === null ? null : check, startedMs, nowMs },
    ...{ wasReached: network.hadInbound, hasPeers: network.peers.length > 0 },
    key: "consensus.external_address",
  });
  if (reach !== null) warnings.push(reach);
  return warnings;
}

export const CLOCK_REMEDY =
  "set the clock of this machine by NTP, for example with `timedatectl set-ntp true`";

/** `this machine's clock is 90 s ahead of the validators'`. */
export function clockText(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  return `this machine's clock is ${seconds} s ${offsetMs > 0 ? "ahead of" : "behind"} the validators'`;
}
