import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { FakeClock } from "../../test/fake-clock.ts";
import { ownLoopbackHost } from "../../test/loopback-host.ts";
import { settled } from "../../test/p2p/duplex-pair.ts";
import { FIRST_LOOK_MS, INTERVAL_MS, PortCheck } from "./port-check.ts";

const resolve = () => Promise.reject(new Error("no such name"));
async function portOf(host: string): Promise<{ port: number; close: () => Promise<unknown> }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as { port: number };
  return { port, close: () => new Promise((resolve) => server.close(resolve)) };
}

test("a place that does not answer, until somebody has connected", async () => {
  const host = ownLoopbackHost();
  const { port, close } = await portOf(host);
  await close();
  const clock = new FakeClock();
  let wasReached = false;
  const check = new PortCheck(`${host}:${port}`, {
    clock,
    resolve,
    wasReached: () => wasReached,
    hasOthers: () => true,
  });
  check.start();
  expect(check.answer).toBeNull();
  clock.advance(FIRST_LOOK_MS);
  while (check.answer === null) await settled(1);
  expect(check.answer).toBe("nothing listens at the address (code: ECONNREFUSED)");
  wasReached = true;
  expect(check.answer).toBeNull();
  check.stop();
});

test("a name that nobody knows", async () => {
  const clock = new FakeClock();
  const check = new PortCheck("no-such-node.invalid:1", {
    clock,
    resolve,
    wasReached: () => false,
    hasOthers: () => true,
  });
  check.start();
  clock.advance(FIRST_LOOK_MS);
  while (check.answer === null) await settled(1);
  expect(check.answer).toBe("its host name cannot be resolved");
  check.stop();
});

test("a place that answers", async () => {
  const host = ownLoopbackHost();
  const { port, close } = await portOf(host);
  const clock = new FakeClock();
  const check = new PortCheck(`${host}:${port}`, {
    clock,
    resolve,
    wasReached: () => false,
    hasOthers: () => true,
  });
  check.start();
  clock.advance(FIRST_LOOK_MS);
  // The next look is arranged when this one is over.
  await clock.scheduled(INTERVAL_MS);
  expect(check.answer).toBeNull();
  check.stop();
  await close();
});

test("an address of this machine says nothing", async () => {
  const [own] = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  if (own === undefined) return;
  const clock = new FakeClock();
  const host = own.address.includes(":") ? `[${own.address}]` : own.address;
  const check = new PortCheck(`${host}:1`, {
    clock,
    resolve,
    wasReached: () => false,
    hasOthers: () => true,
  });
  check.start();
  clock.advance(FIRST_LOOK_MS);
  await clock.scheduled(INTERVAL_MS);
  expect(check.answer).toBeNull();
  check.stop();
});

test("nothing is dialed while nobody could connect", async () => {
  const clock = new FakeClock();
  const check = new PortCheck(`${ownLoopbackHost()}:1`, {
    ...{ clock, resolve, wasReached: () => false, hasOthers: () => false },
  });
  check.start();
  clock.advance(FIRST_LOOK_MS);
  await clock.scheduled(FIRST_LOOK_MS);
  expect(check.answer).toBeNull();
  check.stop();
});
