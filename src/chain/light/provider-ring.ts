import type { Logger } from "../../telemetry/logger.ts";
import type { LightBlock } from "../light-block.ts";
import { LightError } from "./errors.ts";
import { fetchLightBlock } from "./fetch-light-block.ts";
import type { LightProvider } from "./provider.ts";

/** The providers of a light client: the primary, whose blocks are verified, and the witnesses, who are asked for theirs. */
export class ProviderRing {
  readonly #chainId: string;
  readonly #logger: Logger;
  #providers: readonly LightProvider[];

  /** @param providers two at least */
  constructor(chainId: string, providers: readonly LightProvider[], logger: Logger) {
    if (providers.length < 2) {
      throw new LightError("no-witness", "a light client needs two providers at least, to compare them", {
        got: providers.length,
      });
    }
    this.#chainId = chainId;
    this.#providers = providers;
    this.#logger = logger;
  }

  get primary(): LightProvider {
    return this.#providers[0]!;
  }

  get witnesses(): readonly LightProvider[] {
    return this.#providers.slice(1);
  }

  get all(): readonly LightProvider[] {
    return this.#providers;
  }

  /** Makes the next witness the primary. */
  rotate(): void {
    const [first, ...rest] = this.#providers;
    this.#providers = [...rest, first!];
  }

  /**
   * The block of a height from the primary; when it has none to offer, from the first witness who has, who then takes
   * its place.
   * @throws LightError `no-answer`
   */
  async fetch(height: bigint, signal: AbortSignal): Promise<LightBlock> {
    const failures = new Set<string>();
    for (let i = 0; i < this.#providers.length; i++) {
      const { name } = this.primary;
      try {
        return await fetchLightBlock(this.primary, this.#chainId, height, signal);
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        failures.add(name === "" ? reason : `${name}: ${reason}`);
        this.#logger.debug({ height, provider: name, reason }, "no light block from the primary provider");
        this.rotate();
      }
    }
    const what = height === 0n ? "the newest block" : `block ${height}`;
    throw new LightError("no-answer", `no provider has ${what}: ${[...failures].join("; ")}`, { height });
  }
}
