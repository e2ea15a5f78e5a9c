import { toHex } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/schema.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { ApplicationRequest, type SignedApplicationRequest } from "../../../types/churp.ts";
import type { Context } from "../../context.ts";
import { TxError } from "../../errors.ts";
import { requireKeyManager } from "../committee-keys.ts";
import { updateEvent } from "./events.ts";
import { checkEnclaveSignature, requireHandoff } from "./require.ts";
import { getParameters, setStatus } from "./state.ts";

/** `keymanager/churp.Apply`: a node applies for the next committee, in the epoch before the handoff. */
export function apply(ctx: Context, { application, signature }: SignedApplicationRequest): void {
  ctx.useGas(1, "apply", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  const runtime = requireKeyManager(ctx, application.runtime_id);
  const status = requireHandoff(ctx, application, BigInt.asUintN(64, ctx.currentEpoch() + 1n));
  const node = toHex(ctx.txSigner);
  const applications = new Map(status.applications ?? []);
  if (applications.has(node)) {
    throw new TxError("keymanager: churp: application already submitted");
  }
  const message = encode(ApplicationRequest, application);
  checkEnclaveSignature(ctx, runtime, contexts.churpApplication, message, signature);
  if (ctx.isCheckOnly) {
    return;
  }
  applications.set(node, { checksum: application.checksum, reconstructed: false });
  const updated = { ...status, applications };
  setStatus(ctx.state, updated);
  ctx.emit(updateEvent, { Status: updated });
}
