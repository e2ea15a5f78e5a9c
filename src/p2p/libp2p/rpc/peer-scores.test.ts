import { expect, test } from "vitest";
import { ConnectedPeers } from "../host/connected-peers.ts";
import type { PeerId } from "../peer-id.ts";
import { PeerScores } from "./peer-scores.ts";

const PROTOCOL = "/oasis/test/1.0.0";
/** Leaves the order as it is. */
const inOrder = { bytes: (length: number) => new Uint8Array(length), fraction: () => 0 };
const id = (name: string) => name as PeerId;

function connected(...names: string[]) {
  const peers = new ConnectedPeers();
  for (const name of names) {
    peers.connected(id(name));
    peers.announced(id(name), [PROTOCOL]);
  }
  return { peers, scores: new PeerScores(PROTOCOL, { peers, random: inOrder }) };
}

test("only connected peers with the protocol are asked", () => {
  const { peers, scores } = connected("a", "b");
  peers.connected(id("c"));
  peers.announced(id("c"), ["/other/1.0.0"]);
  expect(scores.best()).toEqual(["a", "b"]);
  peers.announced(id("c"), [PROTOCOL]);
  peers.announced(id("a"), []);
  peers.disconnected(id("b"));
  expect(scores.best()).toEqual(["c"]);
});

test("the fast come first, the unknown after the fast, those that fail last", () => {
  const { scores } = connected("failing", "slow", "new", "fast");
  for (let i = 0; i < 50; i++) {
    scores.succeeded(id("fast"), 10);
    scores.succeeded(id("slow"), 100);
    scores.failed(id("failing"), 100);
  }
  expect(scores.best()).toEqual(["fast", "new", "slow", "failing"]);
  expect(scores.best(new Set([id("slow"), id("gone")]))).toEqual(["slow"]);
});

test("only the first five change places", () => {
  const last = { ...inOrder, fraction: () => 0.999 };
  const peers = new ConnectedPeers();
  const names = Array.from({ length: 8 }, (_, i) => `peer ${i}`);
  for (const name of names) {
    peers.connected(id(name));
    peers.announced(id(name), [PROTOCOL]);
  }
  const best = new PeerScores(PROTOCOL, { peers, random: last }).best();
  expect(best.slice(5)).toEqual(names.slice(5));
  expect([...best.slice(0, 5)].sort()).toEqual(names.slice(0, 5));
  expect(best).not.toEqual(names);
});

test("an ignored peer stays away, also when it comes back", () => {
  const { peers, scores } = connected("liar");
  scores.ignore(id("liar"));
  peers.disconnected(id("liar"));
  peers.connected(id("liar"));
  peers.announced(id("liar"), [PROTOCOL]);
  expect(scores.best()).toEqual([]);
});
