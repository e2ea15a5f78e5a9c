import type { Hash } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";
import { ZERO_HASH } from "../../crypto/hash.ts";
import type { RuntimeHost } from "../../runtime/host.ts";
import { MODE_EXECUTE, MODE_SCHEDULE } from "../../types/host-protocol-runtime-calls.ts";
import type { RoundContext } from "../round-context.ts";
import type { ScheduledBatch } from "./scheduled-batch.ts";

/** Margin over the executor's own limit, which interrupts the ParaTime: the call then ends with the process. */
const callTimeoutFactor = 5n;

/**
 * Has the ParaTime execute a batch on top of the round's block: one that it chooses, starting with `inputs`, or one that
 * was proposed, as it is.
 * @param proposed root of the inputs of the proposed batch; null: the ParaTime chooses
 * @throws CodedError as the ParaTime answers; QanatError when it cannot be asked, or leaves its hashes out.
 */
export async function executeBatch(
  host: RuntimeHost,
  round: RoundContext,
  inputs: Uint8Array[],
  signal: AbortSignal,
  proposed: Hash | null,
): Promise<ScheduledBatch> {
  const { descriptor } = round;
  const reply = await host.call(
    "RuntimeExecuteTxBatchRequest",
    {
      mode: proposed === null ? MODE_SCHEDULE : MODE_EXECUTE,
      consensus_block: round.lightBlock,
      round_results: round.roundResults,
      io_root: proposed ?? ZERO_HASH,
      inputs,
      in_msgs: round.incomingMessages.length === 0 ? null : [...round.incomingMessages],
      block: round.block,
      epoch: round.epoch,
      max_messages: descriptor.executor.max_messages,
    },
    {
      timeoutMs: Number((callTimeoutFactor * descriptor.txn_scheduler.propose_batch_timeout) / 1_000_000n),
      signal,
    },
  );
  const isChoice = proposed === null;
  if (
    isChoice &&
    reply.tx_hashes === null &&
    inputs.length > 0 &&
    (reply.tx_input_write_log?.length ?? 0) > 0
  ) {
    throw new QanatError(
      "runtime/malformed",
      "the ParaTime scheduled a batch without naming its transactions",
    );
  }
  return {
    header: reply.batch.header,
    inputRoot: reply.tx_input_root,
    ioWriteLog: [...(reply.tx_input_write_log ?? []), ...(reply.batch.io_write_log ?? [])],
    stateWriteLog: reply.batch.state_write_log,
    messages: reply.batch.messages ?? [],
    rakSignature: reply.batch.rak_sig,
    txHashes: reply.tx_hashes ?? [],
    rejected: reply.tx_reject_hashes ?? [],
  };
}
