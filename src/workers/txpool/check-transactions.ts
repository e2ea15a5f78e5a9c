import { QanatError } from "../../codec/errors.ts";
import type { RuntimeHost } from "../../runtime/host.ts";
import type { RoundContext } from "../round-context.ts";
import type { Timers } from "../timers.ts";
import type { TxCheck } from "./tx-pool.ts";

/** Longest that a ParaTime may take to check a batch before it is interrupted (facts/runtime.md section 2). */
const checkTimeoutMs = 15_000;
/** Longer than that: the call then ends with the process. */
const callTimeoutMs = 20_000;

/**
 * Asks the ParaTime which transactions it would take on top of the round's block.
 * @throws CodedError as the ParaTime answers; QanatError when it cannot be asked or answers for another number of them.
 */
export async function checkTransactions(
  host: RuntimeHost,
  round: RoundContext,
  inputs: Uint8Array[],
  timers: Timers,
  signal: AbortSignal,
): Promise<TxCheck[]> {
  const cancel = timers.schedule(() => {
    void host.abort({ reason: "transaction check took too long" }).catch(() => {});
  }, checkTimeoutMs);
  try {
    return await ask(host, round, inputs, signal);
  } finally {
    cancel();
  }
}

async function ask(
  host: RuntimeHost,
  round: RoundContext,
  inputs: Uint8Array[],
  signal: AbortSignal,
): Promise<TxCheck[]> {
  const { results } = await host.call(
    "RuntimeCheckTxBatchRequest",
    {
      consensus_block: round.lightBlock,
      inputs,
      block: round.block,
      epoch: round.epoch,
      max_messages: round.descriptor.executor.max_messages,
    },
    { timeoutMs: callTimeoutMs, signal },
  );
  if (results?.length !== inputs.length) {
    throw new QanatError(
      "runtime/malformed",
      "the ParaTime checked another number of transactions than it was given",
      {
        asked: inputs.length,
        answered: results?.length ?? 0,
      },
    );
  }
  return results;
}
