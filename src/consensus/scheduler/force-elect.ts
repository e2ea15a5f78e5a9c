import { compare, equal, fromHex, toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import type { Node } from "../../types/node.ts";
import type { Runtime } from "../../types/runtime.ts";
import { KIND_COMPUTE_EXECUTOR, ROLE_WORKER } from "../../types/scheduler.ts";
import type { Election } from "./elect.ts";

/**
 * Nodes that a test network forces into committees. Only with the debug flag, which all nodes of such a network set.
 * oasis-core v26.1 go/consensus/cometbft/apps/scheduler/debug_force.go.
 */
export interface ForcedMembers {
  /** Forced nodes in order of their ids. */
  readonly nodes: readonly PublicKey[];
  /** Wanted position among the workers, by node id (hex). */
  readonly positions: ReadonlyMap<string, bigint>;
}

const NONE_FORCED: ForcedMembers = { nodes: [], positions: new Map() };

/** Whether the debug option is in force at all. */
export function isForcing({ ctx, parameters }: Election): boolean {
  return ctx.chain.dontBlameOasis && parameters.debug_force_elect !== null;
}

/** Whether a node is forced into some committee of the ParaTime. */
export function isForced(election: Election, runtime: Readonly<Runtime>, node: PublicKey): boolean {
  if (!isForcing(election)) {
    return false;
  }
  const entry = election.parameters.debug_force_elect?.get(toHex(runtime.id))?.get(toHex(node));
  return entry !== undefined && entry.kind === KIND_COMPUTE_EXECUTOR;
}

/** The nodes forced into a role; null when one of them is not available, or there are more than places. */
export function forcedMembers(
  election: Election,
  runtime: Readonly<Runtime>,
  role: number,
  nodes: readonly Readonly<Node>[],
  places: number,
): ForcedMembers | null {
  if (!isForcing(election)) {
    return NONE_FORCED;
  }
  const positions = new Map<string, bigint>();
  for (const [id, entry] of election.parameters.debug_force_elect?.get(toHex(runtime.id)) ?? []) {
    if (entry.kind === KIND_COMPUTE_EXECUTOR && entry.roles?.includes(role)) {
      positions.set(id, entry.index);
    }
  }
  const forced = Array.from(positions.keys(), (id) => fromHex(id) as PublicKey).sort(compare);
  const available = forced.every((id) => nodes.some((node) => equal(node.id, id)));
  return available && forced.length <= places ? { nodes: forced, positions } : null;
}

/** Puts forced workers at their positions; null when positions clash. Other roles keep their order. */
export function placeForced(
  elected: readonly PublicKey[],
  forced: ForcedMembers,
  role: number,
): PublicKey[] | null {
  if (forced.nodes.length === 0 || role !== ROLE_WORKER) {
    return [...elected];
  }
  const placed = new Array<PublicKey | undefined>(elected.length).fill(undefined);
  const others: PublicKey[] = [];
  for (const node of elected) {
    const position = forced.positions.get(toHex(node));
    if (position === undefined) {
      others.push(node);
    } else if (position >= BigInt(placed.length) || placed[Number(position)] !== undefined) {
      return null;
    } else {
      placed[Number(position)] = node;
    }
  }
  return placed.map((node) => node ?? others.shift()!);
}
