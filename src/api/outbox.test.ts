import { expect, test } from "vitest";
import { Outbox } from "./outbox.ts";

const message = (length: number) => new Uint8Array(length);

test("messages wait in order while the connection is full", () => {
  const sent: number[] = [];
  let room = 1;
  const outbox = new Outbox({ maxMessages: 10, maxBytes: 1000 }, (bytes) => {
    sent.push(bytes.length);
    return --room > 0;
  });
  for (const length of [1, 2, 3, 4]) expect(outbox.push(message(length))).toBe(true);
  expect(sent).toEqual([1]);
  expect(outbox.length).toBe(3);
  room = 2;
  outbox.drained();
  expect(sent).toEqual([1, 2, 3]);
  room = 10;
  outbox.drained();
  expect(sent).toEqual([1, 2, 3, 4]);
  expect(outbox.push(message(5))).toBe(true);
  expect(sent).toEqual([1, 2, 3, 4, 5]);
});

test.each([
  { id: "messages", limits: { maxMessages: 3, maxBytes: 1000 }, lengths: [1, 1, 1, 1, 1], accepted: 4 },
  { id: "bytes", limits: { maxMessages: 100, maxBytes: 10 }, lengths: [1, 6, 4, 1], accepted: 3 },
  {
    id: "one message larger than all",
    limits: { maxMessages: 100, maxBytes: 10 },
    lengths: [1, 50, 1],
    accepted: 2,
  },
])("limit of $id", ({ limits, lengths, accepted }) => {
  const outbox = new Outbox(limits, () => false);
  expect(lengths.filter((length) => outbox.push(message(length))).length).toBe(accepted);
});
