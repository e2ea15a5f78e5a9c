import { children } from "../mkvs/node.ts";
import type { NodeDbTables } from "./node-db-tables.ts";

/** Most trees that one collection begins with. */
const MAX_TREES = 64;
const NOTHING = new Uint8Array(0);

/** Marks a whole tree for deletion; in the transaction that takes its root away. Trees may be incomplete. */
export function addGarbage({ garbage }: NodeDbTables, top: number): void {
  if (top !== 0) garbage.put([top], NOTHING);
}

/**
 * Deletes nodes that are marked, at most `limit` of them, however large the trees are.
 * @returns whether more are left
 */
export function collectGarbage({ environment, garbage, nodes }: NodeDbTables, limit: number): boolean {
  const isLeft = () => [...garbage.keys({ limit: 1 })].length > 0;
  if (!isLeft()) return false;
  return environment.transaction(() => {
    let deleted = 0;
    while (deleted < limit) {
      const open = [...garbage.keys({ limit: MAX_TREES })].map(([number]) => number);
      if (open.length === 0) return false;
      for (const number of open) garbage.remove([number]);
      while (open.length > 0 && deleted < limit) {
        const number = open.pop()!;
        const node = nodes.get([number]);
        if (node === null) continue;
        for (const child of children(node)) open.push(child.id);
        nodes.remove([number]);
        deleted++;
      }
      for (const number of open) garbage.put([number], NOTHING);
    }
    return isLeft();
  });
}
