import { equal, toHex } from "../../../codec/bytes.ts";
import type { PublicKey } from "../../../codec/common-types.ts";
import { encode } from "../../../codec/schema.ts";
import { sha3_256 } from "../../../crypto/hash.ts";
import {
  type InitResponse,
  type SignedEncryptedMasterSecret,
  SignedPolicySGX,
  type Status,
} from "../../../types/keymanager.ts";
import { type Node, TEE_HARDWARE_NONE } from "../../../types/node.ts";
import { ROLE_KEY_MANAGER } from "../../../types/roles.ts";
import type { Runtime } from "../../../types/runtime.ts";
import type { Context } from "../../context.ts";
import { isTxFailure } from "../../errors.ts";
import { hasRoles, isExpired } from "../../registry/node.ts";
import { openExtraInfo } from "./extra-info.ts";
import { nextGeneration } from "./generation.ts";

/** Part of the committee that must have replicated a master secret for it to be accepted. */
const MIN_REPLICATION_PERCENT = 66;
const CHECKSUM_LENGTH = 32;
const EMPTY = new Uint8Array(0);
const EMPTY_POLICY_CHECKSUM = sha3_256(EMPTY);

/** What nodes of a committee must agree on, as it is known after the nodes looked at so far. */
interface Consensus {
  readonly policyChecksum: Uint8Array;
  readonly checksum: Uint8Array;
  /** Checksum after the master secret that is proposed for this epoch; empty when none is. */
  readonly nextChecksum: Uint8Array;
  isInitialized: boolean;
  isSecure: boolean;
  rsk: PublicKey | null;
  nextRsk: PublicKey | null;
}

/**
 * The status of a key manager for an epoch: policy taken over, committee made of the nodes that agree, and the
 * proposed master secret accepted if enough of them hold it. consensus-b.md 5.2.
 *
 * @param nodes all nodes in order of their ids
 * @param secret the master secret that was proposed last; null when none was, or when it must not be accepted
 */
export function committeeStatus(
  ctx: Context,
  runtime: Readonly<Runtime>,
  old: Readonly<Status>,
  secret: SignedEncryptedMasterSecret | null,
  nodes: readonly Readonly<Node>[],
  epoch: bigint,
): Status {
  const policy = old.next_policy ?? old.policy;
  const generation = nextGeneration(old);
  const isProposed =
    secret !== null && secret.secret.generation === generation && secret.secret.epoch === epoch;
  const proposal = isProposed ? secret.secret.secret.checksum : null;
  const consensus: Consensus = {
    policyChecksum: policy === null ? EMPTY_POLICY_CHECKSUM : sha3_256(encode(SignedPolicySGX, policy)),
    checksum: old.checksum ?? EMPTY,
    nextChecksum: proposal ?? EMPTY,
    isInitialized: old.is_initialized,
    isSecure: old.is_secure,
    rsk: null,
    nextRsk: null,
  };
  const members: PublicKey[] = [];
  const replicated: PublicKey[] = [];
  for (const node of nodes) {
    const standing = judge(ctx, runtime, node, epoch, consensus);
    if (standing === null) {
      continue;
    }
    members.push(node.id);
    if (standing.isReplicated) {
      replicated.push(node.id);
    }
  }

  const status: Status = {
    id: runtime.id,
    is_initialized: consensus.isInitialized,
    is_secure: consensus.isSecure,
    generation: old.generation,
    rotation_epoch: old.rotation_epoch,
    checksum: old.checksum,
    nodes: orNull(members),
    policy,
    next_policy: null,
    rsk: consensus.rsk,
  };
  const percent = members.length === 0 ? 0 : Math.floor((replicated.length * 100) / members.length);
  if (proposal === null || percent < MIN_REPLICATION_PERCENT) {
    return status;
  }
  return {
    ...status,
    generation,
    rotation_epoch: epoch,
    checksum: proposal,
    nodes: orNull(replicated),
    rsk: consensus.nextRsk,
  };
}

/** Lists that nothing was appended to are nil on the network, which encodes differently from empty. */
function orNull(nodes: PublicKey[]): PublicKey[] | null {
  return nodes.length === 0 ? null : nodes;
}

/**
 * Whether a node belongs to the committee; all versions it offers must agree with what is known. What its first
 * version settles becomes known in turn, unless a later version disagrees.
 */
function judge(
  ctx: Context,
  runtime: Readonly<Runtime>,
  node: Readonly<Node>,
  epoch: bigint,
  consensus: Consensus,
): { isReplicated: boolean } | null {
  if (isExpired(node, epoch) || !hasRoles(node, ROLE_KEY_MANAGER)) {
    return null;
  }
  const seen = { ...consensus };
  let isReplicated = true;
  let versions = 0;
  for (const offer of node.runtimes ?? []) {
    if (offer === null || !equal(offer.id, runtime.id)) {
      continue;
    }
    if ((offer.capabilities.tee?.hardware ?? TEE_HARDWARE_NONE) !== runtime.tee_hardware) {
      return null;
    }
    let response: InitResponse;
    try {
      response = openExtraInfo(ctx, node, offer, runtime);
    } catch (error) {
      if (isTxFailure(error)) {
        return null;
      }
      throw error;
    }
    if (!agrees(response, seen)) {
      return null;
    }
    isReplicated = confirmsNext(response, seen) && isReplicated;
    versions++;
  }
  if (versions === 0) {
    return null;
  }
  consensus.isInitialized = seen.isInitialized;
  consensus.isSecure = seen.isSecure;
  consensus.rsk = seen.rsk;
  if (isReplicated) {
    consensus.nextRsk = seen.nextRsk;
  }
  return { isReplicated };
}

/** Compares what cannot differ within a committee, and settles what is not known yet. */
function agrees(response: InitResponse, seen: Consensus): boolean {
  const policyChecksum = response.policy_checksum ?? EMPTY;
  if (policyChecksum.length !== 0 && policyChecksum.length !== CHECKSUM_LENGTH) {
    return false;
  }
  if (!equal(policyChecksum.length === 0 ? EMPTY_POLICY_CHECKSUM : policyChecksum, seen.policyChecksum)) {
    return false;
  }
  if (!seen.isInitialized) {
    seen.isInitialized = true;
    seen.isSecure = response.is_secure;
  }
  if (response.is_secure !== seen.isSecure || !equal(response.checksum ?? EMPTY, seen.checksum)) {
    return false;
  }
  seen.rsk ??= response.rsk;
  return response.rsk === null || (seen.rsk !== null && equal(response.rsk, seen.rsk));
}

/** Whether the enclave holds the proposed master secret, with the same key derived from it as the others'. */
function confirmsNext(response: InitResponse, seen: Consensus): boolean {
  const sameChecksum = equal(response.next_checksum ?? EMPTY, seen.nextChecksum);
  seen.nextRsk ??= response.next_rsk;
  const sameKey =
    response.next_rsk === null || (seen.nextRsk !== null && toHex(response.next_rsk) === toHex(seen.nextRsk));
  return sameChecksum && sameKey;
}
