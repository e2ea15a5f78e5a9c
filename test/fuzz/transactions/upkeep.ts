import { toHex } from "../../../src/codec/bytes.ts";
import { getParameters, getPendingMockEpoch, getVrfState } from "../../../src/consensus/beacon/state.ts";
import { getProposals } from "../../../src/consensus/governance/state.ts";
import { getNodes } from "../../../src/consensus/registry/state.ts";
import { BACKEND_VRF, SetEpoch } from "../../../src/types/beacon.ts";
import { ProposalVote, STATE_ACTIVE, VOTE_YES } from "../../../src/types/governance.ts";
import { entities, keysOf, nodes, users } from "../cast.ts";
import { vrfProof } from "./beacon.ts";
import { type Draft, draft, type View } from "./draft.ts";
import { nodeRegistration } from "./registry.ts";

/** What keeps a network alive: nodes register again in time and send their proofs, somebody moves a mock clock on. */
export function upkeep(view: View): Draft[] {
  const { random, state, epoch, height } = view;
  const parameters = getParameters(state);
  const drafts: Draft[] = [];
  for (const node of getNodes(state)) {
    const keys = keysOf(node.id);
    if (keys !== undefined && node.expiration <= epoch + 1n && random.chance(0.5)) {
      drafts.push(nodeRegistration(view, keys));
    }
  }
  const vrf = getVrfState(state);
  if (parameters.backend === BACKEND_VRF && vrf !== null && height > vrf.submit_after) {
    const late = nodes.filter(({ id }) => vrf.pi?.has(toHex(id.publicKey)) !== true);
    drafts.push(...random.some(late, 0.3).map((keys) => vrfProof(vrf, keys)));
  }
  for (const proposal of getProposals(state)) {
    if (proposal.state === STATE_ACTIVE) {
      const body = { id: proposal.id, vote: VOTE_YES };
      const voters = random.some(entities, random.pick([0, 0.1, 0.4]));
      drafts.push(...voters.map(({ signer }) => draft(signer, "governance.CastVote", ProposalVote, body)));
    }
  }
  if (parameters.debug_mock_backend && getPendingMockEpoch(state) === null && random.chance(0.15)) {
    drafts.push(draft(random.pick(users), "beacon.SetEpoch", SetEpoch, epoch + 1n));
  }
  return drafts;
}
