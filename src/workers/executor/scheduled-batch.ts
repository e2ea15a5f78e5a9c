import type { Hash, RawSignature } from "../../codec/common-types.ts";
import type { ComputeResultsHeader } from "../../types/roothash-commitment.ts";
import type { Message } from "../../types/roothash-message.ts";
import type { WriteLog } from "../../types/storage.ts";

/** A batch that the ParaTime executed, and chose unless somebody proposed it. */
export interface ScheduledBatch {
  readonly header: ComputeResultsHeader;
  /** Root of the inputs alone. */
  readonly inputRoot: Hash;
  /** Changes from the empty tree to `header.io_root`: inputs and outputs. */
  readonly ioWriteLog: WriteLog;
  /** Changes from the parent's state to `header.state_root`. */
  readonly stateWriteLog: WriteLog;
  /** Messages to the consensus layer. */
  readonly messages: readonly Message[];
  /** Signature of the header by the enclave's key; 64 bytes also without a TEE. */
  readonly rakSignature: RawSignature;
  /** SHA-512/256 of the transactions of the batch, in order. */
  readonly txHashes: readonly Hash[];
  /** Transactions that the ParaTime refused while scheduling. */
  readonly rejected: readonly Hash[];
}
