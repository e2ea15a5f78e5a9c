import { namespace } from "../codec/common-types.ts";
import { type Infer, struct, u64 } from "../codec/schema.ts";
import { Root } from "./storage.ts";

/** Which ParaTime (facts/api.md 2.12). */
export const GetLastSyncedRoundRequest = struct("GetLastSyncedRoundRequest", { runtime_id: namespace });
export type GetLastSyncedRoundRequest = Infer<typeof GetLastSyncedRoundRequest>;

/** The last round whose state and inputs and outputs the node has. */
export const GetLastSyncedRoundResponse = struct("GetLastSyncedRoundResponse", {
  round: u64,
  io_root: Root,
  state_root: Root,
});
export type GetLastSyncedRoundResponse = Infer<typeof GetLastSyncedRoundResponse>;
