import {
  closeSync,
  copyFileSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { readUintBe } from "../../codec/bytes.ts";
import { crc32c } from "../../codec/crc32c.ts";
import { writeFileDurably } from "../../crypto/durable-file.ts";
import { ChainError } from "../errors.ts";
import { NANOS_PER_MILLISECOND } from "../time.ts";
import {
  decode,
  duration,
  embedded,
  encode,
  type Infer,
  int32,
  int64,
  message,
  oneof,
  scalar,
  text,
  uint32,
} from "../wire.ts";
import type { RoundInput } from "./round-input.ts";
import { fromRoundMessageProto, RoundMessageProto, toRoundMessageProto } from "./round-message-proto.ts";
import type { Step } from "./step.ts";

/** Longest record: a block part and what is around it (cometbft.md section 5). */
const MAX_RECORD_SIZE = 1_048_600;
const PREFIX_SIZE = 8;
const FILE_MODE = 0o600;

/** Size at which the older half of a log is forgotten; only a height without a decision for hours gets there. */
const MAX_WAL_SIZE = 64 * 1024 ** 2;

const MsgInfo = message("tendermint.consensus.MsgInfo", {
  msg: embedded(1, RoundMessageProto),
  peer_id: scalar(2, text),
});

const TimeoutInfo = message("tendermint.consensus.TimeoutInfo", {
  duration: embedded(1, duration),
  height: scalar(2, int64),
  round: scalar(3, int32),
  step: scalar(4, uint32),
});

const WalMessage = oneof("tendermint.consensus.WALMessage", {
  msg_info: [2, MsgInfo],
  timeout_info: [3, TimeoutInfo],
});

/** An input worth keeping: what else moves the rounds leaves its trace in the messages that follow from it. */
export type RecordedInput = Exclude<RoundInput, { type: "txs-available" }>;

/**
 * Write-ahead log of the rounds: every input that changed something, written before anything follows from it, so
 * that after a crash the same inputs lead to the same locks and votes.
 *
 * Records are framed as in the official node's log (CRC-32C, length, message), but the log holds one height only:
 * it is emptied once the block is stored.
 */
export class Wal {
  readonly #path: string;
  readonly #maxSize: number;
  #file: number;
  #size: number;

  private constructor(path: string, maxSize: number, file: number, size: number) {
    this.#path = path;
    this.#maxSize = maxSize;
    this.#file = file;
    this.#size = size;
  }

  /**
   * Opens the log and reads what it holds. A record cut off or damaged by a crash ends it: the rest is removed, after
   * a copy of the file was put aside when there was anything but an unfinished record.
   */
  static open(path: string, maxSize = MAX_WAL_SIZE): { wal: Wal; inputs: RecordedInput[] } {
    const file = openSync(path, "a+", FILE_MODE);
    const content = new Uint8Array(readFileSync(path));
    const { records, end, isDamaged } = readRecords(content);
    if (isDamaged) copyFileSync(path, `${path}.corrupted`);
    if (end < content.length) ftruncateSync(file, end);
    const inputs = records.map(({ input }) => input).filter((input) => input !== null);
    return { wal: new Wal(path, maxSize, file, end), inputs };
  }

  /** Adds a record. It survives the end of this process at once, and a power cut after `sync`. */
  append(input: RecordedInput): void {
    const data = encode(WalMessage, toWalMessage(input));
    if (data.length > MAX_RECORD_SIZE) {
      throw new ChainError("corrupt", "input is too long for the write-ahead log");
    }
    const record = new Uint8Array(PREFIX_SIZE + data.length);
    const view = new DataView(record.buffer);
    view.setUint32(0, crc32c(data));
    view.setUint32(4, data.length);
    record.set(data, PREFIX_SIZE);
    if (this.#size + record.length > this.#maxSize) this.#forgetOldest();
    for (let written = 0; written < record.length; ) written += writeSync(this.#file, record, written);
    this.#size += record.length;
  }

  /** Waits until all records are on the disk. */
  sync(): void {
    fdatasyncSync(this.#file);
  }

  /** Empties the log. */
  reset(): void {
    if (this.#size === 0) return;
    ftruncateSync(this.#file, 0);
    this.#size = 0;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Leaves the later half: a height that goes on for so long has passed many rounds since the first half. */
  #forgetOldest(): void {
    const content = new Uint8Array(readFileSync(this.#path));
    const kept = readRecords(content).records.find(({ start }) => start >= this.#size / 2);
    const rest = kept === undefined ? new Uint8Array(0) : content.subarray(kept.start, this.#size);
    writeFileDurably(this.#path, rest, FILE_MODE);
    closeSync(this.#file);
    this.#file = openSync(this.#path, "a+", FILE_MODE);
    this.#size = rest.length;
  }
}

interface WalRecord {
  start: number;
  /** Null: of a kind that is not known here. */
  input: RecordedInput | null;
}

function readRecords(content: Uint8Array): { records: WalRecord[]; end: number; isDamaged: boolean } {
  const records: WalRecord[] = [];
  let end = 0;
  while (end + PREFIX_SIZE <= content.length) {
    const length = readUintBe(content, end + 4, 4);
    if (length > MAX_RECORD_SIZE) return { records, end, isDamaged: true };
    const start = end + PREFIX_SIZE;
    if (start + length > content.length) return { records, end, isDamaged: false };
    const data = content.subarray(start, start + length);
    if (crc32c(data) !== readUintBe(content, end, 4)) return { records, end, isDamaged: true };
    records.push({ start: end, input: fromWalMessage(decode(WalMessage, data)) });
    end = start + length;
  }
  return { records, end, isDamaged: false };
}

function toWalMessage(input: RecordedInput): Infer<typeof WalMessage> {
  if (input.type === "message") {
    return { type: "msg_info", value: { msg: toRoundMessageProto(input.message), peer_id: input.peer } };
  }
  const { durationMs, height, round, step } = input;
  const nanos = BigInt(Math.round(durationMs)) * NANOS_PER_MILLISECOND;
  return { type: "timeout_info", value: { duration: nanos, height, round, step } };
}

function fromWalMessage(recorded: Infer<typeof WalMessage>): RecordedInput | null {
  if (recorded === null) return null;
  if (recorded.type === "msg_info") {
    const { msg, peer_id } = recorded.value;
    return { type: "message", message: fromRoundMessageProto(msg), peer: peer_id };
  }
  const { duration: nanos, height, round, step } = recorded.value;
  return {
    type: "timeout",
    height,
    round,
    step: step as Step,
    durationMs: Number(nanos / NANOS_PER_MILLISECOND),
  };
}
