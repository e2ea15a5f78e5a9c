import { equal } from "../../../codec/bytes.ts";
import type { Namespace, RawSignature } from "../../../codec/common-types.ts";
import type { SignatureContext } from "../../../crypto/contexts.ts";
import { verify } from "../../../crypto/signature.ts";
import type { Status } from "../../../types/churp.ts";
import { ROLE_KEY_MANAGER } from "../../../types/roles.ts";
import type { Runtime } from "../../../types/runtime.ts";
import type { Context } from "../../context.ts";
import { TxError } from "../../errors.ts";
import { hasRoles, isExpired } from "../../registry/node.ts";
import { attestationKey, requireKeyManager, requireNode, requireOffer } from "../committee-keys.ts";
import { areHandoffsDisabled } from "./handoff.ts";
import { getStatus } from "./state.ts";

/** The key manager, if the signer owns it. @throws registry/11, TxError */
export function requireOwned(ctx: Context, runtimeId: Namespace): Readonly<Runtime> {
  const runtime = requireKeyManager(ctx, runtimeId);
  if (!equal(runtime.entity_id, ctx.txSigner)) {
    throw new TxError("keymanager: churp: invalid signer");
  }
  return runtime;
}

/** @throws TxError */
export function requireScheme(ctx: Context, runtimeId: Namespace, id: number): Status {
  const status = getStatus(ctx.state, runtimeId, id);
  if (status === null) {
    throw new TxError(`keymanager: churp: non-existing ID: ${id}`);
  }
  return status;
}

/** A scheme whose next handoff is at an epoch that the request names too. @throws TxError */
export function requireHandoff(
  ctx: Context,
  request: { runtime_id: Namespace; id: number; epoch: bigint },
  epoch: bigint,
): Status {
  const status = requireScheme(ctx, request.runtime_id, request.id);
  if (areHandoffsDisabled(status)) {
    throw new TxError("keymanager: churp: handoffs disabled");
  }
  if (status.next_handoff !== epoch) {
    throw new TxError("keymanager: churp: closed in this epoch");
  }
  if (status.next_handoff !== request.epoch) {
    throw new TxError(
      `keymanager: churp: invalid handoff: got ${request.epoch}, expected ${status.next_handoff}`,
    );
  }
  return status;
}

/** Verifies that the enclave of the signing node made the request. @throws registry/10, TxError */
export function checkEnclaveSignature(
  ctx: Context,
  runtime: Readonly<Runtime>,
  context: SignatureContext,
  message: Uint8Array,
  signature: RawSignature,
): void {
  const node = requireNode(ctx, ctx.txSigner);
  if (isExpired(node, ctx.currentEpoch()) || !hasRoles(node, ROLE_KEY_MANAGER)) {
    throw new TxError("keymanager: churp: node registration expired or not a key manager");
  }
  const key = attestationKey(requireOffer(node, runtime.id), runtime);
  if (!verify(context, key, message, signature, ctx.chain.signatures)) {
    throw new TxError("keymanager: churp: invalid signature");
  }
}
