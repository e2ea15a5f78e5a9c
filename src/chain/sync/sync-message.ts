import { bytes, type Infer, int64, message, oneof, scalar } from "../wire.ts";

const Height = message("tendermint.blocksync.Height", { height: scalar(1, int64) });

/** Messages of the block sync channel (cometbft.md 3.5). */
export const SyncMessage = oneof("tendermint.blocksync.Message", {
  block_request: [1, Height],
  no_block_response: [2, Height],
  /** The block as it is encoded: it is hashed and stored that way. */
  block_response: [3, message("tendermint.blocksync.BlockResponse", { block: scalar(1, bytes) })],
  status_request: [4, message("tendermint.blocksync.StatusRequest", {})],
  status_response: [
    5,
    message("tendermint.blocksync.StatusResponse", { height: scalar(1, int64), base: scalar(2, int64) }),
  ],
});
export type SyncMessage = NonNullable<Infer<typeof SyncMessage>>;
