import { invalid } from "./errors.ts";
import { checkValidator, Validator } from "./validator.ts";
import { ValidatorSet } from "./validator-set.ts";
import { decode, encode, type Infer, int64, message, optional, repeated, scalar } from "./wire.ts";

/** `tendermint.types.ValidatorSet` as it is on the wire. */
export const ValidatorSetProto = message("tendermint.types.ValidatorSet", {
  validators: repeated(1, Validator),
  proposer: optional(2, Validator),
  /** Only written where Oasis serves light blocks (cometbft.md 0.18). */
  total_voting_power: scalar(3, int64),
});
export type ValidatorSetProto = Infer<typeof ValidatorSetProto>;

/** Wire form of a set; `withTotal` also writes the total power, as the Oasis API does. */
export function toValidatorSetProto(set: ValidatorSet, withTotal: boolean): ValidatorSetProto {
  return {
    validators: [...set.validators],
    proposer: set.proposer,
    total_voting_power: withTotal ? set.totalVotingPower : 0n,
  };
}

/**
 * A set from its wire form; the order, which decides the hash, is kept as it came.
 * @throws ChainError when there is no member, one is malformed, or the proposer is none of them
 */
export function fromValidatorSetProto({ validators, proposer }: ValidatorSetProto): ValidatorSet {
  if (validators.length === 0) throw invalid("validator set is empty");
  if (proposer === null) throw invalid("validator set has no proposer");
  for (const validator of [...validators, proposer]) checkValidator(validator);
  const set = new ValidatorSet(validators, proposer);
  if (set.indexOf(proposer.address) < 0) throw invalid("proposer is not in its validator set");
  return set;
}

export function encodeValidatorSet(set: ValidatorSet, withTotal = false): Uint8Array {
  return encode(ValidatorSetProto, toValidatorSetProto(set, withTotal));
}

/** @throws CodecError, ChainError */
export function decodeValidatorSet(data: Uint8Array): ValidatorSet {
  return fromValidatorSetProto(decode(ValidatorSetProto, data));
}
