import type { Misbehavior } from "../../chain/application.ts";
import { stakingAddress } from "../../types/account-address.ts";
import type { Slash } from "../../types/staking.ts";
import { SLASH_CONSENSUS_EQUIVOCATION, SLASH_CONSENSUS_LIGHT_CLIENT_ATTACK } from "../../types/staking.ts";
import type { Context } from "../context.ts";
import { isFrozen } from "../registry/node-status.ts";
import { getNodeByConsensusAddress, getNodeStatus, setNodeStatus } from "../registry/state.ts";
import { slashEscrow } from "./slash-escrow.ts";
import { getParameters } from "./state.ts";

/** A node frozen until this epoch stays frozen. */
const FREEZE_FOREVER = (1n << 64n) - 1n;
const NO_PENALTY: Slash = { amount: 0n, freeze_interval: 0n };

/**
 * Freezes the node of a validator that provably misbehaved and slashes its entity. The evidence itself was verified
 * before the block was accepted. Nothing happens to unknown and to frozen nodes. consensus-a.md 1.12.
 */
export function punishMisbehavior(ctx: Context, evidence: Misbehavior): void {
  const reason =
    evidence.type === "duplicate_vote" ? SLASH_CONSENSUS_EQUIVOCATION : SLASH_CONSENSUS_LIGHT_CLIENT_ATTACK;
  const node = getNodeByConsensusAddress(ctx.state, evidence.validator.address);
  const status = node === null ? null : getNodeStatus(ctx.state, node.id);
  if (node === null || status === null || isFrozen(status)) {
    return;
  }
  const penalty = getParameters(ctx.state).slashing?.get(reason) ?? NO_PENALTY;
  if (penalty.freeze_interval > 0n) {
    // By the epoch of the last block, not of this one.
    const end = ctx.epochAtLastHeight() + penalty.freeze_interval;
    status.freeze_end_time = end > FREEZE_FOREVER ? FREEZE_FOREVER : end;
  }
  slashEscrow(ctx, stakingAddress(node.entity_id), penalty.amount);
  setNodeStatus(ctx.state, node.id, status);
}
