import { expect, test } from "vitest";
import { toHex, utf8 } from "../../../codec/bytes.ts";
import { MerlinTranscript } from "./merlin.ts";
import { Strobe128 } from "./strobe128.ts";

test("a Merlin transcript gives the challenge of its reference implementation", () => {
  // The equivalence test of the merlin crate: one message, one challenge.
  const transcript = new MerlinTranscript("test protocol");
  transcript.append("some label", utf8("some data"));
  expect(toHex(transcript.challenge("challenge", 32))).toBe(
    "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615",
  );
});

test("data over many blocks changes every challenge after it", () => {
  const challenges = [0, 1, 165, 166, 167, 1024].map((length) => {
    const transcript = new MerlinTranscript("test protocol");
    transcript.append("data", new Uint8Array(length));
    const first = toHex(transcript.challenge("first", 200));
    return [first, toHex(transcript.challenge("second", 200))];
  });
  expect(new Set(challenges.flat()).size).toBe(12);
});

test("one operation cannot be continued as another", () => {
  const strobe = new Strobe128("test");
  strobe.ad(utf8("data"));
  expect(() => strobe.metaAd(utf8("more"), true)).toThrow(TypeError);
});
