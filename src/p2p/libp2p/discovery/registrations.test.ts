import { expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { systemRandom } from "../../comet/random.ts";
import type { PeerId } from "../peer-id.ts";
import {
  MAX_NAMES_OF_PEER,
  MAX_PEERS,
  MAX_PEERS_OF_NAME,
  REGISTRATION_MS,
  Registrations,
} from "./registrations.ts";

const peer = (name: string | number, port = 1) => {
  return { id: `peer ${name}` as PeerId, addresses: [`/ip4/10.0.0.1/tcp/${port}`] };
};

function registrations() {
  const clock = new FakeClock();
  return { clock, known: new Registrations({ clock, random: systemRandom }) };
}

test("who registers is found under that name, with the latest address, until an hour has passed", () => {
  const { clock, known } = registrations();
  known.add("light", peer("a"));
  known.add("tx", peer("b"));
  clock.advance(REGISTRATION_MS / 2);
  known.add("light", peer("c"));
  known.add("light", peer("c", 2));
  expect(
    known
      .some("light", 10)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(["peer a", "peer c"]);
  expect(known.all()).toHaveLength(3);
  clock.advance(REGISTRATION_MS / 2);
  expect(known.some("light", 10)).toEqual([peer("c", 2)]);
  expect(known.byName()).toEqual(new Map([["light", [peer("c", 2)]]]));
  known.remove("light", peer("c").id);
  known.remove("light", peer("c").id);
  expect(known.all()).toEqual([]);
});

test("no more are told than wanted", () => {
  const { known } = registrations();
  for (let i = 0; i < 20; i++) known.add("light", peer(i));
  expect(new Set(known.some("light", 5).map(({ id }) => id)).size).toBe(5);
  expect(known.some("other", 5)).toEqual([]);
});

test("one peer has so many names, one name so many peers, and there are so many peers", () => {
  const { known } = registrations();
  for (let i = 0; i < MAX_NAMES_OF_PEER; i++) expect(known.add(`name ${i}`, peer("a"))).toBe(true);
  expect(known.add("one more", peer("a"))).toBe(false);
  expect(known.add("name 0", peer("a", 2))).toBe(true);
  for (let i = 1; i < MAX_PEERS_OF_NAME; i++) known.add("name 0", peer(i));
  expect(known.add("name 0", peer("late"))).toBe(false);
  for (let i = MAX_PEERS_OF_NAME; i < MAX_PEERS; i++)
    expect(known.add(`other ${i % 20}`, peer(i))).toBe(true);
  expect(known.add("fresh", peer("last"))).toBe(false);
  expect(known.add("fresh", peer(1))).toBe(true);
});
