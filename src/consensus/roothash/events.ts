import { toBase64 } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import {
  ExecutionDiscrepancyDetectedEvent,
  ExecutorCommittedEvent,
  FinalizedEvent,
  InMsgProcessedEvent,
} from "../../types/roothash.ts";
import { type EventAttribute, eventKind } from "../events.ts";

const SERVICE = "999_roothash";

/** A commitment was accepted. */
export const executorCommitted = eventKind(SERVICE, "executor_commit", ExecutorCommittedEvent);
/** The workers disagree; the backup workers decide. */
export const executionDiscrepancy = eventKind(
  SERVICE,
  "execution_discrepancy",
  ExecutionDiscrepancyDetectedEvent,
);
/** A ParaTime got a new block, of whatever kind. */
export const finalized = eventKind(SERVICE, "finalized", FinalizedEvent);
/** A round took an incoming message. */
export const inMsgProcessed = eventKind(SERVICE, "in_msg_processed", InMsgProcessedEvent);

/** The second attribute of every roothash event: base64 of the id itself, not of its CBOR (consensus-b.md 0.3). */
export function ofRuntime(id: Namespace): readonly EventAttribute[] {
  return [{ key: "runtime_id", value: toBase64(id) }];
}
