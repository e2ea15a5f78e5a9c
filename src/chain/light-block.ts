import { equal } from "../codec/bytes.ts";
import { Commit, checkCommit } from "./commit.ts";
import { invalid, malformed } from "./errors.ts";
import { checkHeader, Header, headerHash } from "./header.ts";
import type { ValidatorSet } from "./validator-set.ts";
import { fromValidatorSetProto, toValidatorSetProto, ValidatorSetProto } from "./validator-set-proto.ts";
import { decode, encode, type Infer, message, optional } from "./wire.ts";

export const SignedHeaderProto = message("tendermint.types.SignedHeader", {
  header: optional(1, Header),
  commit: optional(2, Commit),
});

export const LightBlockProto = message("tendermint.types.LightBlock", {
  signed_header: optional(1, SignedHeaderProto),
  validator_set: optional(2, ValidatorSetProto),
});
export type LightBlockProto = Infer<typeof LightBlockProto>;

/** What a light client needs of one height. */
export interface LightBlock {
  header: Header;
  commit: Commit;
  /** The validators of the height, which signed the commit. */
  validators: ValidatorSet;
}

/**
 * A light block from its parts; checks that the parts are there and well formed, not that they agree.
 * @throws ChainError
 */
export function fromLightBlockProto({ signed_header, validator_set }: LightBlockProto): LightBlock {
  if (signed_header === null || signed_header.header === null || signed_header.commit === null) {
    throw malformed("light block without header or commit");
  }
  if (validator_set === null) throw malformed("light block without validators");
  checkHeader(signed_header.header);
  checkCommit(signed_header.commit);
  return {
    header: signed_header.header,
    commit: signed_header.commit,
    validators: fromValidatorSetProto(validator_set),
  };
}

/** Encoding of the Oasis API: the validator set carries its total power (cometbft.md 0.18). */
export function encodeLightBlock({ header, commit, validators }: LightBlock): Uint8Array {
  return encode(LightBlockProto, {
    signed_header: { header, commit },
    validator_set: toValidatorSetProto(validators, true),
  });
}

/** @throws CodecError, ChainError */
export function decodeLightBlock(data: Uint8Array): LightBlock {
  return fromLightBlockProto(decode(LightBlockProto, data));
}

/**
 * Checks that header, commit and validators belong together. Signatures are not checked here.
 * @throws ChainError
 */
export function checkLightBlock(chainId: string, { header, commit, validators }: LightBlock): void {
  if (header.chain_id !== chainId) throw invalid("header of another chain", { chainId: header.chain_id });
  if (commit.height !== header.height) {
    throw invalid("commit of another height than its header", {
      header: header.height,
      commit: commit.height,
    });
  }
  if (!equal(headerHash(header), commit.block_id.hash))
    throw invalid("commit for another block than its header");
  if (!equal(header.validators_hash, validators.hash))
    throw invalid("validators are not those of the header");
}
