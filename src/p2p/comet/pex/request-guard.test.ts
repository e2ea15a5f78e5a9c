import { expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { BAN_MS } from "../errors.ts";
import { netAddress } from "../net-address.ts";
import type { NodeId } from "../node-id.ts";
import { systemRandom } from "../random.ts";
import { DialBackoff, MAX_DIAL_ATTEMPTS } from "./dial-backoff.ts";
import { MIN_REQUEST_INTERVAL_MS, RequestGuard } from "./request-guard.ts";

const id = "730a5edc28c2f8daf2d9dce3a01d5f205e35e555" as NodeId;

test("two requests are free, then one in ten seconds", () => {
  const clock = new FakeClock();
  const guard = new RequestGuard(clock);
  guard.ask(id);
  guard.ask(id);
  clock.advance(MIN_REQUEST_INTERVAL_MS - 1);
  expect(() => guard.ask(id)).toThrow(expect.objectContaining({ kind: "flood", banMs: BAN_MS }));
  clock.advance(1);
  guard.ask(id);
  guard.forget(id);
  guard.ask(id);
  guard.ask(id);
});

test("an answer needs a request, and there is one at a time", () => {
  const guard = new RequestGuard(new FakeClock());
  expect(() => guard.answer(id)).toThrow(expect.objectContaining({ kind: "misbehaviour", banMs: BAN_MS }));
  expect(guard.askIt(id)).toBe(true);
  expect(guard.askIt(id)).toBe(false);
  guard.answer(id);
  expect(guard.askIt(id)).toBe(true);
});

test("attempts are 2, 4, 8 … seconds apart, until the address is given up", () => {
  const clock = new FakeClock();
  const backoff = new DialBackoff(clock, systemRandom);
  const address = netAddress(id, "1.2.3.4", 5)!;
  for (let attempt = 1; attempt <= MAX_DIAL_ATTEMPTS; attempt++) {
    expect(backoff.verdict(address)).toBe("dial");
    backoff.failed(address, 0);
    expect(backoff.verdict(address)).toBe("wait");
    clock.advance(2 ** attempt * 1000 - 1);
    expect(backoff.verdict(address)).toBe("wait");
    clock.advance(1001);
  }
  backoff.failed(address, 0);
  expect(backoff.verdict(address)).toBe("give up");
  backoff.forget(address);
  expect(backoff.verdict(address)).toBe("dial");
  for (let i = 0; i < 10; i++) backoff.failed(address, 5000);
  clock.advance(5000);
  expect(backoff.verdict(address)).toBe("dial");
});
