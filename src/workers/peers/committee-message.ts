import { type Infer, nullable, optional, struct } from "../../codec/schema.ts";
import { EpochTime } from "../../types/common.ts";
import { Proposal } from "../../types/roothash-commitment.ts";

/** What members of a committee publish to each other (oasis-core v26.1 go/p2p/api/types.go). */
export const CommitteeMessage = struct("CommitteeMessage", {
  epoch: optional(EpochTime),
  Proposal: optional(nullable(Proposal)),
});
export type CommitteeMessage = Infer<typeof CommitteeMessage>;
