import { equal, toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { getNode } from "../../consensus/registry/state.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import type { Committee } from "../../types/scheduler.ts";

/** A committee, with where its members are among peers. */
export interface CommitteeGroup {
  readonly committee: Committee;
  /** P2P keys of its members, own ones included. */
  readonly p2pKeys: readonly PublicKey[];
  /** The same in hex. */
  readonly publishers: ReadonlySet<string>;
}

/** Looks the members up in the registry. Those that are not in it any more are left out. */
export function committeeGroup(state: ReadonlyTree, committee: Committee): CommitteeGroup {
  const p2pKeys: PublicKey[] = [];
  for (const { public_key } of committee.members ?? []) {
    const key = getNode(state, public_key)?.p2p.id;
    // A node that is worker and backup worker is listed twice.
    if (key !== undefined && !p2pKeys.some((other) => equal(other, key))) p2pKeys.push(key);
  }
  return { committee, p2pKeys, publishers: new Set(p2pKeys.map(toHex)) };
}
