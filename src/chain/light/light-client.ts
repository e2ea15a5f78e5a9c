import { equal, toHex } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { type ChainClock, timeOf } from "../clock.ts";
import { ChainError } from "../errors.ts";
import { headerHash } from "../header.ts";
import type { LightBlock } from "../light-block.ts";
import { bisect } from "./bisect.ts";
import { detectDivergence } from "./detect-divergence.ts";
import { LightError } from "./errors.ts";
import { fetchLightBlock } from "./fetch-light-block.ts";
import type { LightProvider } from "./provider.ts";
import { ProviderRing } from "./provider-ring.ts";
import { requireSigned, type TrustRoot } from "./trust-root.ts";
import type { TrustedStore } from "./trusted-store.ts";
import { verifyBackwards } from "./verify-backwards.ts";
import { isExpired, type LightVerifyOptions } from "./verify-light-block.ts";

/** Where a light client's trust begins. */
export type TrustAnchor =
  /** With this block, whatever was trusted before. */
  | { readonly kind: "block"; readonly root: TrustRoot }
  /** With what was trusted before while that is not too old; otherwise with what this gives. */
  | { readonly kind: "sources"; fetch(signal: AbortSignal): Promise<TrustRoot> };

export interface LightClientOptions {
  readonly verify: LightVerifyOptions;
  readonly anchor: TrustAnchor;
}

export interface LightClientDeps {
  /** The first is the primary, the others are its witnesses; two at least. */
  readonly providers: readonly LightProvider[];
  readonly store: TrustedStore;
  readonly clock: ChainClock;
  readonly logger: Logger;
}

/** Verified blocks that are kept, as in the official node. */
export const KEPT_BLOCKS = 1000;
/** Blocks that are verified one by one to get back to one before all trusted ones. */
export const MAX_BACKWARD_STEPS = 10_000n;

/**
 * Vouches for blocks of the chain without executing any: each is verified from one that is trusted already, and
 * compared with what others have (cometbft.md 7.1).
 *
 * One block is verified after the other; verified ones stay over restarts.
 */
export class LightClient {
  readonly #options: LightClientOptions;
  readonly #deps: LightClientDeps;
  readonly #ring: ProviderRing;
  #isAnchored = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LightClientOptions, deps: LightClientDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#ring = new ProviderRing(options.verify.chainId, deps.providers, deps.logger);
  }

  /** Height of the oldest verified block; null before the first. */
  get firstHeight(): bigint | null {
    return this.#deps.store.firstHeight;
  }

  /** Height of the newest verified block; null before the first. */
  get lastHeight(): bigint | null {
    return this.#deps.store.lastHeight;
  }

  /** The block of a height when it was verified before and is still here. */
  known(height: bigint): LightBlock | null {
    return this.#isAnchored ? this.#deps.store.get(height) : null;
  }

  /** All providers, the primary first. */
  get providers(): readonly LightProvider[] {
    return this.#ring.all;
  }

  /**
   * The verified block of a height.
   * @throws LightError, the signal's reason
   */
  at(height: bigint, signal: AbortSignal): Promise<LightBlock> {
    return this.#inTurn(signal, async () => {
      const known = this.#deps.store.get(height);
      if (known !== null) return known;
      return await this.#verify(await this.#ring.fetch(height, signal), signal);
    });
  }

  /**
   * The newest block that the primary provider has, verified.
   * @throws LightError, the signal's reason
   */
  newest(signal: AbortSignal): Promise<LightBlock> {
    return this.#inTurn(signal, async () => {
      const target = await this.#ring.fetch(0n, signal);
      const known = this.#deps.store.get(target.header.height);
      return known ?? (await this.#verify(target, signal));
    });
  }

  async #inTurn(signal: AbortSignal, work: () => Promise<LightBlock>): Promise<LightBlock> {
    const before = this.#turn;
    const mine = (async () => {
      await before.catch(() => {});
      signal.throwIfAborted();
      await this.#anchor(signal);
      return await work();
    })();
    this.#turn = mine;
    return await mine;
  }

  /** Makes sure that there is something to verify from. */
  async #anchor(signal: AbortSignal): Promise<void> {
    if (this.#isAnchored) return;
    const { anchor, verify } = this.#options;
    const { store, clock, logger } = this.#deps;
    const root = this.#root;
    if (root === null) {
      const { lastHeight } = store;
      const newest = lastHeight === null ? null : store.get(lastHeight);
      if (newest === null || isExpired(verify, newest, timeOf(clock))) {
        await this.#adopt(
          await (anchor as { fetch(s: AbortSignal): Promise<TrustRoot> }).fetch(signal),
          signal,
        );
      }
    } else {
      const known = store.get(root.height);
      if (known === null || !equal(headerHash(known.header), root.hash)) {
        if (store.lastHeight !== null) {
          logger.warn({ height: root.height }, "the configured trust root is another one: beginning from it");
        }
        await this.#adopt(root, signal);
      }
    }
    this.#isAnchored = true;
  }

  /** Fetches the block of a trust root, from whoever has it, and begins anew from it. */
  async #adopt(root: TrustRoot, signal: AbortSignal): Promise<void> {
    const { chainId } = this.#options.verify;
    const { store, logger } = this.#deps;
    const { height } = root;
    const others: string[] = [];
    for (let i = 0; i < this.#ring.all.length; i++) {
      const block = await this.#ring.fetch(height, signal);
      const hash = headerHash(block.header);
      const { primary } = this.#ring;
      if (equal(hash, root.hash)) {
        requireSigned(chainId, block);
        store.clear();
        store.save(block, KEPT_BLOCKS, height);
        return;
      }
      others.push(`${primary.name} has ${toHex(hash)}`);
      logger.warn(
        { height, provider: primary.name, hash: toHex(hash) },
        "a provider contradicts the trust root",
      );
      primary.reject("it contradicts the trust root");
      this.#ring.rotate();
    }
    throw new LightError(
      "root",
      `nobody has the block ${height} that is to be trusted, ${toHex(root.hash)}: ${others.join(", ")}. Check the ` +
        "height and hash in consensus.light_client.trust; the providers may follow another chain",
      { height },
    );
  }

  /** Verifies a block of the primary. When it does not verify, the witnesses become primary in turn. */
  async #verify(first: LightBlock, signal: AbortSignal): Promise<LightBlock> {
    const { store, logger } = this.#deps;
    const { height } = first.header;
    let target = first;
    let failure: unknown = null;
    for (let attempt = 0; attempt < this.#ring.all.length; attempt++) {
      try {
        await this.#verifyOnce(target, signal);
        store.save(target, KEPT_BLOCKS, this.#root?.height ?? null);
        return target;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof LightError || isOurs(error)) throw error;
        failure = error;
        const { primary } = this.#ring;
        logger.warn({ height, provider: primary.name, err: error }, "a light block cannot be verified");
        if (isWrong(error)) primary.reject(error.message);
        this.#ring.rotate();
        target = await this.#ring.fetch(height, signal);
      }
    }
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new LightError(
      isWrong(failure) ? "invalid" : "no-answer",
      `no provider can prove its block ${height} from the trusted ones: ${reason}`,
      { height },
      { cause: failure },
    );
  }

  async #verifyOnce(target: LightBlock, signal: AbortSignal): Promise<void> {
    const { verify } = this.#options;
    const { store, clock, logger } = this.#deps;
    const { height } = target.header;
    const { primary, witnesses } = this.#ring;
    const now = timeOf(clock);
    const below = store.atOrBelow(height);
    if (below !== null && !isExpired(verify, below, now)) {
      const fetch = (between: bigint) => this.#fetchFrom(primary, between, signal);
      const trace = await bisect(verify, below, target, now, fetch);
      await detectDivergence({ options: verify, primary, witnesses, now, logger, signal }, trace);
      return;
    }
    const above = store.above(height);
    if (above === null) throw expired(below!, verify);
    if (above.header.height - height > MAX_BACKWARD_STEPS) {
      throw new LightError(
        "no-answer",
        `block ${height} lies more than ${MAX_BACKWARD_STEPS} blocks before the nearest trusted one, ${above.header.height}`,
        { height },
      );
    }
    let verified = above;
    while (verified.header.height > height) {
      const before = verified.header.height - 1n;
      const earlier = before === height ? target : await this.#fetchFrom(primary, before, signal);
      verifyBackwards(verify.chainId, verified, earlier);
      verified = earlier;
    }
  }

  #fetchFrom(provider: LightProvider, height: bigint, signal: AbortSignal): Promise<LightBlock> {
    return fetchLightBlock(provider, this.#options.verify.chainId, height, signal);
  }

  get #root(): TrustRoot | null {
    const { anchor } = this.#options;
    return anchor.kind === "block" ? anchor.root : null;
  }
}

/** Whether an answer was wrong; the rest are answers that did not come. */
function isWrong(error: unknown): error is ChainError | CodecError {
  return error instanceof ChainError || error instanceof CodecError;
}

/** Whether our own store is damaged. */
function isOurs(error: unknown): boolean {
  return error instanceof ChainError && error.kind === "corrupt";
}

function expired({ header }: LightBlock, { trustingPeriod }: LightVerifyOptions): LightError {
  const seconds = (nanoseconds: bigint) => Number(nanoseconds / 1_000_000n) / 1000;
  return new LightError(
    "expired",
    `the newest trusted block, ${header.height} of ${new Date(seconds(header.time) * 1000).toISOString()}, is older ` +
      `than the trust period of ${seconds(trustingPeriod) / 3600} hours: set consensus.light_client.trust to a newer block`,
    { height: header.height },
  );
}
