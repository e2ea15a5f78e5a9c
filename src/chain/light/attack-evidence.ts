import type { Evidence } from "../evidence/evidence.ts";
import { byzantineValidators, hasOtherState } from "../evidence/verify-light-client-attack.ts";
import { type LightBlock, LightBlockProto } from "../light-block.ts";
import { toValidatorSetProto } from "../validator-set-proto.ts";

/**
 * Evidence that `conflicting` was signed beside the chain that `trusted` is of.
 * @param common the last block that both sides have
 */
export function attackEvidence(conflicting: LightBlock, trusted: LightBlock, common: LightBlock): Evidence {
  // With the same state the validators of the height itself signed twice (oasis-core's CometBFT light/detector.go).
  const base = hasOtherState(conflicting.header, trusted.header) ? common : trusted;
  const { header, commit, validators } = conflicting;
  return {
    type: "light_client_attack",
    value: {
      conflicting_block: {
        ...LightBlockProto.zero(),
        signed_header: { header, commit },
        validator_set: toValidatorSetProto(validators, false),
      },
      common_height: base.header.height,
      byzantine_validators: byzantineValidators(conflicting, {
        commonHeight: common.header.height,
        commonValidators: common.validators,
        trusted,
      }),
      total_voting_power: base.validators.totalVotingPower,
      timestamp: base.header.time,
    },
  };
}
