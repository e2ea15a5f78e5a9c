import { encode } from "../src/codec/schema.ts";
import { setParameters as setChurpParameters } from "../src/consensus/keymanager/churp/state.ts";
import { INSECURE_RAK } from "../src/consensus/keymanager/committee-keys.ts";
import { setParameters as setSecretsParameters } from "../src/consensus/keymanager/secrets/state.ts";
import { setRuntime } from "../src/consensus/registry/runtime-state.ts";
import { getNode, setNode } from "../src/consensus/registry/state.ts";
import { contexts } from "../src/crypto/contexts.ts";
import { signMultiSigned } from "../src/crypto/envelope.ts";
import { type MemorySigner, testPublicKey, testSigner } from "../src/crypto/memory-signer.ts";
import { InitResponse, SignedInitResponse } from "../src/types/keymanager.ts";
import { Node } from "../src/types/node.ts";
import { ROLE_KEY_MANAGER } from "../src/types/roles.ts";
import { GOVERNANCE_ENTITY, KIND_KEY_MANAGER, Runtime } from "../src/types/runtime.ts";
import { World } from "./consensus-world.ts";

export const KEY_MANAGER = new Uint8Array(32).fill(3, 8);
/** Owner of the key manager. */
export const owner = testSigner("key manager owner");
/** The key of all enclaves on hardware without a TEE. */
export const enclave = testSigner("ekiden test key manager RAK seed");
/** What such enclaves decrypt with. */
export const ENCRYPTION_KEY = "d9dfa375a98e505854e0b2d9d6f6bb00d64dae8c8b9cb3c1852a9dcf4d772b30";

/** A world in epoch 10 with one key manager that needs no TEE. */
export class KeyManagerWorld extends World {
  constructor() {
    super();
    this.facts.allowTestKeys = true;
    const runtime = {
      ...Runtime.zero(),
      id: KEY_MANAGER,
      kind: KIND_KEY_MANAGER,
      entity_id: owner.publicKey,
    };
    setRuntime(this.state, { ...runtime, governance_model: GOVERNANCE_ENTITY }, false);
    const ctx = this.context("initChain");
    setSecretsParameters(ctx, { gas_costs: new Map([["publish_master_secret", 7n]]) });
    setChurpParameters(ctx, { gas_costs: new Map([["apply", 3n]]) });
  }

  /** A node whose enclave answers like this; several answers are of several versions. */
  addNode(name: string, responses: Partial<InitResponse>[], rest: Partial<Node> = {}): MemorySigner {
    const signer = testSigner(name);
    const node: Node = {
      ...Node.zero(),
      v: 3,
      id: signer.publicKey,
      entity_id: owner.publicKey,
      expiration: 20n,
      consensus: { id: testPublicKey(`${name} consensus`), addresses: null },
      roles: ROLE_KEY_MANAGER,
      runtimes: responses.map((response, index) => ({
        id: KEY_MANAGER,
        version: { major: index, minor: 0, patch: 0 },
        capabilities: { tee: null },
        extra_info: extraInfo(response),
      })),
      ...rest,
    };
    const signed = signMultiSigned(Node, node, contexts.registerNode, [signer]);
    setNode(this.state, getNode(this.state, signer.publicKey), node, signed);
    return signer;
  }
}

/** An enclave's answer as it is in node descriptors. */
export function extraInfo(response: Partial<InitResponse>, signer = enclave): Uint8Array {
  const value = InitResponse.make(response);
  const signature = signer.sign(contexts.keyManagerInitResponse, encode(InitResponse, value));
  return encode(SignedInitResponse, { init_response: value, signature });
}

if (enclave.publicKey.some((byte, index) => byte !== INSECURE_RAK[index])) {
  throw new Error("the enclave key is not the one that the network has");
}
