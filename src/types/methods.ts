import type { Codec } from "../codec/schema.ts";
import * as beacon from "./beacon.ts";
import * as churp from "./churp.ts";
import { BlockMetadata } from "./consensus.ts";
import { SignedEntity } from "./entity.ts";
import * as governance from "./governance.ts";
import * as keymanager from "./keymanager.ts";
import { MultiSignedNode } from "./node.ts";
import * as registry from "./registry.ts";
import * as roothash from "./roothash.ts";
import { Runtime } from "./runtime.ts";
import * as staking from "./staking-transactions.ts";
import * as vault from "./vault.ts";

/** Method of the system transaction that carries the block metadata. */
export const METHOD_META = "consensus.Meta";

/**
 * Body type of every transaction method (facts/formats.md section 5).
 *
 * Whether a method is served is the dispatcher's business; the table only says how its body reads.
 */
export const methods = {
  "beacon.SetEpoch": beacon.SetEpoch,
  "beacon.VRFProve": beacon.VRFProve,
  [METHOD_META]: BlockMetadata,
  "governance.CastVote": governance.ProposalVote,
  "governance.SubmitProposal": governance.ProposalContent,
  "keymanager.PublishEphemeralSecret": keymanager.SignedEncryptedEphemeralSecret,
  "keymanager.PublishMasterSecret": keymanager.SignedEncryptedMasterSecret,
  "keymanager.UpdatePolicy": keymanager.SignedPolicySGX,
  "keymanager/churp.Apply": churp.SignedApplicationRequest,
  "keymanager/churp.Confirm": churp.SignedConfirmationRequest,
  "keymanager/churp.Create": churp.CreateRequest,
  "keymanager/churp.Update": churp.UpdateRequest,
  "registry.DeregisterEntity": registry.DeregisterEntity,
  "registry.ProveFreshness": registry.ProveFreshness,
  "registry.RegisterEntity": SignedEntity,
  "registry.RegisterNode": MultiSignedNode,
  "registry.RegisterRuntime": Runtime,
  "registry.UnfreezeNode": registry.UnfreezeNode,
  "roothash.Evidence": roothash.Evidence,
  "roothash.ExecutorCommit": roothash.ExecutorCommit,
  "roothash.SubmitMsg": roothash.SubmitMsg,
  "staking.AddEscrow": staking.Escrow,
  "staking.Allow": staking.Allow,
  "staking.AmendCommissionSchedule": staking.AmendCommissionSchedule,
  "staking.Burn": staking.Burn,
  "staking.ReclaimEscrow": staking.ReclaimEscrow,
  "staking.Transfer": staking.Transfer,
  "staking.Withdraw": staking.Withdraw,
  "vault.AuthorizeAction": vault.AuthorizeAction,
  "vault.CancelAction": vault.CancelAction,
  "vault.Create": vault.Create,
} as const satisfies Readonly<Record<string, Codec<never> | Codec<unknown>>>;

/** Name of a transaction method. */
export type MethodName = keyof typeof methods;

/** Body type of a method; undefined for a name that is none. */
export function methodBody(name: string): Codec<unknown> | undefined {
  return Object.hasOwn(methods, name) ? (methods[name as MethodName] as Codec<unknown>) : undefined;
}
