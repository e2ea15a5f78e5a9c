import { equal } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/schema.ts";
import { Status } from "../../../types/keymanager.ts";
import { KIND_KEY_MANAGER } from "../../../types/runtime.ts";
import type { Context } from "../../context.ts";
import { getRuntimes } from "../../registry/runtime-state.ts";
import { getNodes } from "../../registry/state.ts";
import { committeeStatus } from "./committee-status.ts";
import { statusEvent } from "./events.ts";
import { getMasterSecret, getStatus, setStatus } from "./state.ts";

/** At an epoch change: renews the status of every active key manager, and announces those that changed. */
export function updateStatuses(ctx: Context, epoch: bigint): void {
  const nodes = getNodes(ctx.state);
  const changed: Status[] = [];
  for (const runtime of getRuntimes(ctx.state)) {
    if (runtime.kind !== KIND_KEY_MANAGER) {
      continue;
    }
    const old = getStatus(ctx.state, runtime.id);
    const present = old ?? Status.make({ id: runtime.id });
    const status = committeeStatus(
      ctx,
      runtime,
      present,
      getMasterSecret(ctx.state, runtime.id),
      nodes,
      epoch,
    );
    if (old === null || !equal(encode(Status, old), encode(Status, status))) {
      setStatus(ctx.state, status);
      changed.push(status);
    }
  }
  if (changed.length > 0) {
    ctx.emit(statusEvent, { Statuses: changed });
  }
}
