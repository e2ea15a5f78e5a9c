import type { DebugBackend } from "../api/backend.ts";
import { u64 } from "../codec/schema.ts";
import { getEpoch } from "../consensus/beacon/state.ts";
import { getNodes } from "../consensus/registry/state.ts";
import { testSigner } from "../crypto/memory-signer.ts";
import type { ReadonlyTree } from "../storage/tree.ts";
import type { ConsensusView } from "../workers/consensus-view.ts";
import type { SubmissionManager } from "../workers/submission.ts";

/** Whoever may tell a mock beacon the epoch: everybody knows this key (oasis-core v26.1 go/beacon/tests). */
const MOCK_KEY_NAME = "oasis-core epochtime mock key seed";

export interface DebugBackendDeps {
  readonly consensus: ConsensusView;
  readonly submission: SubmissionManager;
  /** Aborts when the node is being stopped. */
  readonly stopping: AbortSignal;
}

/** Steers a test network over the API. */
export function debugBackend({ consensus, submission, stopping }: DebugBackendDeps): DebugBackend {
  const until = (reached: (state: ReadonlyTree) => boolean, caller: AbortSignal) => {
    const signal = AbortSignal.any([caller, stopping]);
    return new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => {
        dispose();
        signal.removeEventListener("abort", stop);
        settle();
      };
      const stop = () => end(() => reject(signal.reason));
      const look = () => {
        const state = consensus.stateAt(consensus.latestHeight());
        if (state !== null && reached(state)) end(resolve);
      };
      const dispose = consensus.onBlock(look);
      if (signal.aborted) stop();
      else {
        signal.addEventListener("abort", stop, { once: true });
        look();
      }
    });
  };
  return {
    setEpoch: async (epoch, signal) => {
      const both = AbortSignal.any([signal, stopping]);
      await submission.submit(testSigner(MOCK_KEY_NAME), "beacon.SetEpoch", u64, epoch, both);
      await until((state) => getEpoch(state).epoch === epoch, signal);
    },
    waitNodesRegistered: (count, signal) => until((state) => BigInt(getNodes(state).length) >= count, signal),
  };
}
