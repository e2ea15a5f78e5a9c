import { toHex, utf8 } from "../codec/bytes.ts";
import type { Namespace } from "../codec/common-types.ts";

/**
 * Domain separation of a signature. Some contexts are complete only with a ParaTime id, a chain context, or both;
 * signing or verifying with an incomplete one throws.
 */
export interface SignatureContext {
  /** The context itself, suffixes included. */
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Suffixes still missing, outermost last. */
  readonly needs: readonly ("runtime" | "chain")[];
}

const RUNTIME_SEPARATOR = " for runtime ";
const CHAIN_SEPARATOR = " for chain ";
const MAX_CHAIN_CONTEXT = 64;

/** Every context of the network (facts/formats.md 2.2). */
export const contexts = {
  consensusTransaction: context("oasis-core/consensus: tx", ["chain"]),
  registerEntity: context("oasis-core/registry: register entity"),
  registerNode: context("oasis-core/registry: register node"),
  executorCommitment: context("oasis-core/roothash: executor commitment", ["runtime", "chain"]),
  proposal: context("oasis-core/roothash: proposal", ["runtime", "chain"]),
  computeResultsHeader: context("oasis-core/roothash: compute results header"),
  teeAttestation: context("oasis-core/node: TEE attestation signature"),
  endorseTeeCapability: context("oasis-core/node: endorse TEE capability"),
  componentLabels: context("oasis-core/node: attest component labels"),
  keyManagerPolicy: context("oasis-core/keymanager: policy"),
  keyManagerInitResponse: context("oasis-core/keymanager: init response"),
  keyManagerPublicKey: context("oasis-core/keymanager: pk signature"),
  encryptedMasterSecret: context("oasis-core/keymanager: encrypted master secret"),
  encryptedEphemeralSecret: context("oasis-core/keymanager: encrypted ephemeral secret"),
  churpPolicy: context("oasis-core/keymanager/churp: policy"),
  churpApplication: context("oasis-core/keymanager/churp: application request"),
  churpConfirmation: context("oasis-core/keymanager/churp: confirmation request"),
  cometbft: context("oasis-core/tendermint"),
  libp2p: context("oasis-core/worker: libp2p"),
} as const satisfies Record<string, SignatureContext>;

/** The context for one ParaTime. */
export function withRuntime(base: SignatureContext, runtimeId: Namespace): SignatureContext {
  if (base.needs[0] !== "runtime") throw new TypeError(`context "${base.text}" takes no ParaTime id`);
  return context(base.text + RUNTIME_SEPARATOR + toHex(runtimeId), base.needs.slice(1));
}

/** The context for one network. @param chainContext 64 hex digits: the hash of the genesis document */
export function withChain(base: SignatureContext, chainContext: string): SignatureContext {
  if (base.needs[0] !== "chain") throw new TypeError(`context "${base.text}" takes no chain context now`);
  if (chainContext.length === 0 || chainContext.length > MAX_CHAIN_CONTEXT) {
    throw new TypeError(`chain context must have 1 to ${MAX_CHAIN_CONTEXT} characters`);
  }
  return context(base.text + CHAIN_SEPARATOR + chainContext, base.needs.slice(1));
}

/** Bytes that precede the message. @throws TypeError when a suffix is missing */
export function completeContext(context: SignatureContext): Uint8Array {
  if (context.needs.length > 0)
    throw new TypeError(`context "${context.text}" lacks its ${context.needs.join(" and ")}`);
  return context.bytes;
}

function context(text: string, needs: readonly ("runtime" | "chain")[] = []): SignatureContext {
  return { text, bytes: utf8(text), needs };
}
