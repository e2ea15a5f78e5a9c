import { nodeDbErrors } from "../../types/errors.ts";
import type { Root, WriteLog } from "../../types/storage.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { follows } from "../root.ts";
import type { NodeDb } from "./node-db.ts";

/**
 * Makes the root `dst` from `src` by a write log, as when it comes from another node. Nothing happens when `dst` is
 * there already.
 * @throws CodedError `storage/mkvs/db` 9 when `dst` does not follow `src`, 8 when `src` is not known; `storage` 3
 *   when the log leads to another root: nothing is stored then
 */
export function apply(db: NodeDb, src: Root, dst: Root, writeLog: WriteLog): void {
  if (!follows(dst, src)) throw nodeDbErrors.rootMustFollowOld();
  if (db.hasRoot(dst)) return;
  const tree = MkvsTree.open(db, src);
  tree.applyWriteLog(writeLog);
  tree.commitKnown(dst);
}
