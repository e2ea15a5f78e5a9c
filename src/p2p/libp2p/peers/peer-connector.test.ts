import { expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { silentLogging } from "../../../telemetry/logger.ts";
import { systemRandom } from "../../comet/random.ts";
import { ConnectedPeers } from "../host/connected-peers.ts";
import type { KnownPeer } from "../known-peer.ts";
import type { PeerId } from "../peer-id.ts";
import { PeerConnector } from "./peer-connector.ts";

const { signal } = new AbortController();
const peer = (name: string): KnownPeer => ({ id: name as PeerId, addresses: [`/dns/${name}/tcp/1`] });

/** A host that reaches the peers named and nobody else. */
function scene(reachable: readonly string[]) {
  const clock = new FakeClock();
  const peers = new ConnectedPeers();
  const dialled: string[] = [];
  const host = {
    id: "self" as PeerId,
    peers,
    isBlocked: (id: PeerId) => id === "blocked",
    async connect({ id }: KnownPeer) {
      dialled.push(id);
      await Promise.resolve();
      if (!reachable.includes(id)) throw new AggregateError([new Error("refused\nand more")], "all failed");
      peers.connected(id);
    },
  };
  const connector = new PeerConnector({
    host,
    clock,
    random: systemRandom,
    logger: silentLogging.logger("p2p"),
  });
  return { clock, peers, dialled, connector };
}

test("connects until enough are connected, and no more", async () => {
  const { connector, dialled, peers } = scene(["b", "d", "e"]);
  await connector.connectSome(["a", "b", "c", "d", "e"].map(peer), 2, signal);
  expect(peers.all.sort()).toEqual(["b", "d"]);
  expect(dialled).toEqual(["a", "b", "c", "d"]);
});

test("nobody is dialled who is us, blocked, connected, or nowhere", async () => {
  const { connector, dialled, peers } = scene(["a"]);
  peers.connected("there" as PeerId);
  const nowhere = { id: "nowhere" as PeerId, addresses: [] };
  const answers = [peer("self"), peer("blocked"), nowhere, peer("there")].map((known) =>
    connector.connect(known, signal),
  );
  expect(await Promise.all(answers)).toEqual([false, false, false, true]);
  expect(dialled).toEqual([]);
});

test("one attempt at a time, and pauses that grow after failures", async () => {
  const { connector, dialled, clock } = scene([]);
  await Promise.all([connector.connect(peer("a"), signal), connector.connect(peer("a"), signal)]);
  expect(dialled).toEqual(["a"]);
  expect(connector.failures).toMatchObject([{ peer: "a", addresses: ["/dns/a/tcp/1"], reason: "refused" }]);
  clock.advance(29_000);
  await connector.connect(peer("a"), signal);
  expect(dialled).toHaveLength(1);
  clock.advance(61_000);
  await connector.connect(peer("a"), signal);
  expect(dialled).toHaveLength(2);
  for (let i = 0; i < 30; i++) {
    clock.advance(4 * 3600_000);
    await connector.connect(peer("a"), signal);
  }
  expect(dialled).toHaveLength(32);
});

test("who is reached at last counts as failing no more", async () => {
  const reachable: string[] = [];
  const { connector, clock } = scene(reachable);
  await connector.connect(peer("a"), signal);
  reachable.push("a");
  clock.advance(90_000);
  expect(await connector.connect(peer("a"), signal)).toBe(true);
  expect(connector.failures).toEqual([]);
});
