import { expect, test } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { RoundClock } from "./round-clock.ts";

const ms = (count: number) => BigInt(count) * 1_000_000n;

test("tells of each turn and of the flush, and stands still after its end", () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  const round = new RoundClock(
    { batch_flush_timeout: ms(1500), propose_batch_timeout: ms(1000) },
    3,
    clock,
    () => seen.push(`${round.turn}${round.isFlushDue ? " flush" : ""}`),
  );
  expect(round.turn).toBe(0n);
  clock.advance(5000);
  expect(seen).toEqual(["1", "1 flush", "2 flush"]);
  expect(round.turn).toBe(5n);
  expect(clock.pending).toBe(0);
  const ended = new RoundClock({ batch_flush_timeout: ms(10), propose_batch_timeout: ms(10) }, 3, clock, () =>
    seen.push("too late"),
  );
  ended.stop();
  clock.advance(100);
  expect(seen).toHaveLength(3);
});

test("without a turn's length the first has it for ever", () => {
  const clock = new FakeClock();
  const round = new RoundClock({ batch_flush_timeout: 0n, propose_batch_timeout: 0n }, 1, clock, () => {});
  clock.advance(10_000);
  expect(round.turn).toBe(0n);
  expect(round.isFlushDue).toBe(true);
});
