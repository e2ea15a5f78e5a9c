import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { concat, fromHex, toHex } from "../codec/bytes.ts";
import { CodecError } from "../codec/errors.ts";
import { decodeBlock } from "./block.ts";
import { BlockID, NIL_BLOCK_ID } from "./block-id.ts";
import { decodeState } from "./chain-state.ts";
import { ABSENT_COMMIT_SIG, Commit, CommitSig, EMPTY_COMMIT } from "./commit.ts";
import { ConsensusParamsProto } from "./consensus-params.ts";
import { ChainError } from "./errors.ts";
import { EvidenceList } from "./evidence/evidence.ts";
import { Header } from "./header.ts";
import { decodeLightBlock } from "./light-block.ts";
import { Part } from "./part-set.ts";
import { Proposal } from "./proposal.ts";
import { readRecordedChain } from "./recorded-chain.ts";
import { decodeResults } from "./results.ts";
import { RoundMessageProto } from "./rounds/round-message-proto.ts";
import { ZERO_TIME } from "./time.ts";
import { decodeValidatorSet } from "./validator-set-proto.ts";
import { Vote } from "./vote.ts";
import { decode, duration, encode, type Message, timestamp } from "./wire.ts";

describe("gogoproto's ways (cometbft.md section 0)", () => {
  test("non-nullable messages are written even when empty", () => {
    expect(toHex(encode(BlockID, NIL_BLOCK_ID))).toBe("1200");
    expect(toHex(encode(Commit, EMPTY_COMMIT))).toBe("1a021200");
  });

  test("an absent signature carries Go's zero time", () => {
    expect(toHex(encode(CommitSig, ABSENT_COMMIT_SIG))).toBe("08011a0b088092b8c398feffffff01");
  });

  test("the consensus parameters of cometbft.md 8.1", () => {
    const encoded = fromHex(
      "0a10088080800210ffffffffffffffffff01120a081e1202083c188080401a090a07656432353531392206088080808070",
    );
    const params = decode(ConsensusParamsProto, encoded);
    expect(params.block).toEqual({ max_bytes: 4_194_304n, max_gas: -1n });
    expect(params.evidence).toMatchObject({ max_age_num_blocks: 30n, max_age_duration: 60_000_000_000n });
    expect(toHex(encode(ConsensusParamsProto, params))).toBe(toHex(encoded));
  });

  test("unknown fields are skipped, the last of equal scalars wins, messages are merged", () => {
    const unknown = fromHex("f80101" + "f2010161" + "f90100000000000000005b0864" + "5c");
    const twice = concat(
      encode(BlockID, { ...NIL_BLOCK_ID, hash: new Uint8Array([1]) }),
      fromHex("0a0102" + "12020805" + "1203120107"),
      unknown,
    );
    expect(decode(BlockID, twice)).toEqual({
      hash: new Uint8Array([2]),
      part_set_header: { total: 5, hash: new Uint8Array([7]) },
    });
  });

  test("integers are cut to their size", () => {
    expect(decode(Vote, fromHex("18ffffffff1f")).round).toBe(-1);
    expect(decode(BlockID, fromHex("12070880808080f001")).part_set_header.total).toBe(0);
  });
});

test("times come back, those that are none are refused", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: ZERO_TIME, max: 253_402_300_799_999_999_999n }), (time) => {
      expect(decode(timestamp, encode(timestamp, time))).toBe(time);
    }),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (value) => {
      expect(decode(duration, encode(duration, value))).toBe(value);
    }),
  );
  for (const hex of [
    "10ffffffffffffffffff01",
    "108094ebdc03",
    "08ffffffffffffffff7f",
    "088092b8c398feffffff0110ffffffffffffffffff01",
  ]) {
    expect(() => decode(timestamp, fromHex(hex))).toThrow(CodecError);
  }
});

describe("bytes of strangers", () => {
  const [first] = readRecordedChain(sharedPath("chains", "debond.jsonl.gz"));
  const reader = <T>(type: Message<T>) =>
    [type.typeName, (bytes: Uint8Array) => decode(type, bytes)] as const;
  const readers: (readonly [string, (bytes: Uint8Array) => unknown])[] = [
    ["block", decodeBlock],
    ["results", decodeResults],
    ["state", decodeState],
    ["light block", decodeLightBlock],
    ["validator set", decodeValidatorSet],
    ...[Header, Commit, Vote, Proposal, Part, EvidenceList, RoundMessageProto].map((type) =>
      reader(type as Message<unknown>),
    ),
  ];

  test.each(readers)("%s: anything either decodes or gives a codec or chain error", (_, read) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          expect(error instanceof CodecError || error instanceof ChainError).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("a real block with a byte changed or cut off either decodes or gives such an error too", () => {
    const { block } = first!;
    const damage = fc.record({
      at: fc.nat({ max: block.length - 1 }),
      mask: fc.integer({ min: 1, max: 255 }),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(damage, ({ at, mask, cut }) => {
        const damaged = cut ? block.slice(0, at) : block.map((byte, i) => (i === at ? byte ^ mask : byte));
        try {
          decodeBlock(damaged);
        } catch (error) {
          expect(error instanceof CodecError || error instanceof ChainError).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
