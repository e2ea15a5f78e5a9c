import { appendFileSync, existsSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex } from "../../codec/bytes.ts";
import { crc32c } from "../../codec/crc32c.ts";
import { makePartSet } from "../part-set.ts";
import { SIGNED_MSG_TYPE } from "../vote.ts";
import { STEP } from "./step.ts";
import { type RecordedInput, Wal } from "./wal.ts";

const newPath = () => join(mkdtempSync(join(tmpdir(), "qanat-wal-")), "rounds.wal");
const blockId = {
  hash: new Uint8Array(32).fill(1),
  part_set_header: { total: 1, hash: new Uint8Array(32).fill(2) },
};
const [part] = makePartSet(new Uint8Array(600).fill(3)).parts;

const inputs: RecordedInput[] = [
  { type: "timeout", height: 7n, round: 2, step: STEP.precommitWait, durationMs: 1500 },
  {
    type: "message",
    peer: "peer",
    message: {
      type: "proposal",
      proposal: {
        type: SIGNED_MSG_TYPE.proposal,
        height: 7n,
        round: 2,
        pol_round: -1,
        block_id: blockId,
        timestamp: 5n,
        signature: new Uint8Array(64),
      },
    },
  },
  { type: "message", peer: "", message: { type: "block_part", height: 7n, round: 2, part: part! } },
  {
    type: "message",
    peer: "",
    message: {
      type: "vote",
      vote: {
        type: SIGNED_MSG_TYPE.prevote,
        height: 7n,
        round: 2,
        block_id: blockId,
        timestamp: 5n,
        validator_address: new Uint8Array(20),
        validator_index: 3,
        signature: new Uint8Array(64),
      },
    },
  },
];

function written(path: string): RecordedInput[] {
  const { wal, inputs: read } = Wal.open(path);
  wal.close();
  return read;
}

function writeAll(path: string): void {
  const { wal } = Wal.open(path);
  for (const input of inputs) wal.append(input);
  wal.sync();
  wal.close();
}

test("the checksum is the official node's (cometbft.md section 5)", () => {
  expect(crc32c(fromHex("0a060880e2cfaa06120422020805"))).toBe(0x949312c3);
});

test("inputs come back in order; a reset forgets them", () => {
  const path = newPath();
  writeAll(path);
  expect(written(path)).toEqual(inputs);
  const { wal } = Wal.open(path);
  wal.append(inputs[0]!);
  wal.reset();
  wal.append(inputs[3]!);
  wal.close();
  expect(written(path)).toEqual([inputs[3]]);
});

test("cut anywhere, the whole records before the cut are left, and more can be added", () => {
  const whole = newPath();
  writeAll(whole);
  const { length } = readFileSync(whole);
  fc.assert(
    fc.property(fc.nat({ max: length }), (size) => {
      const path = newPath();
      writeFileSync(path, readFileSync(whole));
      truncateSync(path, size);
      const left = written(path);
      expect(left).toEqual(inputs.slice(0, left.length));
      const { wal } = Wal.open(path);
      wal.append(inputs[0]!);
      wal.close();
      expect(written(path)).toEqual([...left, inputs[0]]);
    }),
    { numRuns: 40 },
  );
});

test("a damaged record ends the log, and the file is put aside", () => {
  const path = newPath();
  writeAll(path);
  const content = readFileSync(path);
  const position = content.length - 20;
  content[position] = content[position]! ^ 1;
  writeFileSync(path, content);
  expect(written(path)).toEqual(inputs.slice(0, 3));
  expect(existsSync(`${path}.corrupted`)).toBe(true);
});

test("a file of anything is read without failing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const path = newPath();
      appendFileSync(path, bytes);
      expect(written(path)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("a full log forgets its older half", () => {
  const path = newPath();
  const { wal } = Wal.open(path, 2000);
  for (let round = 0; round < 200; round++) {
    wal.append({ type: "timeout", height: 7n, round, step: STEP.propose, durationMs: 1500 });
  }
  wal.close();
  const rounds = written(path).map((input) => (input.type === "timeout" ? input.round : -1));
  expect(readFileSync(path).length).toBeLessThanOrEqual(2000);
  expect(rounds.at(-1)).toBe(199);
  expect(rounds).toEqual(Array.from({ length: rounds.length }, (_, i) => 200 - rounds.length + i));
});
