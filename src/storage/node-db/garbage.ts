import { children } from "../mkvs/node.ts";
import type { NodeDbTables } from "./node-db-tables.ts";

/** Entries that one collection begins with at most. */
const MAX_ENTRIES = 64;
/** Nodes of one entry, which is written anew when it is deleted in parts: half a page. */
const NODES_AN_ENTRY = 340;

/** Marks a whole tree for deletion; in the transaction that takes its root away. Trees may be incomplete. */
export function addGarbageTree({ garbage }: NodeDbTables, top: number): void {
  if (top !== 0) garbage.put([top], []);
}

/**
 * Marks nodes for deletion, without what is below them; in the transaction that takes them out of all trees.
 *
 * They are put in order, because deletion goes by their numbers: nodes that were made together lie together, and where
 * the nodes of many versions are marked at once, far fewer pages change for each of them.
 */
export function addGarbageNodes({ garbage }: NodeDbTables, numbers: readonly number[]): void {
  const sorted = Float64Array.from(numbers).sort();
  for (let at = 0; at < sorted.length; at += NODES_AN_ENTRY) {
    garbage.put([sorted[at]!], Array.from(sorted.subarray(at, at + NODES_AN_ENTRY)));
  }
}

/**
 * Deletes nodes that are marked, at most `limit` of them, however many there are.
 * @returns whether more are left
 */
export function collectGarbage(tables: NodeDbTables, limit: number): boolean {
  const { environment, garbage } = tables;
  const isLeft = () => [...garbage.keys({ limit: 1 })].length > 0;
  if (!isLeft()) return false;
  return environment.transaction(() => {
    let rest = limit;
    while (rest > 0) {
      const entries = [...garbage.range({ limit: MAX_ENTRIES })];
      if (entries.length === 0) return false;
      for (const [[number], listed] of entries) {
        if (rest === 0) break;
        garbage.remove([number]);
        rest -= listed.length === 0 ? deleteTree(tables, number, rest) : deleteListed(tables, listed, rest);
      }
    }
    return isLeft();
  });
}

/** Deletes a tree from the top, or marks what is left of it. @returns how many nodes */
function deleteTree(tables: NodeDbTables, top: number, limit: number): number {
  const { nodes } = tables;
  const open = [top];
  let deleted = 0;
  while (open.length > 0 && deleted < limit) {
    const number = open.pop()!;
    const node = nodes.get([number]);
    if (node === null) continue;
    for (const child of children(node)) open.push(child.id);
    nodes.remove([number]);
    deleted++;
  }
  for (const number of open) addGarbageTree(tables, number);
  return deleted;
}

function deleteListed(tables: NodeDbTables, numbers: readonly number[], limit: number): number {
  const now = numbers.slice(0, limit);
  for (const number of now) tables.nodes.remove([number]);
  addGarbageNodes(tables, numbers.slice(limit));
  return now.length;
}
