import type {
  CheckTxResult,
  RuntimeCheckTxBatchRequest,
} from "../../../src/types/host-protocol-runtime-calls.ts";
import { RoundResults } from "../../../src/types/roothash.ts";
import type { ParaTime } from "../paratime.ts";
import { State } from "../state/state.ts";
import type { StateTree } from "../state/state-tree.ts";
import { Round } from "./round.ts";

/** Checks each transaction on the state after the request's block; none sees what another would write. */
export async function checkBatch(
  paratime: ParaTime,
  request: RuntimeCheckTxBatchRequest,
  tree: StateTree,
): Promise<CheckTxResult[]> {
  const { header } = request.block;
  const results: CheckTxResult[] = [];
  for (const input of request.inputs ?? []) {
    const round = new Round({
      runtimeId: header.namespace,
      header,
      epoch: request.epoch,
      roundResults: RoundResults.make(),
      maxMessages: request.max_messages,
      state: new State(tree),
    });
    results.push(await paratime.checkTx(round.transaction([], true), input ?? new Uint8Array(0)));
  }
  return results;
}
