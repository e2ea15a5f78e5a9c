import { networkInterfaces } from "node:os";
import type { PeerClock } from "../p2p/comet/clock.ts";
import { PeerFault } from "../p2p/comet/errors.ts";
import { dialSocket } from "../p2p/comet/net/dial-socket.ts";
import { canonicalIp } from "../p2p/comet/net-address.ts";
import { faultText } from "../p2p/comet/network-report.ts";
import { parseHostPort, type ResolveHost } from "../p2p/comet/peer-address.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { Warning } from "../telemetry/waiting.ts";

export interface PortCheckDeps {
  readonly clock: PeerClock;
  readonly resolve: ResolveHost;
  /** Whether anybody has ever connected: then there is nothing to look for. */
  readonly wasReached: () => boolean;
  /** Whether there are others that could connect. */
  readonly hasOthers: () => boolean;
}

/** When it looks for the first time; who is going to connect at once has by then. */
export const FIRST_LOOK_MS = 5000;
export const INTERVAL_MS = 60_000;
const DIAL_TIMEOUT_MS = 5000;

/**
 * Whether the port that others are told of is closed from outside, as far as it shows from inside: until somebody has
 * connected, the node dials that place itself, unless it is an address of this machine, which always answers it.
 */
export class PortCheck {
  /** `host:port`. */
  readonly told: string;
  readonly #deps: PortCheckDeps;
  readonly #stopping = new AbortController();
  #answer: string | null = null;
  #timer: Disposer = () => {};

  constructor(told: string, deps: PortCheckDeps) {
    this.told = told;
    this.#deps = deps;
  }

  /** What kept the node from connecting to itself the last time; null when nothing did, and when it need not look. */
  get answer(): string | null {
    return this.#deps.wasReached() ? null : this.#answer;
  }

  start(): void {
    this.#lookIn(FIRST_LOOK_MS);
  }

  stop(): void {
    this.#timer();
    this.#stopping.abort(new Error("the node stops"));
  }

  #lookIn(delayMs: number): void {
    this.#timer = this.#deps.clock.schedule(async () => {
      if (this.#deps.wasReached()) return;
      const hasOthers = this.#deps.hasOthers();
      this.#answer = hasOthers ? await this.#dial() : null;
      if (!this.#stopping.signal.aborted) this.#lookIn(hasOthers ? INTERVAL_MS : FIRST_LOOK_MS);
    }, delayMs);
  }

  async #dial(): Promise<string | null> {
    const place = parseHostPort(this.told);
    if (place === null) return null;
    const { clock, resolve } = this.#deps;
    const ips = canonicalIp(place.host) === null ? await resolve(place.host).catch(() => []) : [place.host];
    const ip = canonicalIp(ips[0] ?? "");
    if (ip === null) return "its host name cannot be resolved";
    if (isOwn(ip)) return null;
    try {
      const socket = await dialSocket(
        { ip, port: place.port },
        DIAL_TIMEOUT_MS,
        clock,
        this.#stopping.signal,
      );
      socket.on("error", () => {}).destroy();
      return null;
    } catch (error) {
      return error instanceof PeerFault ? faultText(error) : null;
    }
  }
}

export interface ReachFigures {
  /** Null: nobody is told where the node is. */
  readonly check: Pick<PortCheck, "told" | "answer"> | null;
  readonly wasReached: boolean;
  /** Whether it has peers, which tell others of it. */
  readonly hasPeers: boolean;
  /** The key of the configuration that says where it is. */
  readonly key: string;
  /** When it began to listen, and now; Unix milliseconds. */
  readonly startedMs: number;
  readonly nowMs: number;
}

/** After this long somebody has heard of a node and connected to it, when that is possible. */
const INBOUND_WITHIN_MS = 10 * 60_000;

/** That nobody can connect to the node, it seems. */
export function reachWarning(figures: ReachFigures): Warning | null {
  const { check, wasReached, hasPeers, key, startedMs, nowMs } = figures;
  if (check === null || wasReached) return null;
  const isLate = hasPeers && nowMs - startedMs > INBOUND_WITHIN_MS;
  if (check.answer === null && !isLate) return null;
  const seen = check.answer === null ? "" : `, and from this machine ${check.answer}`;
  return {
    text: `its port seems closed from outside: nobody has connected to this node since it started, though others are told that it is at ${check.told}${seen}`,
    sinceMs: startedMs,
    remedy: `open that TCP port for connections from outside in firewall and router (behind NAT, forward it to this machine), and check that ${key} is this machine's public address`,
  };
}

function isOwn(ip: string): boolean {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .some(({ address }) => canonicalIp(address) === ip);
}
