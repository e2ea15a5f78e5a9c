import { ROOT_STATE, type Root } from "../../types/storage.ts";
import type { Environment } from "../environment/environment.ts";
import { openEnvironment } from "../environment/lmdb-environment.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { emptyRoot } from "../root.ts";
import type { NodeDb } from "./node-db.ts";
import { openNodeDb } from "./table-node-db.ts";

/** Finalized versions that are kept. */
export const KEPT_VERSIONS = 5n;
export const NAMESPACE = new Uint8Array(32);
const CHANGES_PER_VERSION = 40;
/** Nodes, about as many as a version leaves. */
const COLLECTED_PER_VERSION = 100;

/** What version `version` changes: the same for the same seed, over few keys so that versions replace each other. */
export function changesOf(seed: number, version: bigint): [Uint8Array, Uint8Array | null][] {
  let state = (seed ^ (Number(version) * 0x9e3779b1)) >>> 0;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
  return Array.from({ length: CHANGES_PER_VERSION }, () => {
    const key = Uint8Array.of(random(4) * 64, random(100));
    return [key, random(3) === 0 ? null : new Uint8Array(random(200)).fill(Number(version))];
  });
}

/** The last finalized root. */
export function lastRoot(db: NodeDb): Root {
  const version = db.latestVersion();
  return version === null ? emptyRoot(NAMESPACE, 0n, ROOT_STATE) : db.rootsForVersion(version)[0]!;
}

/** Commits, finalizes and prunes the next version, in one transaction or, for every other version, in three. */
function advance(env: Environment, db: NodeDb, seed: number): bigint {
  const parent = lastRoot(db);
  const version = parent.version + 1n;
  const tree = MkvsTree.open(db, parent);
  tree.applyWriteLog(changesOf(seed, version));
  const steps = () => {
    const { root } = tree.commit(NAMESPACE, version);
    db.finalize([root]);
    if (version - db.earliestVersion() >= KEPT_VERSIONS) db.prune(db.earliestVersion());
    db.collectGarbage(COLLECTED_PER_VERSION);
  };
  if (version % 2n === 0n) env.transaction(steps);
  else steps();
  return version;
}

// As a program: makes versions until it is killed, and prints each when it is on disk.
if (import.meta.main) {
  const [path, seed] = process.argv.slice(2);
  const env = openEnvironment(path!);
  const db = openNodeDb(env, NAMESPACE);
  for (;;) process.stdout.write(`${advance(env, db, Number(seed))}\n`);
}
