import { children, nodeOf, type Ref } from "../mkvs/node.ts";
import type { NodeDb } from "./node-db.ts";

/** Numbers of the nodes that the roots of these versions reach: what a database without leaks holds. */
export function liveNodes(db: NodeDb, versions: Iterable<bigint>): Set<number> {
  const live = new Set<number>();
  const open: Ref[] = [];
  for (const version of versions) {
    for (const root of db.rootsForVersion(version)) {
      const top = db.top(root);
      if (top !== null) open.push(top);
    }
  }
  while (open.length > 0) {
    const ref = open.pop()!;
    if (live.has(ref.id)) continue;
    live.add(ref.id);
    open.push(...children(nodeOf(db, ref)));
  }
  return live;
}
