import { BlockID, checkBlockId, checkHash } from "./block-id.ts";
import { malformed } from "./errors.ts";
import { merkleRoot } from "./merkle.ts";
import { ADDRESS_SIZE } from "./validator.ts";
import {
  bytes,
  embedded,
  encode,
  type Infer,
  int64,
  message,
  scalar,
  text,
  timestamp,
  uint64,
} from "./wire.ts";

/** Version of the block format; fixed for the whole network. */
export const BLOCK_PROTOCOL = 11n;

/** Longest chain id, in bytes. */
export const MAX_CHAIN_ID_LENGTH = 50;

export const ConsensusVersion = message("tendermint.version.Consensus", {
  block: scalar(1, uint64),
  app: scalar(2, uint64),
});
export type ConsensusVersion = Infer<typeof ConsensusVersion>;

export const Header = message("tendermint.types.Header", {
  version: embedded(1, ConsensusVersion),
  chain_id: scalar(2, text),
  height: scalar(3, int64),
  time: embedded(4, timestamp),
  last_block_id: embedded(5, BlockID),
  /** Root over the signatures of the commit that this block carries, for the previous height. */
  last_commit_hash: scalar(6, bytes),
  data_hash: scalar(7, bytes),
  /** Validators of this height. */
  validators_hash: scalar(8, bytes),
  next_validators_hash: scalar(9, bytes),
  consensus_hash: scalar(10, bytes),
  /** State root after the previous block. */
  app_hash: scalar(11, bytes),
  /** Results of the previous block. */
  last_results_hash: scalar(12, bytes),
  evidence_hash: scalar(13, bytes),
  proposer_address: scalar(14, bytes),
});
export type Header = Infer<typeof Header>;

// The wrapper types of google.protobuf: field 1, nothing at all when zero.
const StringValue = message("google.protobuf.StringValue", { value: scalar(1, text) });
const Int64Value = message("google.protobuf.Int64Value", { value: scalar(1, int64) });
const BytesValue = message("google.protobuf.BytesValue", { value: scalar(1, bytes) });

/**
 * The hash that names a block: Merkle root over the 14 fields, each in the encoding of its protobuf wrapper type
 * (cometbft.md 4.2).
 */
export function headerHash(header: Header): Uint8Array {
  return merkleRoot([
    encode(ConsensusVersion, header.version),
    encode(StringValue, { value: header.chain_id }),
    encode(Int64Value, { value: header.height }),
    encode(timestamp, header.time),
    encode(BlockID, header.last_block_id),
    encode(BytesValue, { value: header.last_commit_hash }),
    encode(BytesValue, { value: header.data_hash }),
    encode(BytesValue, { value: header.validators_hash }),
    encode(BytesValue, { value: header.next_validators_hash }),
    encode(BytesValue, { value: header.consensus_hash }),
    encode(BytesValue, { value: header.app_hash }),
    encode(BytesValue, { value: header.last_results_hash }),
    encode(BytesValue, { value: header.evidence_hash }),
    encode(BytesValue, { value: header.proposer_address }),
  ]);
}

/**
 * Checks what needs no state: versions, lengths, height.
 * @throws ChainError
 */
export function checkHeader(header: Header): void {
  if (header.version.block !== BLOCK_PROTOCOL) {
    throw malformed("unknown block protocol", { got: header.version.block, want: BLOCK_PROTOCOL });
  }
  if (header.chain_id.length > MAX_CHAIN_ID_LENGTH) throw malformed("chain id is too long");
  if (header.height <= 0n) throw malformed("header height is not positive", { height: header.height });
  checkBlockId(header.last_block_id);
  checkHash("last commit hash", header.last_commit_hash);
  checkHash("data hash", header.data_hash);
  checkHash("evidence hash", header.evidence_hash);
  if (header.proposer_address.length !== ADDRESS_SIZE) throw malformed("proposer address is not 20 bytes");
  checkHash("validators hash", header.validators_hash);
  checkHash("next validators hash", header.next_validators_hash);
  checkHash("consensus hash", header.consensus_hash);
  checkHash("last results hash", header.last_results_hash);
}
