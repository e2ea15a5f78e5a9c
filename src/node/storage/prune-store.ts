import { toHex } from "../../codec/bytes.ts";
import { pruneConsensus } from "../../consensus/prune-consensus.ts";
import { getRuntimeState } from "../../consensus/roothash/state.ts";
import { MkvsTree } from "../../storage/mkvs/mkvs-tree.ts";
import type { RuntimeState } from "../../types/roothash.ts";
import { ROOT_STATE } from "../../types/storage.ts";
import { pruneRounds } from "../../workers/storage/prune-rounds.ts";
import { unindexedHeight } from "../../workers/storage/unindexed-height.ts";
import type { NodeOptions } from "../node-options.ts";
import type { NodeStore, StoredRuntime } from "./node-store.ts";

/** Versions that one transaction drops: with a node that does not run nobody waits. */
const VERSIONS_A_STEP = 500;

/** How far a part has come. */
export interface PruneProgress {
  readonly part: string;
  /** The first version that is still there. */
  readonly firstVersion: bigint;
  readonly isDone: boolean;
}

export type PruneOptions = Pick<NodeOptions, "pruneConsensus" | "pruneRounds" | "compute">;

/**
 * Drops at once what a running node would drop little by little. What is kept is the same, so a node that prunes late
 * need not be started to become small.
 *
 * Steps are of one transaction each; a stop between them loses nothing.
 */
export function* pruneStore(store: NodeStore, options: PruneOptions): Generator<PruneProgress, void> {
  const { environment, state, chain } = store;
  if (options.pruneConsensus !== null) {
    const { numKept } = options.pruneConsensus;
    const holds = store.runtimes.map((runtime) => () => {
      const round = roundOf(store, runtime)?.last_block ?? null;
      return unindexedHeight(round === null ? null : { block: round }, runtime.history.last());
    });
    const history = {
      state,
      blocks: chain,
      transaction: <T>(body: () => T) => environment.transaction(body),
    };
    yield* steps("consensus layer", state.earliestVersion.bind(state), () =>
      pruneConsensus(numKept, holds, history, VERSIONS_A_STEP),
    );
  }
  if (options.pruneRounds === null) return;
  const { numKept } = options.pruneRounds;
  for (const runtime of store.runtimes) {
    const lastNormal = options.compute ? (roundOf(store, runtime)?.last_normal_round ?? 0n) : null;
    const first = () => runtime.history.first()?.block.header.round ?? 0n;
    yield* steps(`ParaTime ${toHex(runtime.runtimeId)}`, first, () =>
      pruneRounds(runtime.rounds, numKept, [() => lastNormal], VERSIONS_A_STEP),
    );
  }
}

function* steps(
  part: string,
  firstVersion: () => bigint,
  step: () => boolean,
): Generator<PruneProgress, void> {
  for (;;) {
    const isDone = !step();
    yield { part, firstVersion: firstVersion(), isDone };
    if (isDone) return;
  }
}

/** What the consensus layer knows of a ParaTime at its last height. */
function roundOf({ state }: NodeStore, { runtimeId }: StoredRuntime): RuntimeState | null {
  const latest = state.latestVersion();
  const root =
    latest === null ? undefined : state.rootsForVersion(latest).find((one) => one.root_type === ROOT_STATE);
  return root === undefined ? null : getRuntimeState(MkvsTree.open(state, root), runtimeId);
}
