import { expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { BAN_MS, malformed, PeerFault } from "../errors.ts";
import { SCORE_BAN_MS, Standings } from "./standings.ts";

test("nothing is held against somebody unknown, nor against who only leaves", () => {
  const standings = new Standings<string>(new FakeClock());
  expect(standings.record("a", new PeerFault("closed", "bye"))).toBe(false);
  expect(standings.of("a")).toEqual({ score: 0, bannedUntilMs: 0, reason: "" });
});

test("a fault with a ban bans for as long as it says", () => {
  const clock = new FakeClock();
  const standings = new Standings<string>(clock);
  expect(standings.record("b", new PeerFault("flood", "too much", {}, { banMs: BAN_MS }))).toBe(true);
  expect(standings.banned()).toMatchObject([{ name: "b", standing: { reason: "too much" } }]);
  clock.advance(BAN_MS - 1);
  expect(standings.isBanned("b")).toBe(true);
  clock.advance(1);
  expect(standings.isBanned("b")).toBe(false);
});

test("many faults make a ban, few do not, and time forgives", () => {
  const clock = new FakeClock();
  const standings = new Standings<string>(clock);
  standings.record("a", malformed("one"));
  standings.record("a", malformed("two"));
  expect(standings.of("a").score).toBe(-80);
  clock.advance(10 * 60_000);
  expect(standings.of("a").score).toBe(-60);
  standings.record("a", malformed("three"));
  expect(standings.of("a")).toMatchObject({ score: -100, reason: "three" });
  expect(standings.isBanned("a")).toBe(true);
  clock.advance(SCORE_BAN_MS);
  expect(standings.of("a")).toEqual({ score: 0, bannedUntilMs: 0, reason: "three" });
});

test("names are forgotten when they are too many, the worst last", () => {
  const standings = new Standings<string>(new FakeClock());
  standings.record("worst", new PeerFault("flood", "worst", {}, { banMs: BAN_MS }));
  for (let i = 0; i < 10_000; i++) standings.record(`n${i}`, new PeerFault("unresponsive", "slow"));
  expect(standings.isBanned("worst")).toBe(true);
  const known = Array.from({ length: 10_000 }, (_, i) => standings.of(`n${i}`).score).filter(
    (score) => score < 0,
  );
  expect(known.length).toBeLessThanOrEqual(2000);
});
