import { expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { silentLogging } from "../../../telemetry/logger.ts";
import type { KnownPeer } from "../known-peer.ts";
import type { PeerId } from "../peer-id.ts";
import { MONITOR_MS, PeerManager } from "./peer-manager.ts";

const inOrder = { bytes: (length: number) => new Uint8Array(length), fraction: () => 0 };
const peers = (...names: string[]): KnownPeer[] =>
  names.map((name) => ({ id: name as PeerId, addresses: [] }));

/** Everybody who is dialled is connected, and serves everything. */
function scene(
  registered: readonly KnownPeer[],
  seeds: readonly (readonly KnownPeer[])[],
  persistent: readonly KnownPeer[] = [],
) {
  const connected = new Set<string>();
  const clock = new FakeClock();
  let asked = 0;
  const manager = new PeerManager({
    connector: {
      async connect({ id }) {
        connected.add(id);
        return true;
      },
      async connectSome(list, wanted) {
        for (const { id } of list.filter((known) => !connected.has(known.id)).slice(0, wanted))
          connected.add(id);
      },
    },
    registered: { serving: () => [...registered] },
    seeds: seeds.map((known) => ({
      async find() {
        asked++;
        return [...known];
      },
    })),
    persistentPeers: persistent,
    count: () => connected.size,
    ...{ clock, random: inOrder, logger: silentLogging.logger("p2p") },
  });
  return { manager, connected, clock, asked: () => asked };
}

test("registered nodes first, then those that seeds know", async () => {
  const { signal } = new AbortController();
  const { manager, connected, asked } = scene(peers("r1", "r2", "r3"), [[], peers("s1", "s2", "s3")]);
  await manager.connectMissing(signal);
  expect(connected.size).toBe(0);
  manager.track("light", { min: 2, total: 4 });
  await manager.connectMissing(signal);
  expect([...connected]).toEqual(["r1", "r2", "s1", "s2"]);
  expect(asked()).toBe(2);
  await manager.connectMissing(signal);
  expect(asked()).toBe(2);
  manager.untrack("light");
  expect(manager.tracked).toEqual([]);
});

test("persistent peers are always wanted; it looks every second until it is stopped", async () => {
  const stop = new AbortController();
  const { manager, connected, clock } = scene([], [], peers("p"));
  manager.start(stop.signal);
  await clock.scheduled(MONITOR_MS);
  expect([...connected]).toEqual(["p"]);
  connected.clear();
  clock.advance(MONITOR_MS);
  await clock.scheduled(MONITOR_MS);
  expect([...connected]).toEqual(["p"]);
  stop.abort();
  expect(clock.pending).toBe(0);
});
