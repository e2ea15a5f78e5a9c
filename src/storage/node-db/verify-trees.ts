import { equal, toHex } from "../../codec/bytes.ts";
import type { Hash } from "../../codec/common-types.ts";
import type { Environment } from "../environment/environment.ts";
import { children, hashNode, type Node, type Ref } from "../mkvs/node.ts";
import { isEmptyRoot } from "../root.ts";
import type { NodeDb } from "./node-db.ts";
import { NodeDbTables } from "./node-db-tables.ts";
import { NumberSet } from "./number-set.ts";

/** Nodes that one step looks at. */
const NODES_A_STEP = 1000;

/** Where it is counted what was looked at. */
export interface TreeCounts {
  roots: number;
  nodes: number;
}

/**
 * Looks at every node of every version that is kept, once: whether it is there, can be read and has the hash that the
 * node above, or the root, says; and whether there are nodes that nothing refers to.
 * @param counts is counted up
 * @param report is told what is wrong, in words
 */
export function* verifyTrees(
  environment: Environment,
  db: NodeDb,
  counts: TreeCounts,
  report: (problem: string) => void,
): Generator<void, void> {
  const tables = new NodeDbTables(environment, db.namespace);
  const seen = new NumberSet();
  for (const [version, root_type, hash] of [...tables.roots.keys()]) {
    const root = { ns: db.namespace, version, root_type, hash };
    const { top } = tables.record(root)!;
    counts.roots++;
    if (!isEmptyRoot(root))
      yield* verifyBelow([{ number: Number(top), hash }], `version ${version}, kind ${root_type}`);
  }
  // What is being dropped or restored belongs to no root and is not checked, only known.
  const loose: number[] = [];
  for (const [[number], listed] of tables.garbage.range()) {
    if (listed.length === 0) loose.push(number);
    for (const one of listed) if (tables.nodes.has([one])) seen.add(one);
  }
  for (const [, { top }] of tables.restores.range()) loose.push(Number(top));
  while (loose.length > 0) {
    const number = loose.pop()!;
    const node = seen.has(number) ? null : tables.nodes.get([number]);
    if (node === null) continue;
    seen.add(number);
    counts.nodes++;
    for (const child of children(node)) loose.push(child.id);
    if (counts.nodes % NODES_A_STEP === 0) yield;
  }
  const stored = tables.nodes.count();
  if (stored > seen.size)
    report(`${stored - seen.size} nodes belong to no version: they take space and do no harm`);

  function* verifyBelow(open: Expected[], where: string): Generator<void, void> {
    while (open.length > 0) {
      const { number, hash } = open.pop()!;
      if (seen.has(number)) continue;
      seen.add(number);
      counts.nodes++;
      const node = readNode(number, where);
      if (node !== null) {
        if (!equal(hashNode(node), hash)) report(`${where}: node ${number} has not the hash ${toHex(hash)}`);
        for (const child of children(node)) open.push(expectedOf(child));
      }
      if (counts.nodes % NODES_A_STEP === 0) yield;
    }
  }

  function readNode(number: number, where: string): Node | null {
    try {
      const node = tables.nodes.get([number]);
      if (node === null) report(`${where}: node ${number} is missing`);
      return node;
    } catch (error) {
      report(`${where}: node ${number} cannot be read: ${error instanceof Error ? error.message : error}`);
      return null;
    }
  }
}

interface Expected {
  readonly number: number;
  readonly hash: Hash;
}

function expectedOf({ id, hash }: Ref): Expected {
  return { number: id, hash: hash! };
}
