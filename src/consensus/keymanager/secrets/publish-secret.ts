import { equal } from "../../../codec/bytes.ts";
import type { Namespace, PublicKey, RawSignature } from "../../../codec/common-types.ts";
import { encode } from "../../../codec/schema.ts";
import { contexts, type SignatureContext } from "../../../crypto/contexts.ts";
import { verify } from "../../../crypto/signature.ts";
import { keymanagerErrors } from "../../../types/errors.ts";
import {
  EncryptedEphemeralSecret,
  EncryptedMasterSecret,
  type EncryptedSecret,
  type SignedEncryptedEphemeralSecret,
  type SignedEncryptedMasterSecret,
  type Status,
} from "../../../types/keymanager.ts";
import type { Runtime } from "../../../types/runtime.ts";
import type { Context } from "../../context.ts";
import { TxError } from "../../errors.ts";
import {
  attestationKey,
  encryptionKeys,
  requireKeyManager,
  requireNode,
  requireOffer,
} from "../committee-keys.ts";
import { ephemeralSecretEvent, masterSecretEvent } from "./events.ts";
import { checkRotationAllowed, nextGeneration } from "./generation.ts";
import {
  getEphemeralSecret,
  getMasterSecret,
  getParameters,
  getStatus,
  setEphemeralSecret,
  setMasterSecret,
} from "./state.ts";

/** Part of the committee's enclaves that a secret must be encrypted to. */
const MIN_ENCLAVES_PERCENT = 66;

/**
 * `keymanager.PublishMasterSecret`: proposes the master secret of the next generation, once an epoch. It is accepted
 * at the next epoch change if most of the committee replicated it. consensus-b.md 5.2.
 */
export function publishMasterSecret(ctx: Context, signed: SignedEncryptedMasterSecret): void {
  const { secret, signature } = signed;
  const { runtime, status } = requireMember(ctx, secret.runtime_id);
  if (getMasterSecret(ctx.state, runtime.id)?.secret.epoch === secret.epoch) {
    throw new TxError("keymanager: master secret can be proposed once per epoch");
  }
  checkRotationAllowed(status, secret.epoch);
  const { rak, reks } = committeeKeys(ctx, runtime, status);
  if (secret.generation !== nextGeneration(status)) {
    throw new TxError("keymanager: master secret contains an invalid generation");
  }
  checkSecret(ctx, secret.epoch, secret.secret, reks);
  checkSignature(ctx, contexts.encryptedMasterSecret, rak, encode(EncryptedMasterSecret, secret), signature);
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "publish_master_secret", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  setMasterSecret(ctx.state, signed);
  ctx.emit(masterSecretEvent, { Secret: signed });
}

/** `keymanager.PublishEphemeralSecret`: publishes the ephemeral secret of the next epoch, once. */
export function publishEphemeralSecret(ctx: Context, signed: SignedEncryptedEphemeralSecret): void {
  const { secret, signature } = signed;
  const { runtime, status } = requireMember(ctx, secret.runtime_id);
  if (getEphemeralSecret(ctx.state, runtime.id)?.secret.epoch === secret.epoch) {
    throw new TxError("keymanager: ephemeral secret can be proposed once per epoch");
  }
  const { rak, reks } = committeeKeys(ctx, runtime, status);
  checkSecret(ctx, secret.epoch, secret.secret, reks);
  checkSignature(
    ctx,
    contexts.encryptedEphemeralSecret,
    rak,
    encode(EncryptedEphemeralSecret, secret),
    signature,
  );
  if (ctx.isCheckOnly) {
    return;
  }
  ctx.useGas(1, "publish_ephemeral_secret", getParameters(ctx.state).gas_costs);
  if (ctx.isSimulation) {
    return;
  }
  setEphemeralSecret(ctx.state, signed);
  ctx.emit(ephemeralSecretEvent, { Secret: signed });
}

/** The key manager whose committee the signer is a member of. */
function requireMember(ctx: Context, id: Namespace): { runtime: Readonly<Runtime>; status: Status } {
  const runtime = requireKeyManager(ctx, id);
  const status = getStatus(ctx.state, runtime.id);
  if (status === null) {
    throw keymanagerErrors.noSuchStatus();
  }
  if (!(status.nodes ?? []).some((node) => equal(node, ctx.txSigner))) {
    throw new TxError("keymanager: secrets can be published only by the key manager committee");
  }
  return { runtime, status };
}

/** The signer's enclave key, and the keys that all enclaves of the committee decrypt with. */
function committeeKeys(
  ctx: Context,
  runtime: Readonly<Runtime>,
  status: Readonly<Status>,
): { rak: PublicKey; reks: Set<string> } {
  const offer = requireOffer(requireNode(ctx, ctx.txSigner), runtime.id);
  const rak = attestationKey(offer, runtime);
  const nodes = (status.nodes ?? []).map((id) => requireNode(ctx, id));
  return { rak, reks: encryptionKeys(nodes, runtime) };
}

function checkSecret(
  ctx: Context,
  epoch: bigint,
  { ciphertexts }: EncryptedSecret,
  reks: ReadonlySet<string>,
): void {
  if (epoch !== BigInt.asUintN(64, ctx.currentEpoch() + 1n)) {
    throw new TxError("keymanager: secret contains an invalid epoch");
  }
  const keys = Array.from(ciphertexts?.keys() ?? []);
  if (reks.size === 0 || !keys.every((key) => reks.has(key))) {
    throw new TxError("keymanager: secret is encrypted with an unknown key");
  }
  if (Math.floor((keys.length * 100) / reks.size) < MIN_ENCLAVES_PERCENT) {
    throw new TxError("keymanager: secret is not encrypted with enough keys");
  }
}

function checkSignature(
  ctx: Context,
  context: SignatureContext,
  key: PublicKey,
  message: Uint8Array,
  signature: RawSignature,
): void {
  if (!verify(context, key, message, signature, ctx.chain.signatures)) {
    throw new TxError("keymanager: secret contains an invalid signature");
  }
}
