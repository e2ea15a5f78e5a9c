import { hash, namespace } from "../codec/common-types.ts";
import { type Infer, i64, struct, u8, u16, u64, withText } from "../codec/schema.ts";
import { formatTime, parseTime, ZERO_TIME_SECONDS } from "../codec/time.ts";

/** Never stored. */
export const HEADER_INVALID = 0;
/** A round that was executed. */
export const HEADER_NORMAL = 1;
/** A round on which the committee did not agree. */
export const HEADER_ROUND_FAILED = 2;
/** A committee change. */
export const HEADER_EPOCH_TRANSITION = 3;
/** The ParaTime was suspended. */
export const HEADER_SUSPENDED = 4;

const NANOSECONDS = 1_000_000_000n;

/** Unix seconds: a number in CBOR, RFC 3339 text in JSON. */
export const Timestamp = withText(
  u64,
  (seconds) => formatTime(BigInt.asIntN(64, seconds) * NANOSECONDS),
  (text, path) =>
    BigInt.asUintN(64, (parseTime(text, path) ?? ZERO_TIME_SECONDS * NANOSECONDS) / NANOSECONDS),
);
export type Timestamp = bigint;

/** Header of a ParaTime block; its hash is the block's. All fields are always encoded. */
export const Header = struct("Header", {
  version: u16,
  namespace,
  round: u64,
  timestamp: Timestamp,
  header_type: u8,
  previous_hash: hash,
  io_root: hash,
  state_root: hash,
  messages_hash: hash,
  in_msgs_hash: hash,
});
export type Header = Infer<typeof Header>;

/** A ParaTime block. oasis-core v26.1 go/roothash/api/block. */
export const Block = struct("Block", { header: Header });
export type Block = Infer<typeof Block>;

/** A ParaTime block with the consensus height that finalised it. */
export const AnnotatedBlock = struct("AnnotatedBlock", { consensus_height: i64, block: Block });
export type AnnotatedBlock = Infer<typeof AnnotatedBlock>;
