import type { NetworkReport } from "../p2p/comet/network-report.ts";
import type { Warning } from "../telemetry/waiting.ts";

export interface ConsensusWarningFigures {
  readonly network: NetworkReport;
  /** Where others are told to connect to, `host:port`; null when nobody is told. */
  readonly told: string | null;
  /** How far the clock is ahead of the validators', in milliseconds; null when it is not known to be off. */
  readonly clockOffsetMs: number | null;
  /** When the network was started, and now; Unix milliseconds. */
  readonly startedMs: number;
  readonly nowMs: number;
}

/** After this long somebody has heard of a node and connected to it, when that is possible. */
const INBOUND_WITHIN_MS = 10 * 60_000;

/** What is not as it should be with the node's connections, though it works. */
export function consensusWarnings(figures: ConsensusWarningFigures): Warning[] {
  const { network, told, clockOffsetMs, startedMs, nowMs } = figures;
  const warnings: Warning[] = [];
  if (clockOffsetMs !== null) {
    warnings.push({ text: clockText(clockOffsetMs), sinceMs: nowMs, remedy: CLOCK_REMEDY });
  }
  const isAwaited = told !== null && network.listening !== null && network.peers.length > 0;
  if (isAwaited && !network.hadInbound && nowMs - startedMs > INBOUND_WITHIN_MS) {
    warnings.push({
      text: `nobody has connected to this node since it started, though its peers are told that it is at ${told}`,
      sinceMs: startedMs,
      remedy:
        "open that TCP port for connections from outside in firewall and router, and check that consensus.external_address is this machine's public address",
    });
  }
  return warnings;
}

export const CLOCK_REMEDY =
  "set the clock of this machine by NTP, for example with `timedatectl set-ntp true`";

/** `this machine's clock is 90 s ahead of the validators'`. */
export function clockText(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  return `this machine's clock is ${seconds} s ${offsetMs > 0 ? "ahead of" : "behind"} the validators'`;
}
