import type { Logger } from "../../../telemetry/logger.ts";
import type { PeerClock } from "../../comet/clock.ts";
import type { Random } from "../../comet/random.ts";
import { Backoff } from "../backoff.ts";
import { pause } from "../pause.ts";
import type { BootstrapClient } from "./bootstrap-client.ts";

/** Pauses after a seed could not be told (oasis-core v26.1 go/p2p/peermgmt/discovery.go). */
const FAILURE_PAUSE = { initialMs: 60_000, maxMs: 3600_000 };
/** Share of the time that a seed remembers after which it is told again. */
const RENEWAL = 7 / 8;
/** Shortest pause between two tellings, whatever a seed says. */
const MIN_PAUSE_MS = 10_000;

export interface AdvertiserDeps {
  readonly seeds: readonly Pick<BootstrapClient, "advertise">[];
  readonly clock: PeerClock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Tells every seed what this node serves, again and again before they forget. Ends when the signal aborts. */
export function advertiseAlways(names: readonly string[], signal: AbortSignal, deps: AdvertiserDeps): void {
  for (const seed of deps.seeds) for (const name of names) void advertiseTo(seed, name, signal, deps);
}

async function advertiseTo(
  seed: Pick<BootstrapClient, "advertise">,
  name: string,
  signal: AbortSignal,
  { clock, random, logger }: AdvertiserDeps,
): Promise<void> {
  const backoff = new Backoff(FAILURE_PAUSE, random);
  for (let isGoingOn = !signal.aborted; isGoingOn; ) {
    let waitMs: number;
    try {
      waitMs = Math.max(MIN_PAUSE_MS, RENEWAL * (await seed.advertise(name, signal)));
      backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      logger.debug({ err: error, name }, "a seed could not be told what this node serves");
      waitMs = backoff.next();
    }
    isGoingOn = await pause(waitMs, clock, signal);
  }
}
