import { sha256 } from "../crypto/hash.ts";
import { MAX_BLOCK_SIZE } from "./block.ts";
import { invalid } from "./errors.ts";
import {
  duration,
  embedded,
  encode,
  type Infer,
  int64,
  message,
  optional,
  repeatedScalar,
  scalar,
  text,
  uint64,
} from "./wire.ts";

const BlockParams = message("tendermint.types.BlockParams", {
  /** Largest block in bytes. */
  max_bytes: scalar(1, int64),
  /** Most gas that the transactions of a block may want; -1 = unlimited. */
  max_gas: scalar(2, int64),
});

const EvidenceParams = message("tendermint.types.EvidenceParams", {
  max_age_num_blocks: scalar(1, int64),
  /** Nanoseconds. */
  max_age_duration: embedded(2, duration),
  /** Most bytes of evidence in one block. */
  max_bytes: scalar(3, int64),
});

const ValidatorParams = message("tendermint.types.ValidatorParams", {
  pub_key_types: repeatedScalar(1, text),
});
const VersionParams = message("tendermint.types.VersionParams", { app: scalar(1, uint64) });

/** `tendermint.types.ConsensusParams` on the wire: in updates each part may be absent. */
export const ConsensusParamsProto = message("tendermint.types.ConsensusParams", {
  block: optional(1, BlockParams),
  evidence: optional(2, EvidenceParams),
  validator: optional(3, ValidatorParams),
  version: optional(4, VersionParams),
});
export type ConsensusParamsProto = Infer<typeof ConsensusParamsProto>;

/** The rules of the chain below the application. */
export type ConsensusParams = { [K in keyof ConsensusParamsProto]: NonNullable<ConsensusParamsProto[K]> };

const HashedParams = message("tendermint.types.HashedParams", {
  block_max_bytes: scalar(1, int64),
  block_max_gas: scalar(2, int64),
});

/** The `consensus_hash` of headers; covers only the block limits. */
export function consensusParamsHash({ block }: ConsensusParams): Uint8Array {
  return sha256(encode(HashedParams, { block_max_bytes: block.max_bytes, block_max_gas: block.max_gas }));
}

/** The parameters with the given parts replaced. */
export function updateConsensusParams(
  params: ConsensusParams,
  update: ConsensusParamsProto | null,
): ConsensusParams {
  if (update === null) return params;
  return {
    block: update.block ?? params.block,
    evidence: update.evidence ?? params.evidence,
    validator: update.validator ?? params.validator,
    version: update.version ?? params.version,
  };
}

/** All parts of the wire form; absent ones are zero. */
export function fromConsensusParamsProto(proto: ConsensusParamsProto): ConsensusParams {
  return {
    block: proto.block ?? BlockParams.zero(),
    evidence: proto.evidence ?? EvidenceParams.zero(),
    validator: proto.validator ?? ValidatorParams.zero(),
    version: proto.version ?? VersionParams.zero(),
  };
}

/** @throws ChainError when a parameter is outside of its allowed range */
export function checkConsensusParams({ block, evidence, validator }: ConsensusParams): void {
  if (block.max_bytes <= 0n || block.max_bytes > BigInt(MAX_BLOCK_SIZE)) {
    throw invalid("block.max_bytes is out of range", { max_bytes: block.max_bytes });
  }
  if (block.max_gas < -1n) throw invalid("block.max_gas is out of range", { max_gas: block.max_gas });
  if (evidence.max_age_num_blocks <= 0n || evidence.max_age_duration <= 0n) {
    throw invalid("evidence age limits must be positive", {
      max_age_num_blocks: evidence.max_age_num_blocks,
      max_age_duration: evidence.max_age_duration,
    });
  }
  if (evidence.max_bytes < 0n || evidence.max_bytes > block.max_bytes) {
    throw invalid("evidence.max_bytes is out of range", { max_bytes: evidence.max_bytes });
  }
  if (validator.pub_key_types.length !== 1 || validator.pub_key_types[0] !== "ed25519") {
    throw invalid("validator key types must be just ed25519");
  }
}
