import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { silentLogging } from "../../../telemetry/logger.ts";
import { type NetAddress, netAddress } from "../net-address.ts";
import type { NodeId } from "../node-id.ts";
import { type Random, systemRandom } from "../random.ts";
import { AddressBook, type AddressBookOptions } from "./address-book.ts";
import { loadAddressBook, newBookKey, saveAddressBook } from "./address-book-file.ts";

const DAY_MS = 24 * 3600_000;
const ownId = "0".repeat(40) as NodeId;
const logger = silentLogging.logger("p2p");
const directory = mkdtempSync(join(tmpdir(), "qanat-book-"));
afterAll(() => rmSync(directory, { recursive: true }));

function idOf(n: number): NodeId {
  return (n + 1).toString(16).padStart(40, "0") as NodeId;
}

function addressOf(n: number, ip = `${1 + (n % 120)}.${(n >> 7) & 255}.0.9`): NetAddress {
  return netAddress(idOf(n), ip, 26656)!;
}

function makeBook(
  change: Partial<AddressBookOptions> = {},
  clock = new FakeClock(),
  random: Random = systemRandom,
) {
  const options = {
    ownId,
    privateIds: new Set<NodeId>(),
    isStrict: true,
    key: "0123456789abcdef01234567",
    ...change,
  };
  return new AddressBook(options, { clock, random });
}

const source = addressOf(100_000, "8.8.8.8");

test("what is added can be picked, selected and removed", () => {
  const book = makeBook();
  expect(book.pick(50)).toBeNull();
  expect(book.selection()).toEqual([]);
  expect(book.add(addressOf(1), source)).toBe("added");
  expect(book.add(addressOf(1), source)).toBe("known");
  expect(book.size).toBe(1);
  expect(book.pick(100)).toEqual(addressOf(1));
  expect(book.selection()).toEqual([addressOf(1)]);
  book.remove(idOf(1));
  expect(book.size).toBe(0);
  expect(book.pick(100)).toBeNull();
});

test.each([
  ["our own address", netAddress(ownId, "9.9.9.9", 1)!, "own"],
  ["a private node's", addressOf(7), "private"],
  ["one on loopback", addressOf(8, "127.0.0.1"), "unroutable"],
  ["one of a private network", addressOf(8, "10.0.0.1"), "unroutable"],
])("%s is not taken", (_, address, outcome) => {
  const book = makeBook({ privateIds: new Set([idOf(7)]) });
  expect(book.add(address, source)).toBe(outcome);
  expect(book.size).toBe(0);
});

test("addresses that a private node tells are not taken, unroutable ones are when the book is lenient", () => {
  const book = makeBook({ privateIds: new Set([source.id]), isStrict: false });
  expect(book.add(addressOf(1), source)).toBe("private");
  expect(book.add(addressOf(1, "127.0.0.1"), addressOf(2))).toBe("added");
});

test("a node is not moved by telling another address", () => {
  const book = makeBook();
  book.add(addressOf(1, "1.1.1.1"), source);
  for (let i = 0; i < 50; i++) book.add(addressOf(1, "2.2.2.2"), addressOf(i, `${i + 3}.1.1.1`));
  expect(book.selection()).toEqual([addressOf(1, "1.1.1.1")]);
  expect(book.get(idOf(1))!.buckets.length).toBeLessThanOrEqual(4);
});

test("nobody fills the book from one network", () => {
  const book = makeBook();
  for (let i = 0; i < 20_000; i++) book.add(addressOf(i, `5.5.${i >> 8}.${i & 255}`), source);
  // One group from one source has one bucket.
  expect(book.size).toBeLessThanOrEqual(64);
});

test("the book has a limit, whoever tells whatever", () => {
  const book = makeBook();
  for (let i = 0; i < 40_000; i++)
    book.add(addressOf(i), addressOf(i + 7, `${1 + (i % 100)}.${i % 251}.1.1`));
  expect(book.size).toBeLessThanOrEqual(256 * 64);
  expect(book.size).toBeGreaterThan(5000);
});

test("a peer is told some of the addresses: at least 32, 23 of a hundred, at most 250", () => {
  for (const [size, told] of [
    [10, 10],
    [40, 32],
    [1000, 230],
    [3000, 250],
  ] as const) {
    const book = makeBook();
    for (let i = 0; book.size < size; i++)
      book.add(addressOf(i), addressOf(i + 7, `${1 + (i % 100)}.${i % 251}.1.1`));
    const selection = book.selection();
    expect(selection.length).toBe(told);
    expect(new Set(selection.map(({ id }) => id)).size).toBe(told);
    expect(book.selectionWithBias(30).length).toBe(told);
  }
});

test("good peers become old addresses, which are preferred when few new ones are wanted", () => {
  const book = makeBook();
  for (let i = 0; i < 200; i++) book.add(addressOf(i), addressOf(i + 7, `${1 + (i % 100)}.2.1.1`));
  for (let i = 0; i < 50; i++) book.markGood(idOf(i));
  expect(book.get(idOf(0))).toMatchObject({ kind: "old", attempts: 0 });
  const isOld = (id: NodeId) => book.get(id)!.kind === "old";
  expect(Array.from({ length: 50 }, () => book.pick(0)!.id).every(isOld)).toBe(true);
  expect(Array.from({ length: 50 }, () => book.pick(100)!.id).some(isOld)).toBe(false);
  const told = book.selectionWithBias(30);
  expect(told.filter(({ id }) => isOld(id)).length).toBe(Math.round(0.7 * told.length));
});

test("of too many old addresses the one tried longest ago becomes new again", () => {
  const clock = new FakeClock();
  const book = makeBook({}, clock);
  for (let i = 0; i < 65 * 4; i++) {
    book.add(addressOf(i, `5.5.${i >> 8}.${i & 255}`), addressOf(i, `${1 + (i % 120)}.9.1.1`));
    clock.advance(1000);
    book.markGood(idOf(i));
  }
  const kinds = book.entries().map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "old").length).toBeLessThanOrEqual(4 * 64);
  expect(kinds).toContain("new");
});

test("a full bucket gives up what fails before what works", () => {
  const clock = new FakeClock();
  const book = makeBook({}, clock);
  for (let i = 0; i < 64; i++) book.add(addressOf(i, `5.5.0.${i}`), source);
  expect(book.size).toBe(64);
  for (let i = 0; i < 3; i++) book.markAttempt(idOf(40));
  clock.advance(61_000);
  book.add(addressOf(99, "5.5.0.99"), source);
  expect(book.size).toBe(64);
  expect(book.get(idOf(40))).toBeNull();
});

test("a banned address is neither picked nor taken until the ban is over", () => {
  const clock = new FakeClock();
  const book = makeBook({}, clock);
  book.add(addressOf(1), source);
  book.ban(idOf(1), DAY_MS);
  expect(book.size).toBe(0);
  expect(book.isBanned(idOf(1))).toBe(true);
  expect(book.add(addressOf(1), source)).toBe("banned");
  clock.advance(DAY_MS - 1);
  book.reinstate();
  expect(book.size).toBe(0);
  clock.advance(1);
  book.reinstate();
  expect(book.pick(100)).toEqual(addressOf(1));
});

test("the list of banned addresses has a limit", () => {
  const book = makeBook();
  for (let i = 0; i < 3000; i++) {
    book.add(addressOf(i), source);
    book.ban(idOf(i), 1000 + i);
  }
  expect(book.isBanned(idOf(0))).toBe(false);
  expect(book.isBanned(idOf(2999))).toBe(true);
});

test("whatever happens, every address is in the buckets that it says", () => {
  const step = fc.tuple(
    fc.constantFrom("add", "good", "attempt", "ban", "remove", "reinstate", "wait"),
    fc.nat(40),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const clock = new FakeClock();
      const book = makeBook({ isStrict: false }, clock);
      for (const [what, n] of steps) {
        if (what === "add") book.add(addressOf(n), addressOf(n + 1));
        else if (what === "good") book.markGood(idOf(n));
        else if (what === "attempt") book.markAttempt(idOf(n));
        else if (what === "ban") book.ban(idOf(n), n * 1000);
        else if (what === "remove") book.remove(idOf(n));
        else if (what === "reinstate") book.reinstate();
        else clock.advance(n * 10_000);
      }
      const entries = book.entries();
      expect(entries.length).toBe(book.size);
      for (const { kind, buckets, address } of entries) {
        expect(buckets.length).toBeGreaterThan(0);
        expect(buckets.length).toBeLessThanOrEqual(kind === "old" ? 1 : 4);
        expect(book.isBanned(address.id)).toBe(false);
      }
      if (book.size > 0)
        expect([book.pick(0), book.pick(100), book.pick(50)].some((one) => one !== null)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test("a book survives writing and reading", () => {
  const clock = new FakeClock();
  const path = join(directory, "addrbook.json");
  const book = makeBook({ key: newBookKey(systemRandom) }, clock);
  for (let i = 0; i < 30; i++) book.add(addressOf(i), source);
  for (let i = 0; i < 10; i++) book.markGood(idOf(i));
  saveAddressBook(path, book);
  const stored = loadAddressBook(path, logger)!;
  expect(stored.key).toBe(book.key);
  const again = makeBook({ key: stored.key }, clock);
  for (const known of stored.addresses) again.restore(known);
  expect(new Set(again.entries())).toEqual(new Set(book.entries()));
});

test("a book is written as the official node reads it", () => {
  const path = join(directory, "written.json");
  const book = makeBook({ isStrict: false }, new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5)));
  book.add(addressOf(1, "127.0.0.1"), addressOf(2, "::1"));
  saveAddressBook(path, book);
  const text = readFileSync(path, "utf8");
  expect(text).toContain('\n\t"key": "0123456789abcdef01234567",\n\t"addrs": [\n\t\t{\n\t\t\t"addr": {');
  const { buckets, ...entry } = JSON.parse(text).addrs[0];
  expect(buckets.length).toBe(1);
  expect(entry).toEqual({
    addr: { id: idOf(1), ip: "127.0.0.1", port: 26656 },
    src: { id: idOf(2), ip: "::1", port: 26656 },
    attempts: 0,
    bucket_type: 1,
    last_attempt: "2026-01-02T03:04:05.000Z",
    last_success: "0001-01-01T00:00:00Z",
    last_ban_time: "0001-01-01T00:00:00Z",
  });
});

test("a book of the official node is read; what is damaged in it is left out", () => {
  const path = join(directory, "official.json");
  const entry = {
    addr: { id: idOf(1), ip: "1.2.3.4", port: 26656 },
    src: { id: idOf(2), ip: "5.6.7.8", port: 1 },
    buckets: [3, 200],
    attempts: 2,
    bucket_type: 1,
    last_attempt: "2026-11-25T11:34:35.634731681+01:00",
    last_success: "0001-01-01T00:00:00Z",
    last_ban_time: "0001-01-01T00:00:00Z",
  };
  const old = { ...entry, addr: { ...entry.addr, id: idOf(3) }, bucket_type: 2, buckets: [1] };
  const broken = { ...entry, addr: { ...entry.addr, ip: "nowhere" } };
  writeFileSync(path, JSON.stringify({ key: "ab".repeat(12), addrs: [entry, broken, 7, old] }));
  const stored = loadAddressBook(path, logger)!;
  expect(stored.addresses.map(({ address, kind }) => [address.id, kind])).toEqual([
    [idOf(1), "new"],
    [idOf(3), "old"],
  ]);
  expect(stored.addresses[0]).toMatchObject({
    attempts: 2,
    lastAttemptMs: Date.parse("2026-11-25T10:34:35.634Z"),
    lastSuccessMs: 0,
  });
});

test.each([
  ["no JSON", "{"],
  ["other JSON", "[]"],
  ["a key that is none", '{"key":"x","addrs":[]}'],
])("a file with %s is put aside", (_, content) => {
  const path = join(directory, "damaged.json");
  writeFileSync(path, content);
  expect(loadAddressBook(path, logger)).toBeNull();
  expect(readFileSync(`${path}.damaged`, "utf8")).toBe(content);
  expect(loadAddressBook(path, logger)).toBeNull();
});
