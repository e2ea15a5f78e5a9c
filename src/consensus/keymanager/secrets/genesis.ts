import type { Document } from "../../../types/genesis.ts";
import type { Status } from "../../../types/keymanager.ts";
import type { Context } from "../../context.ts";
import { InvariantError } from "../../errors.ts";
import { isGenesisKeyManager } from "../genesis-runtimes.ts";
import { statusEvent } from "./events.ts";
import { setParameters, setStatus } from "./state.ts";

/** Takes over the statuses of key managers whose descriptors are in the document and valid; others are skipped. */
export function initSecrets(ctx: Context, document: Document): void {
  const { params, statuses } = document.keymanager;
  setParameters(ctx, params);
  const taken: Status[] = [];
  for (const status of statuses ?? []) {
    if (!isGenesisKeyManager(ctx, document, status.id)) {
      continue;
    }
    if (status.nodes !== null) {
      throw new InvariantError("genesis key manager has nodes");
    }
    setStatus(ctx.state, status);
    taken.push(status);
  }
  if (taken.length > 0) {
    ctx.emit(statusEvent, { Statuses: taken });
  }
}
