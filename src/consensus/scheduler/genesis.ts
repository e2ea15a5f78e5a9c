import type { ValidatorUpdate } from "../../chain/application.ts";
import { compare, toHex } from "../../codec/bytes.ts";
import { stakingAddress } from "../../types/account-address.ts";
import type { Document } from "../../types/genesis.ts";
import { ROLE_VALIDATOR } from "../../types/roles.ts";
import type { Validator } from "../../types/scheduler.ts";
import { votingPower } from "../../types/voting-power.ts";
import type { Context } from "../context.ts";
import { InvariantError } from "../errors.ts";
import { hasRoles } from "../registry/node.ts";
import { getNodes } from "../registry/state.ts";
import { getAccount } from "../staking/state.ts";
import { setCurrentValidators, setParameters } from "./state.ts";

/** CometBFT's limit of the sum of all voting power. */
const MAX_TOTAL_VOTING_POWER = ((1n << 63n) - 1n) / 8n;

/**
 * Takes over the genesis validators, which CometBFT derived from the genesis document, after checking each against
 * registry and stake.
 */
export function initChain(ctx: Context, document: Document, validators: readonly ValidatorUpdate[]): void {
  const parameters = document.scheduler.params;
  setParameters(ctx, parameters);
  const limits = [parameters.min_validators, parameters.max_validators, parameters.max_validators_per_entity];
  if (limits.some((limit) => limit <= 0n)) {
    throw new InvariantError("minimum or maximum number of validators not configured");
  }
  const { debug_bypass_stake: flat, voting_power_distribution: distribution } = parameters;
  const registered = getNodes(ctx.state).filter((node) => hasRoles(node, ROLE_VALIDATOR));
  const current = new Map<string, Validator>();
  for (const { public_key: key, power } of validators) {
    const node = registered.find((candidate) => compare(candidate.consensus.id, key) === 0);
    if (node === undefined) {
      throw new InvariantError("genesis validator not in registry", { key: toHex(key) });
    }
    const stake = getAccount(ctx.state, stakingAddress(node.entity_id)).escrow.active.balance;
    const expected = flat ? 1n : votingPower(stake, distribution);
    if (power !== expected) {
      throw new InvariantError(`genesis validator has power ${power}, expected ${expected}`, {
        key: toHex(key),
      });
    }
    current.set(toHex(key), { id: node.id, entity_id: node.entity_id, voting_power: power });
  }
  setCurrentValidators(ctx.state, current);
  if (!flat && votingPower(document.staking.total_supply, distribution) > MAX_TOTAL_VOTING_POWER) {
    throw new InvariantError("total supply exceeds the voting power limit");
  }
}
