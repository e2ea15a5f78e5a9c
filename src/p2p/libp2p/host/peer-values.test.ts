import { expect, test } from "vitest";
import type { PeerId } from "../peer-id.ts";
import { IMPORTANCE, PeerValues } from "./peer-values.ts";

const [a, b] = ["a", "b"] as PeerId[] as [PeerId, PeerId];

test("a peer is worth the sum of its tags; importance outlives a connection", () => {
  const values = new PeerValues();
  values.tag(a, "light", 20);
  values.tag(a, "light", 20);
  values.tagOnly([a], `${IMPORTANCE}compute`, 1000);
  expect([values.valueOf(a), values.valueOf(b)]).toEqual([1020, 0]);
  values.forget(a);
  expect(values.valueOf(a)).toBe(1000);
  values.tagOnly([b], `${IMPORTANCE}compute`, 1000);
  expect([values.valueOf(a), values.valueOf(b)]).toEqual([0, 1000]);
});
