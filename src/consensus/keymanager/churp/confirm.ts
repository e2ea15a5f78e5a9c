import { equal, toHex } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/schema.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { ConfirmationRequest, type SignedConfirmationRequest } from "../../../types/churp.ts";
import type { Context } from "../../context.ts";
import { TxError } from "../../errors.ts";
import { requireKeyManager } from "../committee-keys.ts";
import { updateEvent } from "./events.ts";
import { finalizeHandoff } from "./handoff.ts";
import { checkEnclaveSignature, requireHandoff } from "./require.ts";
import { getParameters, setStatus } from "./state.ts";

/**
 * `keymanager/churp.Confirm`: an applicant confirms in the epoch of the handoff that it holds its share. The first
 * one settles the checksum; the last one completes the handoff.
 */
export function confirm(ctx: Context, { confirmation, signature }: SignedConfirmationRequest): void {
  ctx.useGas(1, "confirm", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const runtime = requireKeyManager(ctx, confirmation.runtime_id);
  const status = requireHandoff(ctx, confirmation, ctx.currentEpoch());
  const node = toHex(ctx.txSigner);
  const applications = new Map(status.applications ?? []);
  const application = applications.get(node);
  if (application === undefined || application.reconstructed) {
    throw new TxError("keymanager: churp: application not found or already confirmed");
  }
  if (status.next_checksum !== null && !equal(status.next_checksum, confirmation.checksum)) {
    throw new TxError("keymanager: churp: checksum mismatch");
  }
  const message = encode(ConfirmationRequest, confirmation);
  checkEnclaveSignature(ctx, runtime, contexts.churpConfirmation, message, signature);
  if (ctx.isCheckOnly) {
    return;
  }
  applications.set(node, { ...application, reconstructed: true });
  const confirmed = { ...status, applications, next_checksum: status.next_checksum ?? confirmation.checksum };
  const updated = finalizeHandoff(confirmed, false) ?? confirmed;
  setStatus(ctx.state, updated);
  ctx.emit(updateEvent, { Status: updated });
}
