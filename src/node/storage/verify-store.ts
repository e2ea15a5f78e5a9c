import { verifyChainStore } from "../../chain/verify-store.ts";
import { toHex } from "../../codec/bytes.ts";
import { verifyTrees } from "../../storage/node-db/verify-trees.ts";
import { ROOT_STATE } from "../../types/storage.ts";
import { verifyRounds } from "../../workers/storage/verify-rounds.ts";
import type { NodeStore } from "./node-store.ts";

/** Problems that are told; a damaged disk may make millions. */
const MAX_PROBLEMS = 100;

/** What a verification looked at and found. */
export interface StoreVerification {
  blocks: number;
  rounds: number;
  roots: number;
  nodes: number;
  /** What is wrong, in words: at most the first hundred. */
  readonly problems: string[];
}

/** What a verification looks at besides ParaTimes. */
export interface VerifyParts {
  /** Blocks and state of the consensus layer. */
  readonly consensus: boolean;
}

/**
 * Reads everything that a node keeps and checks that it belongs together: hashes of blocks, results, states and tree
 * nodes. Steps are short; each gives how far it has come.
 */
export function* verifyStore(
  store: NodeStore,
  parts: VerifyParts = { consensus: true },
): Generator<StoreVerification, StoreVerification> {
  const { environment, state, chain, runtimes } = store;
  const found: StoreVerification = { blocks: 0, rounds: 0, roots: 0, nodes: 0, problems: [] };
  const report = (part: string) => (problem: string) => {
    if (found.problems.length < MAX_PROBLEMS) found.problems.push(`${part}: ${problem}`);
  };
  const stateRootAt = (height: bigint) =>
    state.rootsForVersion(height).find((root) => root.root_type === ROOT_STATE)?.hash ?? null;
  if (parts.consensus) {
    for (const _ of verifyChainStore(chain, stateRootAt, report("consensus layer"))) {
      found.blocks++;
      yield found;
    }
  }
  for (const { runtimeId, history, db } of runtimes) {
    for (const _ of verifyRounds(history, db, report(`ParaTime ${toHex(runtimeId)}`))) {
      found.rounds++;
      yield found;
    }
  }
  const trees = parts.consensus ? [{ db: state, part: "consensus state" }] : [];
  for (const { runtimeId, db } of runtimes) trees.push({ db, part: `state of ParaTime ${toHex(runtimeId)}` });
  for (const { db, part } of trees) {
    for (const _ of verifyTrees(environment, db, found, report(part))) yield found;
  }
  return found;
}
