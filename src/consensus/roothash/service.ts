import { roothashErrors } from "../../types/errors.ts";
import { Evidence, ExecutorCommit, SubmitMsg } from "../../types/roothash.ts";
import type { Runtime } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { messages, onMessage } from "../messages.ts";
import { method, type Service } from "../service.ts";
import { beginBlock } from "./begin-block.ts";
import { changeParameters } from "./change-parameters.ts";
import { endBlock } from "./end-block.ts";
import { executorCommit } from "./executor-commit.ts";
import { initChain } from "./genesis.ts";
import { evaluateAllLiveness } from "./liveness.ts";
import { createRuntimeState, verifyRuntimeLimits } from "./new-runtime.ts";
import { submitEvidence } from "./submit-evidence.ts";
import { submitMessage } from "./submit-message.ts";

const undecodable = roothashErrors.invalidArgument;

/** Rounds of ParaTimes: commitments, blocks, messages in both directions, liveness. consensus-b.md section 4. */
export const roothashService: Service = {
  name: "999_roothash",
  priority: 15_000n,
  methods: {
    "roothash.ExecutorCommit": method(ExecutorCommit, undecodable, executorCommit),
    "roothash.Evidence": method(Evidence, undecodable, submitEvidence),
    "roothash.SubmitMsg": method(SubmitMsg, undecodable, submitMessage),
  },
  messages: [
    onMessage(
      messages.newRuntimeRegistered,
      outsideInitChain((ctx, runtime) => createRuntimeState(ctx, runtime, null)),
    ),
    onMessage(messages.runtimeUpdated, outsideInitChain(verifyRuntimeLimits)),
    // A resumed ParaTime gets its committee at the next election.
    onMessage(messages.runtimeResumed, () => null),
    onMessage(messages.beforeSchedule, (ctx, epoch) => {
      evaluateAllLiveness(ctx, epoch);
      return null;
    }),
    onMessage(messages.validateParameterChanges, (ctx, proposal) => changeParameters(ctx, proposal, false)),
    onMessage(messages.changeParameters, (ctx, proposal) => changeParameters(ctx, proposal, true)),
  ],
  initChain,
  beginBlock,
  endBlock,
};

/** In InitChain this service reads the ParaTimes from the registry by itself, later. */
function outsideInitChain(handle: (ctx: Context, runtime: Readonly<Runtime>) => void) {
  return (ctx: Context, runtime: Readonly<Runtime>): null => {
    if (!ctx.isInitChain) {
      handle(ctx, runtime);
    }
    return null;
  };
}
