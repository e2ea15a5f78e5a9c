import { equal } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { decode } from "../../codec/schema.ts";
import { contexts } from "../../crypto/contexts.ts";
import { openMultiSigned } from "../../crypto/envelope.ts";
import type { KeyValueTree } from "../../storage/tree.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { EPOCH_INVALID } from "../../types/common.ts";
import { registryErrors } from "../../types/errors.ts";
import { type MultiSignedNode, Node } from "../../types/node.ts";
import { NodeStatus } from "../../types/registry.ts";
import { GOVERNANCE_CONSENSUS, type Runtime } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { InvariantError, UnsupportedError } from "../errors.ts";
import { hasFeature261 } from "../features.ts";
import { messages } from "../messages.ts";
import { StakeAccumulator } from "../staking/accumulator.ts";
import { getParameters as getStakingParameters } from "../staking/state.ts";
import { verifyAdmission } from "./admission.ts";
import { nodeEvent, runtimeStarted } from "./events.ts";
import { isExpired } from "./node.ts";
import { getAnyRuntime, resumeRuntime } from "./runtime-state.ts";
import { nodeClaim, nodeThresholds, runtimeStakingAddress } from "./stake-claims.ts";
import {
  getEntity,
  getEntityNodes,
  getNode,
  getNodeStatus,
  getParameters,
  setNode,
  setNodeStatus,
} from "./state.ts";
import { verifyNode } from "./verify-node.ts";
import { verifyNodeRuntimes } from "./verify-node-runtimes.ts";
import { verifyNodeUpdate } from "./verify-node-update.ts";

/**
 * `registry.RegisterNode`: registers a node or renews its registration. Order of checks: consensus-a.md 3.3.
 *
 * Node, indices, status and resumed ParaTimes are written around the overlay of the transaction, straight into the
 * state; the stake claim and events go through it (consensus-a.md 1.9). Simulation really runs it.
 */
export function registerNode(ctx: Context, signed: MultiSignedNode): void {
  if (ctx.isCheckOnly) {
    refuseUnverifiable(ctx, signed);
    return;
  }
  const { state } = ctx;
  const epoch = ctx.epochAtCurrentHeight();
  const { node, runtimes } = verifyRegistration(ctx, signed, epoch);
  const existing = getNode(state, node.id);
  payMaintenance(ctx, node, existing, epoch, runtimes.length);

  ctx.transaction((child) => {
    const stake = getStakingParameters(child.state).debug_bypass_stake ? null : new StakeAccumulator(child);
    stake?.addClaim(stakingAddress(node.entity_id), nodeClaim(node.id), nodeThresholds(node, runtimes));
    stake?.commit();

    if (existing !== null) {
      verifyNodeUpdate(existing, node, epoch, (id) => getAnyRuntime(state, id));
    }
    setNode(state, existing, node, signed);
    renewStatus(state, node, existing, epoch);
    for (const runtime of runtimes) {
      resume(child, state, runtime, stake);
    }
    child.emit(nodeEvent, { node, is_registration: true });
  });
}

/**
 * Keeps a descriptor out of the mempool, a local matter, when this node could not verify its attestations: in a block
 * it would stop the node. Nothing else is checked here, not even whether it decodes.
 */
function refuseUnverifiable(ctx: Context, { untrusted_raw_value: blob }: MultiSignedNode): void {
  if (ctx.chain.attestation === null && hasTeeCapability(blob)) {
    throw new UnsupportedError("verification of enclave attestations", ctx.currentHeight);
  }
}

function hasTeeCapability(blob: Uint8Array | null): boolean {
  try {
    return decode(Node, blob).runtimes?.some((runtime) => runtime?.capabilities.tee) ?? false;
  } catch (error) {
    if (error instanceof QanatError) {
      return false;
    }
    throw error;
  }
}

/** Everything that is checked before gas is charged. */
function verifyRegistration(ctx: Context, signed: MultiSignedNode, epoch: bigint) {
  const { state } = ctx;
  const entity = getEntity(state, decodeDescriptor(signed.untrusted_raw_value).entity_id);
  if (entity === null) {
    throw registryErrors.noSuchEntity();
  }
  const params = getParameters(state);
  const node = open(ctx, signed);
  const rules = {
    params,
    epoch,
    feature261: hasFeature261(ctx),
    isGenesis: ctx.isInitChain,
    blacklist: ctx.chain.blacklist,
  };
  const runtimes = verifyNode(node, signed, entity, state, rules, () => verifyNodeRuntimes(ctx, node));
  if (!ctx.isInitChain && !equal(ctx.txSigner, node.id)) {
    throw registryErrors.incorrectTxSigner();
  }
  for (const runtime of runtimes) {
    verifyAdmission(runtime, node, epoch, (owner) => getEntityNodes(state, owner));
  }
  // A node that expires with this epoch is not expired yet, but registering it would be pointless.
  if (!ctx.isInitChain && node.expiration <= epoch) {
    throw registryErrors.nodeExpired();
  }
  return { node, runtimes };
}

/** The descriptor before its signatures are checked: good for looking up its owner, not for believing. */
function decodeDescriptor(blob: Uint8Array | null): Node {
  try {
    return decode(Node, blob);
  } catch (error) {
    throw error instanceof QanatError ? registryErrors.invalidArgument().with("malformed descriptor") : error;
  }
}

function open(ctx: Context, signed: MultiSignedNode): Node {
  try {
    return openMultiSigned(Node, contexts.registerNode, signed, ctx.chain.signatures);
  } catch (error) {
    throw error instanceof QanatError ? registryErrors.invalidSignature() : error;
  }
}

/** Charges every ParaTime for every epoch that this registration adds to what was paid for already. */
function payMaintenance(
  ctx: Context,
  node: Readonly<Node>,
  existing: Readonly<Node> | null,
  epoch: bigint,
  runtimes: number,
): void {
  let epochs = node.expiration > epoch ? node.expiration - epoch : 0n;
  if (existing !== null && !isExpired(existing, epoch)) {
    const paid = existing.expiration - epoch;
    epochs = epochs > paid ? epochs - paid : 0n;
  }
  // The network multiplies as int64 and stops when that gives a negative count, possible only without
  // max_node_expiration.
  const count = BigInt.asIntN(64, BigInt(runtimes) * epochs);
  if (count < 0n) {
    throw new InvariantError("negative number of paid epochs", { height: ctx.currentHeight });
  }
  ctx.useGas(count, "runtime_epoch_maintenance", getParameters(ctx.state).gas_costs);
}

/**
 * A new or expired node starts again with no eligibility for committees; freezing and faults stay. The status of a
 * live node is not written.
 */
function renewStatus(
  state: KeyValueTree,
  node: Readonly<Node>,
  existing: Readonly<Node> | null,
  epoch: bigint,
): void {
  const status = existing === null ? NodeStatus.zero() : getNodeStatus(state, node.id);
  if (status === null) {
    throw registryErrors.invalidArgument();
  }
  if (existing !== null && !isExpired(existing, epoch)) {
    return;
  }
  status.expiration_processed = false;
  status.election_eligible_after = EPOCH_INVALID;
  setNodeStatus(state, node.id, status);
}

/** Resumes a suspended ParaTime, unless its owner's stake would have it suspended again at the next epoch. */
function resume(
  child: Context,
  state: KeyValueTree,
  runtime: Readonly<Runtime>,
  stake: StakeAccumulator | null,
): void {
  if (stake !== null && runtime.governance_model !== GOVERNANCE_CONSENSUS && !isBacked(runtime, stake)) {
    return;
  }
  if (!resumeRuntime(state, runtime.id)) {
    return;
  }
  child.publish(messages.runtimeResumed, runtime);
  child.emit(runtimeStarted, { runtime });
}

function isBacked(runtime: Readonly<Runtime>, stake: StakeAccumulator): boolean {
  const address = runtimeStakingAddress(runtime);
  if (address === null) {
    return false;
  }
  try {
    stake.checkClaims(address);
    return true;
  } catch (error) {
    if (error instanceof QanatError) {
      return false;
    }
    throw error;
  }
}
