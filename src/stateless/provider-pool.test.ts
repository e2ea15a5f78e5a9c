import { describe, expect, test } from "vitest";
import { FakeClock } from "../../test/fake-clock.ts";
import { type ApiClient, CallError } from "../api/client.ts";
import { CodedError, QanatError } from "../codec/errors.ts";
import { silentLogging } from "../telemetry/logger.ts";
import { consensusErrors } from "../types/errors.ts";
import { ProviderPool } from "./provider-pool.ts";

const { signal } = new AbortController();

/** Providers whose client is their name. */
function poolOf(...names: string[]) {
  const clock = new FakeClock();
  const providers = names.map((name) => ({ name, client: async () => name as unknown as ApiClient }));
  const asked: string[] = [];
  const pool = new ProviderPool(providers, { clock, logger: silentLogging.logger("test") });
  /** Asks; `answers` by name: a value, or what is thrown. */
  const ask = (answers: Record<string, unknown>) =>
    pool.ask("it", (client) => answerOf(client, answers, asked), signal);
  const askAlike = (answers: Record<string, unknown>) =>
    pool.askAlike(
      "it",
      { question: (client) => answerOf(client, answers, asked), alike: String, agreeing: 2 },
      signal,
    );
  return { pool, clock, asked, ask, askAlike };
}

async function answerOf(
  client: ApiClient,
  answers: Record<string, unknown>,
  asked: string[],
): Promise<unknown> {
  const name = client as unknown as string;
  asked.push(name);
  const answer = answers[name];
  if (answer instanceof Error) throw answer;
  return answer;
}

const gone = new CallError(14, "nobody is there");
const lie = new QanatError("stateless/wrong-answer", "it is wrong");

describe("a pool of providers", () => {
  test("stays with who answers, and goes to the next when it does not", async () => {
    const { ask, asked } = poolOf("a", "b", "c");
    expect(await ask({ a: 1 })).toBe(1);
    expect(await ask({ a: gone, b: 2 })).toBe(2);
    expect(await ask({ b: 3 })).toBe(3);
    expect(asked).toEqual(["a", "a", "b", "b"]);
  });

  test("asks who lied last, for five minutes", async () => {
    const { ask, asked, clock, pool } = poolOf("a", "b");
    expect(await ask({ a: lie, b: 1 })).toBe(1);
    expect(pool.isBenched("a")).toBe(true);
    expect(await ask({ a: 2, b: gone })).toBe(2);
    expect(asked).toEqual(["a", "b", "b", "a"]);
    clock.advance(5 * 60_000);
    expect(pool.isBenched("a")).toBe(false);
    expect(await ask({ a: 3 })).toBe(3);
    expect(pool.report()[0]).toMatchObject({ wrongAnswers: 1, wrong: "it: it is wrong", answer: "answers" });
  });

  test("says what each one said when nobody answers", async () => {
    const { ask, pool } = poolOf("a", "b");
    await expect(ask({ a: gone, b: lie })).rejects.toThrow(
      "no provider can give and prove it: a: nobody is there; b: it is wrong",
    );
    expect(pool.report().map(({ answer }) => answer)).toEqual([
      "it: nobody is there",
      "wrong answer: it: it is wrong",
    ]);
  });

  test("passes on a refusal that all agree on", async () => {
    const { ask } = poolOf("a", "b");
    const refusal = consensusErrors.versionNotFound();
    await expect(ask({ a: refusal, b: new CodedError("consensus", 3, "") })).rejects.toBe(refusal);
    await expect(ask({ a: refusal, b: gone })).rejects.toMatchObject({ code: "stateless/no-answer" });
  });

  test("ends when it is not wanted any more", async () => {
    const { pool } = poolOf("a");
    const stop = new AbortController();
    const answer = pool.ask("it", () => Promise.reject(new Error("cancelled")), stop.signal);
    stop.abort(new Error("stopped"));
    await expect(answer).rejects.toThrow("stopped");
    expect(pool.report()[0]!.wrongAnswers).toBe(0);
  });

  test("has two confirm each other, and blames who contradicts them", async () => {
    const { askAlike, pool } = poolOf("a", "b", "c");
    expect(await askAlike({ a: "x", b: "x", c: "y" })).toBe("x");
    expect(pool.report().map(({ wrongAnswers }) => wrongAnswers)).toEqual([0, 0, 0]);
    expect(await askAlike({ a: "z", b: "x", c: "x" })).toBe("x");
    expect(pool.report().map(({ wrong }) => wrong)).toEqual(["it: b and c say otherwise", "", ""]);
  });

  test("believes nobody when they contradict each other or one is alone", async () => {
    const { askAlike } = poolOf("a", "b");
    await expect(askAlike({ a: "x", b: "y" })).rejects.toMatchObject({ code: "stateless/conflict" });
    await expect(askAlike({ a: "x", b: gone })).rejects.toThrow(/nobody confirms what a says/);
    await expect(askAlike({ a: gone, b: gone })).rejects.toThrow(/no provider/);
  });
});
