import { equal } from "../../../src/codec/bytes.ts";
import type { Hash } from "../../../src/codec/common-types.ts";
import { CodedError } from "../../../src/codec/errors.ts";
import { EMPTY_HASH, hashOf, sha512_256 } from "../../../src/crypto/hash.ts";
import {
  MODE_SCHEDULE,
  type RuntimeExecuteTxBatchRequest,
  RuntimeExecuteTxBatchResponse,
} from "../../../src/types/host-protocol-runtime-calls.ts";
import { RoundResults } from "../../../src/types/roothash.ts";
import { Header } from "../../../src/types/roothash-block.ts";
import { IncomingMessages, Messages } from "../../../src/types/roothash-message.ts";
import type { ParaTime } from "../paratime.ts";
import { State } from "../state/state.ts";
import type { StateTree } from "../state/state-tree.ts";
import { IoTree } from "./io-tree.ts";
import { type EmittedTag, Round } from "./round.ts";

/** Without an enclave there is no key to sign results with; the field is there all the same. */
const NO_SIGNATURE = new Uint8Array(64);

/** A transaction of the batch, executed. */
interface Executed {
  readonly hash: Hash;
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  readonly tags: readonly EmittedTag[];
}

/**
 * Executes the round after the request's block and gives its results (facts/runtime.md 1.5).
 *
 * In mode schedule the ParaTime decides about the batch: transactions that fail their check are left out and named for
 * rejection. In mode execute the batch is executed as it is.
 *
 * @param signal ends it between two transactions
 * @throws CodedError when the inputs are not those of the request's I/O root, or a transaction cannot be executed
 */
export async function executeBatch(
  paratime: ParaTime,
  request: RuntimeExecuteTxBatchRequest,
  tree: StateTree,
  signal: AbortSignal,
): Promise<RuntimeExecuteTxBatchResponse> {
  const { header } = request.block;
  const round = new Round({
    runtimeId: header.namespace,
    header,
    epoch: request.epoch,
    roundResults: request.round_results ?? RoundResults.make(),
    maxMessages: request.max_messages,
    state: new State(tree),
  });
  await paratime.beginRound?.(round);
  const incoming = request.in_msgs ?? [];
  for (const message of incoming) await paratime.executeIncomingMessage?.(round.transaction([]), message);

  const scheduling = request.mode === MODE_SCHEDULE;
  const { executed, rejected } = await executeInputs(
    paratime,
    round,
    request.inputs ?? [],
    scheduling,
    signal,
  );

  const io = new IoTree(header.namespace, header.round + 1n);
  for (const [order, { hash, input }] of executed.entries()) io.addInput(hash, input, order);
  const inputs = io.commit();
  if (!scheduling && !equal(inputs.root.hash, request.io_root))
    throw new CodedError("rhp/dispatcher", 1, "the inputs are not those of the I/O root");
  for (const { hash, output, tags } of executed) io.addOutput(hash, output, tags);
  const outputs = io.commit();
  const state = await tree.commit(round.state.changes(), header.round + 1n);

  return RuntimeExecuteTxBatchResponse.make({
    batch: {
      header: {
        round: header.round + 1n,
        previous_hash: hashOf(Header, header),
        io_root: outputs.root.hash,
        state_root: state.root.hash,
        messages_hash: round.messages.length === 0 ? EMPTY_HASH : hashOf(Messages, round.messages),
        in_msgs_hash: incoming.length === 0 ? EMPTY_HASH : hashOf(IncomingMessages, incoming),
        in_msgs_count: incoming.length,
      },
      io_write_log: outputs.writeLog,
      state_write_log: state.writeLog,
      rak_sig: NO_SIGNATURE,
      messages: round.messages,
    },
    tx_hashes: executed.map(({ hash }) => hash),
    tx_reject_hashes: rejected,
    tx_input_root: inputs.root.hash,
    tx_input_write_log: inputs.writeLog,
  });
}

async function executeInputs(
  paratime: ParaTime,
  round: Round,
  inputs: readonly (Uint8Array | null)[],
  scheduling: boolean,
  signal: AbortSignal,
): Promise<{ executed: Executed[]; rejected: Hash[] }> {
  const executed: Executed[] = [];
  const rejected: Hash[] = [];
  for (const given of inputs) {
    signal.throwIfAborted();
    if (scheduling && executed.length >= paratime.batchSize) break;
    const input = given ?? new Uint8Array(0);
    const hash = sha512_256(input);
    if (scheduling) {
      const { error } = await paratime.checkTx(round.transaction([], true, round.state.child()), input);
      if (error.code !== 0) {
        rejected.push(hash);
        continue;
      }
    }
    const tags: EmittedTag[] = [];
    const output = await paratime.executeTx(round.transaction(tags), input);
    executed.push({ hash, input, output, tags });
  }
  return { executed, rejected };
}
