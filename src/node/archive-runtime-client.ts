import { consensusErrors } from "../types/errors.ts";
import { RuntimeClient } from "../workers/client/runtime-client.ts";

/** ParaTimes of a node whose chain does not go on: a transaction would wait for ever for its round. */
export class ArchiveRuntimeClient extends RuntimeClient {
  /** @throws consensus/4 always */
  override async submitTx(): Promise<never> {
    throw consensusErrors.unsupported();
  }

  /** @throws consensus/4 always */
  override async submitTxNoWait(): Promise<never> {
    throw consensusErrors.unsupported();
  }
}
