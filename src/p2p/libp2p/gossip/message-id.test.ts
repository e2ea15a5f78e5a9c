import { expect, test } from "vitest";
import { fromHex, toHex } from "../../../codec/bytes.ts";
import { messageId } from "./message-id.ts";

test("the id of a message", () => {
  // facts/runtime.md section 11, number 4.
  const id = "269e8103befb8245752b43750b415715a424d44014473a5434271a9a04722ce7";
  expect(toHex(messageId("topic", fromHex("426869")))).toBe(id);
  expect(toHex(messageId("topi", fromHex("63426869")))).not.toBe(id);
});
