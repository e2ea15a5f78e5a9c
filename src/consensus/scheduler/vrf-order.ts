import { compare, toHex, u64be, utf8 } from "../../codec/bytes.ts";
import type { Namespace, PublicKey } from "../../codec/common-types.ts";
import { tupleHash256 } from "../../crypto/tuple-hash.ts";
import type { PrevVRFState } from "../../types/beacon.ts";
import { vrfOutput } from "../beacon/vrf-output.ts";

const VALIDATOR = "oasis-core:vrf/validator";
const COMMITTEE = "oasis-core:vrf/committee";
const DEDUPLICATION = "oasis-core:vrf/dedup";

/** What the order of nodes is for: separates the hashes of different elections. */
export interface BetaDomain {
  readonly name: string;
  readonly items: readonly Uint8Array[];
}

export function validatorDomain(chainContext: string, epoch: bigint): BetaDomain {
  return { name: VALIDATOR, items: [utf8(chainContext), u64be(epoch)] };
}

export interface CommitteeDomain {
  chainContext: string;
  epoch: bigint;
  runtimeId: Namespace;
  kind: number;
  role: number;
}

/** Order in which nodes are taken into a committee. */
export function committeeDomain(domain: CommitteeDomain): BetaDomain {
  return { name: COMMITTEE, items: committeeItems(domain) };
}

/** Order in which nodes of one entity are kept when only some of them may stand. */
export function deduplicationDomain(domain: CommitteeDomain): BetaDomain {
  return { name: DEDUPLICATION, items: committeeItems(domain) };
}

/** Hash of a node's VRF output (64 bytes) in an election. consensus-b.md 3.6 and 3.7. */
function hashBeta(domain: BetaDomain, beta: Uint8Array): Uint8Array {
  return tupleHash256(domain.name, [...domain.items, beta]);
}

/** Nodes that gave a proof, by ascending hash of their VRF output. Of nodes with equal hashes the first one counts. */
export function orderByBeta<N extends { readonly id: PublicKey }>(
  nodes: readonly N[],
  vrf: Readonly<PrevVRFState>,
  domain: BetaDomain,
): N[] {
  const byHash = new Map<string, { node: N; hash: Uint8Array }>();
  for (const node of nodes) {
    const proof = proofOf(vrf, node.id);
    if (proof === null) {
      continue;
    }
    const hash = hashBeta(domain, vrfOutput(proof));
    const id = toHex(hash);
    if (!byHash.has(id)) {
      byHash.set(id, { node, hash });
    }
  }
  return Array.from(byHash.values())
    .sort((a, b) => compare(a.hash, b.hash))
    .map(({ node }) => node);
}

/** The proof of a node for this election; null when it gave none. Stored proofs were verified on entry. */
export function proofOf(vrf: Readonly<PrevVRFState>, node: PublicKey): Uint8Array | null {
  return vrf["pi.omitempty"]?.get(toHex(node))?.proof ?? null;
}

function committeeItems({ chainContext, epoch, runtimeId, kind, role }: CommitteeDomain): Uint8Array[] {
  return [utf8(chainContext), u64be(epoch), runtimeId, Uint8Array.of(kind), Uint8Array.of(role)];
}
