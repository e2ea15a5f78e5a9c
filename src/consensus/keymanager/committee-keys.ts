import { equal, fromHex, toHex } from "../../codec/bytes.ts";
import type { Namespace, PublicKey, X25519Key } from "../../codec/common-types.ts";
import { registryErrors } from "../../types/errors.ts";
import { type Node, type NodeRuntime, TEE_HARDWARE_INTEL_SGX, TEE_HARDWARE_NONE } from "../../types/node.ts";
import { KIND_KEY_MANAGER, type Runtime } from "../../types/runtime.ts";
import type { Context } from "../context.ts";
import { TxError } from "../errors.ts";
import { getRuntime } from "../registry/runtime-state.ts";
import { getNode } from "../registry/state.ts";

/** Keys of key managers without a TEE; everybody knows their secrets (consensus-b.md 5.1). */
export const INSECURE_RAK: PublicKey = fromHex(
  "c7c277acfd0529a3495fe405cb9e1df1d8dcba490a060f5ec1d81e1ca0f84432",
);
const INSECURE_REK: X25519Key = fromHex("d9dfa375a98e505854e0b2d9d6f6bb00d64dae8c8b9cb3c1852a9dcf4d772b30");

/** An active key manager ParaTime. @throws registry/11 when unknown or suspended, TxError when of another kind */
export function requireKeyManager(ctx: Context, id: Namespace): Readonly<Runtime> {
  const runtime = getRuntime(ctx.state, id);
  if (runtime === null) {
    throw registryErrors.noSuchRuntime();
  }
  if (runtime.kind !== KIND_KEY_MANAGER) {
    throw new TxError("keymanager: runtime is not a key manager");
  }
  return runtime;
}

/** A registered node, expired or not. @throws registry/10 */
export function requireNode(ctx: Context, id: PublicKey): Readonly<Node> {
  const node = getNode(ctx.state, id);
  if (node === null) {
    throw registryErrors.noSuchNode();
  }
  return node;
}

/** What a node offers of a key manager: its first entry, of whatever version. @throws TxError when it has none */
export function requireOffer(node: Readonly<Node>, id: Namespace): NodeRuntime {
  const offer = findOffer(node, id);
  if (offer === null) {
    throw new TxError("keymanager: node is not a key manager");
  }
  return offer;
}

function findOffer(node: Readonly<Node>, id: Namespace): NodeRuntime | null {
  return node.runtimes?.find((entry) => entry !== null && equal(entry.id, id)) ?? null;
}

/** Key with which the enclave signs; attested at registration. @throws TxError when it should have one and does not */
export function attestationKey(offer: Readonly<NodeRuntime>, runtime: Readonly<Runtime>): PublicKey {
  if (runtime.tee_hardware === TEE_HARDWARE_NONE) {
    return INSECURE_RAK;
  }
  if (runtime.tee_hardware !== TEE_HARDWARE_INTEL_SGX || offer.capabilities.tee === null) {
    throw new TxError("keymanager: node does not have the TEE capability");
  }
  return offer.capabilities.tee.rak;
}

/** Keys (hex) to which secrets for the enclaves of some nodes are encrypted. */
export function encryptionKeys(nodes: readonly Readonly<Node>[], runtime: Readonly<Runtime>): Set<string> {
  const keys = new Set<string>();
  for (const node of nodes) {
    const offer = findOffer(node, runtime.id);
    if (offer === null) {
      continue;
    }
    const key =
      runtime.tee_hardware === TEE_HARDWARE_NONE ? INSECURE_REK : (offer.capabilities.tee?.rek ?? null);
    if (key !== null && runtime.tee_hardware <= TEE_HARDWARE_INTEL_SGX) {
      keys.add(toHex(key));
    }
  }
  return keys;
}
