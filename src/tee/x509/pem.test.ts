import { expect, it } from "vitest";
import { toHex, utf8 } from "../../codec/bytes.ts";
import { pemBlocks } from "./pem.ts";

const good = "-----BEGIN A-----\nAQID\n-----END A-----\n";

// What the official library makes of each text (Go's encoding/pem).
it.each<[string, string, string[]]>([
  ["one block", good, ["A 010203"]],
  ["two blocks", good + good, ["A 010203", "A 010203"]],
  ["nothing", "", []],
  ["something else", "hello\n", []],
  ["no end of line at the end", good.trimEnd(), ["A 010203"]],
  ["a zero byte at the end", `${good}\0`, ["A 010203"]],
  ["text before", `hello\n${good}`, ["A 010203"]],
  ["text before on the same line", `hello${good}`, []],
  ["carriage returns", good.replaceAll("\n", "\r\n"), ["A 010203"]],
  ["blanks at the ends of lines", good.replaceAll("\n", " \t\n"), ["A 010203"]],
  ["blanks among the digits", good.replace("AQID", " AQ\n ID"), ["A 010203"]],
  ["headers", good.replace("AQID", "Key: value\nOther:\n\nAQID"), ["A 010203"]],
  ["headers only", "-----BEGIN A-----\nKey: value\n-----END A-----\n", []],
  ["no digits", "-----BEGIN A-----\n-----END A-----\n", ["A "]],
  ["another end", good.replace("END A", "END B"), []],
  ["another end, then a block", good.replace("END A", "END B") + good, ["A 010203"]],
  ["a beginning without an end before", `-----BEGIN B-----\n${good}`, ["A 010203"]],
  ["no base64", good.replace("AQID", "AQI!"), []],
  ["not padded", good.replace("AQID", "AQI"), []],
  ["something after the end on its line", good.replace("END A-----", "END A-----x"), []],
  ["too few dashes", good.replace("BEGIN A-----", "BEGIN A----"), []],
])("%s", (_, text, blocks) => {
  expect([...pemBlocks(utf8(text))].map(({ type, bytes }) => `${type} ${toHex(bytes)}`)).toEqual(blocks);
});
