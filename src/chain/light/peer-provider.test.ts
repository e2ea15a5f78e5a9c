import { expect, test } from "vitest";
import { QanatError } from "../../codec/errors.ts";
import type { PeerId } from "../../p2p/libp2p/peer-id.ts";
import type { RpcMethod } from "../../p2p/libp2p/rpc/rpc-method.ts";
import { type LightPeerSource, lightProviders } from "./peer-provider.ts";

const { signal } = new AbortController();
const [a, b, c] = ["a", "b", "c"] as PeerId[] as [PeerId, PeerId, PeerId];

/** Peers that answer with the height they are asked for, but for those told otherwise. */
function peers(ids: readonly PeerId[], odd: Partial<Record<string, "silent" | "wrong">> = {}) {
  const present = [...ids];
  const asked: PeerId[] = [];
  const bad: PeerId[] = [];
  const source: LightPeerSource = {
    scores: { best: () => [...present] },
    rpc: {
      async call<Q, R>([peer]: readonly PeerId[], _: RpcMethod<Q, R>, height: Q) {
        if (peer === undefined) throw new QanatError("p2p/no-peers", "no peer to ask");
        asked.push(peer);
        if (odd[peer] === "silent") {
          present.splice(present.indexOf(peer), 1);
          present.push(peer);
          throw new QanatError("p2p/timeout", "no answer");
        }
        const value = { height: odd[peer] === "wrong" ? 999n : height, meta: null } as R;
        const block = () => {
          bad.push(peer);
          present.splice(present.indexOf(peer), 1);
        };
        return { value, feedback: { peer, good() {}, poor() {}, bad: block } };
      },
    },
  };
  return { source, asked, bad, present };
}

test("each place has a peer of its own, and keeps it", async () => {
  const { source } = peers([a, b, c]);
  const [first, second] = lightProviders(2, source);
  expect(first!.name).toBe("");
  for (let i = 0; i < 2; i++) {
    expect(await first!.getLightBlock(5n, signal)).toMatchObject({ height: 5n });
    await second!.getValidators(5n, signal);
    expect([first!.name, second!.name]).toEqual([a, b]);
  }
});

test("a peer that does not answer makes way for another", async () => {
  const { source, asked } = peers([a, b], { a: "silent" });
  const [place] = lightProviders(1, source);
  await place!.getParameters(3n, signal);
  expect(asked).toEqual([a, b]);
  expect(place!.name).toBe(b);
});

test("an answer of another height makes a bad peer, as what is rejected later does", async () => {
  const { source, bad } = peers([a, b, c], { a: "wrong" });
  const [place] = lightProviders(1, source);
  await place!.getLightBlock(3n, signal);
  expect([place!.name, bad]).toEqual([b, [a]]);
  place!.reject("it lied");
  expect([place!.name, bad]).toEqual(["", [a, b]]);
});

test("a peer that went leaves its place; with nobody there is no answer", async () => {
  const { source, present } = peers([a]);
  const [first, second] = lightProviders(2, source);
  await first!.getLightBlock(1n, signal);
  await expect(second!.getLightBlock(1n, signal)).rejects.toMatchObject({ code: "p2p/no-peers" });
  present.splice(0, 1, c);
  await first!.getLightBlock(1n, signal);
  expect(first!.name).toBe(c);
});
