import { sha256 } from "../../crypto/hash.ts";
import { zigzagVarint } from "../int64.ts";
import type { ValidatorSet } from "../validator-set.ts";

/** Hash over the proposer priorities of a set, which its own hash does not cover (cometbft.md 4.2). */
export function prioritiesHash({ validators }: ValidatorSet): Uint8Array {
  return sha256(...validators.map(({ proposer_priority }) => zigzagVarint(proposer_priority)));
}
