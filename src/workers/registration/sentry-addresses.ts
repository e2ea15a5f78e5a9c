import type { Logger } from "../../telemetry/logger.ts";
import { NONE_NEEDED } from "../../telemetry/waiting.ts";
import type { ConsensusAddress } from "../../types/address.ts";
import { delay, type Timers } from "../timers.ts";
import type { RegistrationObstacle } from "./registration-check.ts";

/** One sentry, as it is asked. */
export interface Sentry {
  /** For people. */
  readonly name: string;
  /** @throws Error with the reason why it does not answer */
  addresses(signal: AbortSignal): Promise<readonly ConsensusAddress[]>;
}

export interface SentryAddressesDeps {
  readonly sentries: readonly Sentry[];
  /** Called when the addresses of an epoch are there, or what keeps them away has changed. */
  changed(): void;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Pause between rounds of questions when no sentry answers. */
const RETRY_MS = 5000;

/** The addresses of a node's sentries, asked for anew for each epoch's registration. */
export class SentryAddresses {
  readonly #deps: SentryAddressesDeps;
  readonly #stopping = new AbortController();
  #epoch: bigint | null = null;
  #addresses: readonly ConsensusAddress[] | null = null;
  #cause: string | null = null;

  constructor(deps: SentryAddressesDeps) {
    this.#deps = deps;
  }

  /** The addresses to register in an epoch; null while they are asked for. Asks when it is a new one. */
  of(epoch: bigint): readonly ConsensusAddress[] | null {
    if (this.#epoch === epoch) return this.#addresses;
    this.#epoch = epoch;
    this.#addresses = null;
    void this.#ask(epoch);
    return null;
  }

  /** What keeps the addresses away. */
  get obstacle(): RegistrationObstacle {
    return {
      for: "the addresses of its sentry nodes",
      cause: this.#cause ?? "they have been asked and have not answered yet",
      remedy:
        this.#cause === null
          ? NONE_NEEDED
          : "check runtime.sentry_addresses here, and at the sentry sentry.enabled and that sentry.control.authorized_pubkeys has the key that `identity show-sentry-client-pubkey` prints here",
    };
  }

  stop(): void {
    this.#stopping.abort(new Error("the node is stopping"));
  }

  /** Until one of the sentries answers, or there is another epoch. */
  async #ask(epoch: bigint): Promise<void> {
    const { sentries, changed, timers, logger } = this.#deps;
    const { signal } = this.#stopping;
    while (this.#epoch === epoch && !signal.aborted) {
      const answers = await Promise.allSettled(sentries.map((sentry) => sentry.addresses(signal)));
      if (this.#epoch !== epoch || signal.aborted) return;
      const found: ConsensusAddress[] = [];
      const failures: string[] = [];
      for (const [i, answer] of answers.entries()) {
        if (answer.status === "fulfilled") {
          found.push(...answer.value);
          continue;
        }
        const reason = answer.reason instanceof Error ? answer.reason.message : String(answer.reason);
        failures.push(reason);
        logger.warn({ sentry: sentries[i]!.name, reason }, "a sentry gives no addresses");
      }
      if (found.length > 0) {
        this.#addresses = found;
        this.#cause = null;
        changed();
        return;
      }
      this.#cause = failures[0] ?? "the sentries have no addresses";
      changed();
      await delay(timers, RETRY_MS, signal).catch(() => {});
    }
  }
}
