import { equal } from "../../codec/bytes.ts";
import { getCommittees, getCurrentValidators, getParameters } from "../../consensus/scheduler/state.ts";
import type { ConsensusBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import { stateFor } from "../heights.ts";
import type { Services } from "../method-table.ts";
import { eventValues } from "../service-events.ts";
import { pushInitial, stateAfter, watchBlocks } from "../watch.ts";

const APP = "200_scheduler";

/** Handlers of the `Scheduler` service (api.md 2.5). */
export function schedulerHandlers(backend: ConsensusBackend): ServiceHandlers<Services["Scheduler"]> {
  const stateAt = (height: bigint) => stateFor(backend, height).state;
  return {
    GetValidators: (height) => [...getCurrentValidators(stateAt(height)).values()],
    GetCommittees: ({ height, runtime_id }) => {
      const committees = getCommittees(stateAt(height)).filter((c) => equal(c.runtime_id, runtime_id));
      return committees.length === 0 ? null : committees;
    },
    StateToGenesis: (height) => ({ params: getParameters(stateAt(height)) }),
    ConsensusParameters: (height) => getParameters(stateAt(height)),
    WatchCommittees: (_, sink) => {
      pushInitial(backend, sink, (state) => getCommittees(state));
      return watchBlocks(backend, sink, (block) => {
        for (const { kinds } of eventValues(block.results, APP, "elected")) {
          const elected = getCommittees(stateAfter(backend, block)).filter((c) => kinds?.includes(c.kind));
          for (const committee of elected) sink.push(committee);
        }
      });
    },
  };
}
