import { type ApiClient, CallError } from "../api/client.ts";
import type { ChainClock } from "../chain/clock.ts";
import { CodedError, QanatError } from "../codec/errors.ts";
import type { Logger } from "../telemetry/logger.ts";

/** A node that answers questions over its API; need not be trusted. */
export interface Provider {
  /** Its address as it was configured. */
  readonly name: string;
  client(): Promise<ApiClient>;
}

/** What is known of a provider, for the status. */
export interface ProviderReport {
  readonly name: string;
  /** Newest height that it has told; 0 before. */
  readonly height: bigint;
  /** What became of the last question, in words. */
  readonly answer: string;
  /** Unix milliseconds of that answer; 0: it was asked nothing yet. */
  readonly atMs: number;
  /** Whether it cannot be reached to hear of blocks. */
  readonly isGone: boolean;
  /** Answers in a row. */
  readonly score: number;
  /** Wrong answers since the start. */
  readonly wrongAnswers: number;
  /** What was wrong with the last of those; empty when there was none. */
  readonly wrong: string;
}

type Entry = { -readonly [K in keyof ProviderReport]: ProviderReport[K] } & {
  readonly provider: Provider;
  /** Until then everybody else is asked first. */
  lastUntilMs: number;
};

/** Asks, and verifies: whatever it throws beside the client's errors is a wrong answer. */
export type Question<T> = (client: ApiClient, signal: AbortSignal) => Promise<T>;

export interface AlikeQuestion<T> {
  readonly question: Question<T>;
  /** Equal for answers that say the same. */
  alike(value: T): string;
  readonly agreeing: number;
}

interface Failure {
  readonly name: string;
  readonly error: unknown;
}

const ANSWERS = "answers";
/** Who gave a wrong answer is asked last for so long. */
const WRONG_ANSWER_MS = 5 * 60_000;
/** How long a provider has for an answer. */
const ANSWER_TIMEOUT_MS = 15_000;
/** Highest score: a provider that answered for days still loses its place after a failure. */
const MAX_SCORE = 1_000_000;

/**
 * The providers of a stateless node. A question goes to the one that answered most questions in a row; when it has no
 * answer, or one that does not verify, to the next (facts/cometbft.md 7.4).
 */
export class ProviderPool {
  readonly #entries: readonly Entry[];
  readonly #clock: ChainClock;
  readonly #logger: Logger;

  constructor(providers: readonly Provider[], deps: { readonly clock: ChainClock; readonly logger: Logger }) {
    this.#entries = providers.map((provider) => ({
      ...{ provider, name: provider.name, height: 0n, answer: "not asked yet", atMs: 0 },
      ...{ isGone: false, score: 0, wrongAnswers: 0, wrong: "", lastUntilMs: 0 },
    }));
    this.#clock = deps.clock;
    this.#logger = deps.logger;
  }

  get providers(): readonly Provider[] {
    return this.#entries.map(({ provider }) => provider);
  }

  report(): ProviderReport[] {
    return this.#entries.map(({ provider: _provider, lastUntilMs: _last, ...report }) => report);
  }

  /**
   * Asks until one provider gives an answer that stands.
   * @param what for messages: what is asked for
   * @throws CodedError when all say that, QanatError `stateless/no-answer` with what each said, the signal's reason
   */
  async ask<T>(
    what: string,
    question: Question<T>,
    signal: AbortSignal,
    timeoutMs: number | null = ANSWER_TIMEOUT_MS,
  ): Promise<T> {
    const failures: Failure[] = [];
    for (const entry of this.#inOrder()) {
      const answer = await this.#attempt(entry, what, question, signal, timeoutMs);
      if ("value" in answer) return answer.value;
      failures.push(answer);
    }
    throw noAnswer(what, failures);
  }

  /**
   * Asks until so many providers gave the same answer, for what nothing proves.
   * @throws as {@link ask}; QanatError `stateless/conflict` when providers contradict each other
   */
  async askAlike<T>(
    what: string,
    { question, alike, agreeing }: AlikeQuestion<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const failures: Failure[] = [];
    const answers = new Map<string, string[]>();
    for (const entry of this.#inOrder()) {
      const answer = await this.#attempt(entry, what, question, signal, ANSWER_TIMEOUT_MS);
      if (!("value" in answer)) {
        failures.push(answer);
        continue;
      }
      const mark = alike(answer.value);
      const names = [...(answers.get(mark) ?? []), entry.name];
      answers.set(mark, names);
      if (names.length < agreeing) continue;
      for (const [other, liars] of answers) {
        if (other === mark) continue;
        for (const name of liars) this.wrong(name, `${what}: ${names.join(" and ")} say otherwise`);
      }
      return answer.value;
    }
    if (answers.size === 0) throw noAnswer(what, failures);
    const sides = [...answers.values()].map((names) => names.join(" and "));
    if (sides.length > 1) {
      throw new QanatError(
        "stateless/conflict",
        `providers contradict each other about ${what}, and nothing proves who is right: ${sides.join(" against ")}`,
      );
    }
    throw noAnswer(`${what} (nobody confirms what ${sides[0]} says)`, failures);
  }

  /** Whether a provider was wrong a while ago, so that the others are asked first. */
  isBenched(name: string): boolean {
    return this.#entry(name).lastUntilMs > this.#clock.now();
  }

  /** A provider told its newest height. */
  told(name: string, height: bigint): void {
    const entry = this.#entry(name);
    entry.height = height;
    entry.isGone = false;
    this.#note(entry, ANSWERS);
  }

  /** A provider tells of no blocks any more. */
  lost(name: string, reason: string): void {
    this.#entry(name).isGone = true;
    this.failed(name, reason);
  }

  /** A provider did not answer. */
  failed(name: string, reason: string): void {
    const entry = this.#entry(name);
    entry.score = 0;
    this.#note(entry, reason);
    this.#logger.debug({ provider: name, reason }, "a provider has no answer");
  }

  /** A provider gave an answer that does not verify. */
  wrong(name: string, reason: string): void {
    const entry = this.#entry(name);
    entry.score = 0;
    entry.wrongAnswers++;
    entry.wrong = reason;
    entry.lastUntilMs = this.#clock.now() + WRONG_ANSWER_MS;
    this.#note(entry, `wrong answer: ${reason}`);
    this.#logger.warn(
      { provider: name, reason },
      "a provider gave a wrong answer; the others are asked first",
    );
  }

  async #attempt<T>(
    entry: Entry,
    what: string,
    question: Question<T>,
    signal: AbortSignal,
    timeoutMs: number | null,
  ): Promise<{ readonly value: T } | Failure> {
    signal.throwIfAborted();
    const timeout = timeoutMs === null ? null : AbortSignal.timeout(timeoutMs);
    try {
      const limited = timeout === null ? signal : AbortSignal.any([signal, timeout]);
      const value = await question(await entry.provider.client(), limited);
      entry.score = Math.min(entry.score + 1, MAX_SCORE);
      this.#note(entry, ANSWERS);
      return { value };
    } catch (cause) {
      signal.throwIfAborted();
      const error = timeout?.aborted === true ? tooSlow(timeoutMs!) : cause;
      if (isNoAnswer(error)) this.failed(entry.name, `${what}: ${textOf(error)}`);
      else this.wrong(entry.name, `${what}: ${textOf(error)}`);
      return { name: entry.name, error };
    }
  }

  #inOrder(): Entry[] {
    const now = this.#clock.now();
    const rank = (entry: Entry) => (entry.lastUntilMs > now ? -1 : entry.score);
    return this.#entries.toSorted((a, b) => rank(b) - rank(a));
  }

  #note(entry: Entry, answer: string): void {
    entry.answer = answer;
    entry.atMs = this.#clock.now();
  }

  #entry(name: string): Entry {
    return this.#entries.find((entry) => entry.name === name)!;
  }
}

function noAnswer(what: string, failures: readonly Failure[]): QanatError {
  const [first, ...others] = failures.map(({ error }) => error);
  if (first instanceof CodedError && others.every((other) => isSame(first, other))) return first;
  const said = failures.map(({ name, error }) => `${name}: ${textOf(error)}`).join("; ");
  return new QanatError("stateless/no-answer", `no provider can give and prove ${what}: ${said}`);
}

/** No answer is no lie: the node is not there, or does not have what it was asked for. */
function isNoAnswer(error: unknown): boolean {
  if (error instanceof CodedError || error instanceof CallError) return true;
  return error instanceof QanatError && error.code.startsWith("api/");
}

function tooSlow(timeoutMs: number): CallError {
  const deadlineExceeded = 4;
  return new CallError(deadlineExceeded, `no answer within ${timeoutMs / 1000} s`);
}

function isSame(first: CodedError, other: unknown): boolean {
  return other instanceof CodedError && other.module === first.module && other.wireCode === first.wireCode;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
