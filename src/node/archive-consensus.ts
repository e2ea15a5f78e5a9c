import { consensusErrors } from "../types/errors.ts";
import { NodeConsensus } from "./consensus-backend.ts";

/**
 * The consensus layer of a node whose chain does not go on: everything that is stored can be read, nothing is submitted
 * (oasis-core v26.1 go/consensus/cometbft/full/archive.go).
 */
export class ArchiveConsensus extends NodeConsensus {
  /** @throws consensus/4 always */
  override async submitTx(): Promise<never> {
    throw consensusErrors.unsupported();
  }

  /** @throws consensus/4 always */
  override submitEvidence(): never {
    throw consensusErrors.unsupported();
  }

  /** @throws consensus/4 always */
  override estimateGas(): never {
    throw consensusErrors.unsupported();
  }

  /** @throws consensus/4 always */
  override unconfirmedTransactions(): never {
    throw consensusErrors.unsupported();
  }

  /** @throws consensus/4 always */
  override roundVotes(): never {
    throw consensusErrors.unsupported();
  }
}
