import { BLOCK_ID_FLAG, type Commit } from "../../src/chain/commit.ts";
import { signConsensusMessage } from "../../src/chain/consensus-signature.ts";
import { decodeEvidence, type Evidence } from "../../src/chain/evidence/evidence.ts";
import { BLOCK_PROTOCOL, Header, headerHash } from "../../src/chain/header.ts";
import type { LightProvider } from "../../src/chain/light/provider.ts";
import { encodeLightBlock, type LightBlock } from "../../src/chain/light-block.ts";
import { incrementProposerPriority } from "../../src/chain/proposer-priority.ts";
import { voteSignBytes } from "../../src/chain/sign-bytes.ts";
import { NANOS_PER_MILLISECOND, NANOS_PER_SECOND, type Time } from "../../src/chain/time.ts";
import { newValidatorSet } from "../../src/chain/update-validators.ts";
import { consensusAddress } from "../../src/chain/validator.ts";
import type { ValidatorSet } from "../../src/chain/validator-set.ts";
import { SIGNED_MSG_TYPE } from "../../src/chain/vote.ts";
import { toHex } from "../../src/codec/bytes.ts";
import type { MemorySigner } from "../../src/crypto/memory-signer.ts";
import { consensusErrors } from "../../src/types/errors.ts";
import { GENESIS_TIME_MS, testSignerOf } from "./engine-fixture.ts";

export const LIGHT_CHAIN_ID = "light-chain";

export interface LightChainOptions {
  readonly length: number;
  /** Numbers of the keys of a height's validators; all have the power 10. */
  readonly validators?: (height: number) => readonly number[];
  /** Changes the header of a height; the later ones follow from it. */
  readonly header?: (height: number) => Partial<Header>;
  /** Keys that sign a height; all its validators when left out. */
  readonly signers?: (height: number) => readonly number[];
  /** Begins with these blocks instead of the first. */
  readonly after?: readonly LightBlock[];
}

/** Blocks 1 to `length` as a light client sees them, a second apart, properly linked and signed. */
export function lightChain(options: LightChainOptions): LightBlock[] {
  const { length, validators = () => [1], header = () => ({}), after = [] } = options;
  const blocks = [...after];
  for (let height = blocks.length + 1; height <= length; height++) {
    const set = setOf(validators(height), height);
    const last = blocks.at(-1);
    const made: Header = {
      ...Header.zero(),
      version: { block: BLOCK_PROTOCOL, app: 7n << 32n },
      chain_id: LIGHT_CHAIN_ID,
      height: BigInt(height),
      time: timeAt(height),
      ...(last && { last_block_id: last.commit.block_id }),
      validators_hash: set.hash,
      next_validators_hash: setOf(validators(height + 1), height + 1).hash,
      consensus_hash: new Uint8Array(32).fill(1),
      app_hash: new Uint8Array(32).fill(2),
      proposer_address: set.validators[0]!.address,
      ...header(height),
    };
    const signers = new Set(options.signers?.(height) ?? validators(height));
    blocks.push({ header: made, commit: commitOf(made, set, signers), validators: set });
  }
  return blocks;
}

export function timeAt(height: number): Time {
  return BigInt(GENESIS_TIME_MS) * NANOS_PER_MILLISECOND + BigInt(height) * NANOS_PER_SECOND;
}

const sets = new Map<string, ValidatorSet>();

function setOf(keys: readonly number[], height: number): ValidatorSet {
  const name = `${keys.join()}/${height}`;
  let set = sets.get(name);
  if (set === undefined) {
    const members = newValidatorSet(keys.map((n) => ({ public_key: testSignerOf(n).publicKey, power: 10n })));
    set = incrementProposerPriority(members, height);
    sets.set(name, set);
  }
  return set;
}

function commitOf(header: Header, set: ValidatorSet, signers: ReadonlySet<number>): Commit {
  const block_id = {
    hash: headerHash(header),
    part_set_header: { total: 1, hash: new Uint8Array(32).fill(7) },
  };
  const keys = new Map<string, MemorySigner>();
  for (const n of signers) {
    const signer = testSignerOf(n);
    keys.set(toHex(consensusAddress(signer.publicKey)), signer);
  }
  const signatures = set.validators.map(({ address }, index) => {
    const signer = keys.get(toHex(address));
    const vote = {
      type: SIGNED_MSG_TYPE.precommit,
      height: header.height,
      round: 0,
      block_id,
      timestamp: header.time + NANOS_PER_SECOND,
      validator_address: address,
      validator_index: index,
      signature: new Uint8Array(0),
    };
    if (signer === undefined) {
      return {
        block_id_flag: BLOCK_ID_FLAG.absent,
        validator_address: new Uint8Array(0),
        timestamp: -62_135_596_800n * NANOS_PER_SECOND,
        signature: new Uint8Array(0),
      };
    }
    const signature = signConsensusMessage(signer, voteSignBytes(header.chain_id, vote));
    return {
      block_id_flag: BLOCK_ID_FLAG.commit,
      validator_address: address,
      timestamp: vote.timestamp,
      signature,
    };
  });
  return { height: header.height, round: 0, block_id, signatures };
}

/** A provider that has the blocks of a list, and notes what happens to it. */
export interface ChainProvider extends LightProvider {
  /** Heights that were asked for, in order. */
  readonly asked: bigint[];
  readonly evidence: Evidence[];
  readonly rejections: string[];
  blocks: readonly LightBlock[];
}

/** @param blocks by height, from height 1 on */
export function chainProvider(name: string, blocks: readonly LightBlock[]): ChainProvider {
  const provider: ChainProvider = {
    name,
    blocks,
    asked: [],
    evidence: [],
    rejections: [],
    getLightBlock: async (height) => {
      provider.asked.push(height);
      const block = provider.blocks[Number(height === 0n ? provider.blocks.length : height) - 1];
      if (block === undefined) throw consensusErrors.versionNotFound();
      return {
        height: height === 0n ? BigInt(provider.blocks.length) : height,
        meta: encodeLightBlock(block),
      };
    },
    getValidators: () => Promise.reject(consensusErrors.unsupported()),
    getParameters: () => Promise.reject(consensusErrors.unsupported()),
    submitEvidence: async ({ meta }) => {
      provider.evidence.push(decodeEvidence(meta!));
    },
    reject: (reason) => provider.rejections.push(reason),
  };
  return provider;
}
