import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../codec/bytes.ts";
import { NIL_BLOCK_ID } from "../block-id.ts";
import { decode, encode } from "../wire.ts";
import { BitArray, pickMissing } from "./bit-array.ts";
import {
  type ConsensusMessage,
  decodeConsensusMessage,
  encodeConsensusMessage,
} from "./consensus-message.ts";

/** Known answers of cometbft.md 3.2. */
const known: [string, ConsensusMessage][] = [
  [
    "0a1a0801180120ffffffffffffffffff0128ffffffffffffffffff01",
    {
      type: "new_round_step",
      value: { height: 1n, round: 0, step: 1, seconds_since_start_time: -1n, last_commit_round: -1 },
    },
  ],
  ["3a0408051801", { type: "has_vote", value: { height: 5n, round: 0, type: 1, index: 0 } }],
  [
    "4a0a08051801220212002a00",
    { type: "vote_set_bits", value: { height: 5n, round: 0, type: 1, block_id: NIL_BLOCK_ID, votes: [] } },
  ],
];

test.each(known)("%s", (hex, value) => {
  expect(toHex(encodeConsensusMessage(value))).toBe(hex);
  expect(decodeConsensusMessage(Uint8Array.from(Buffer.from(hex, "hex")))).toEqual(value);
});

test("bit arrays of any length come back", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (bits) => {
      expect(decode(BitArray, encode(BitArray, bits))).toEqual(bits);
    }),
  );
});

test("random bytes are a message or a named error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeConsensusMessage(bytes);
      } catch (error) {
        expect((error as Error).name).toMatch(/^(CodecError|ChainError)$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test("only what the other side lacks is picked", () => {
  const random = { fraction: () => 0.99 };
  expect(pickMissing([true, true, false], [true, false, false], random)).toBe(1);
  expect(pickMissing([true, false], [true, false], random)).toBe(-1);
  expect(pickMissing([true, true], [], random)).toBe(1);
});
