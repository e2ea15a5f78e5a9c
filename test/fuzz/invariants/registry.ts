import { equal, toHex } from "../../../src/codec/bytes.ts";
import { consensusAddress } from "../../../src/consensus/registry/consensus-address.ts";
import { getAllRuntimes, hasEntityRuntimes } from "../../../src/consensus/registry/runtime-state.ts";
import {
  ENTITY_CLAIM,
  nodeClaim,
  runtimeClaim,
  runtimeStakingAddress,
} from "../../../src/consensus/registry/stake-claims.ts";
import {
  getEntities,
  getEntityNodes,
  getNodeByConsensusAddress,
  getNodeBySubKey,
  getNodeStatus,
  getNodes,
} from "../../../src/consensus/registry/state.ts";
import { getCurrentValidators, getPendingValidators } from "../../../src/consensus/scheduler/state.ts";
import { getAccount, getParameters } from "../../../src/consensus/staking/state.ts";
import type { ReadonlyTree } from "../../../src/storage/tree.ts";
import { stakingAddress } from "../../../src/types/account-address.ts";

/** What must hold for registry and scheduler after every block; each broken rule gives a line. */
export function registryProblems(state: ReadonlyTree): string[] {
  return [...nodeProblems(state), ...claimProblems(state), ...validatorProblems(state)];
}

function nodeProblems(state: ReadonlyTree): string[] {
  return getNodes(state).flatMap((node) => {
    const id = toHex(node.id);
    const isNode = (found: { id: Uint8Array } | null) => found !== null && equal(found.id, node.id);
    const keys = [node.consensus.id, node.p2p.id, node.tls.pub_key, node.vrf.id];
    return [
      ...(getNodeStatus(state, node.id) === null ? [`node ${id} has no status`] : []),
      ...(keys.every((key) => isNode(getNodeBySubKey(state, key)))
        ? []
        : [`a key of node ${id} leads elsewhere`]),
      ...(isNode(getNodeByConsensusAddress(state, consensusAddress(node.consensus.id)))
        ? []
        : [`the consensus address of node ${id} leads elsewhere`]),
      ...(getEntityNodes(state, node.entity_id).some(isNode) ? [] : [`node ${id} is not its entity's`]),
    ];
  });
}

/** Every registration has its claim, unless stake does not count; nobody has claims for more. */
function claimProblems(state: ReadonlyTree): string[] {
  if (getParameters(state).debug_bypass_stake) {
    return [];
  }
  const claimants = [
    ...getEntities(state).map(({ id }) => [stakingAddress(id), ENTITY_CLAIM] as const),
    ...getNodes(state).map((node) => [stakingAddress(node.entity_id), nodeClaim(node.id)] as const),
    ...getAllRuntimes(state).flatMap((runtime) => {
      const address = runtimeStakingAddress(runtime);
      return address === null ? [] : [[address, runtimeClaim(runtime.id)] as const];
    }),
  ];
  const missing = claimants.filter(
    ([address, claim]) => !getAccount(state, address).escrow.stake_accumulator.claims?.has(claim),
  );
  const ownerless = getAllRuntimes(state).filter((runtime) => !hasEntityRuntimes(state, runtime.entity_id));
  return [
    ...missing.map(([address, claim]) => `${toHex(address)} lacks the claim ${claim}`),
    ...ownerless.map(({ id }) => `ParaTime ${toHex(id)} is not listed under its owner`),
  ];
}

function validatorProblems(state: ReadonlyTree): string[] {
  const current = getCurrentValidators(state);
  return [
    ...(current.size > 0 ? [] : ["there are no validators"]),
    ...(getPendingValidators(state) === null ? [] : ["pending validators are left after the block"]),
    ...Array.from(current.values())
      .filter(({ voting_power }) => voting_power <= 0n)
      .map(({ id }) => `validator ${toHex(id)} has no voting power`),
  ];
}
