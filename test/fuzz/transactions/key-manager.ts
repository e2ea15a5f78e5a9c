import { toHex } from "../../../src/codec/bytes.ts";
import type { Namespace } from "../../../src/codec/common-types.ts";
import { encode } from "../../../src/codec/schema.ts";
import * as churpState from "../../../src/consensus/keymanager/churp/state.ts";
import { nextGeneration } from "../../../src/consensus/keymanager/secrets/generation.ts";
import { getStatus } from "../../../src/consensus/keymanager/secrets/state.ts";
import { getAnyRuntime } from "../../../src/consensus/registry/runtime-state.ts";
import { contexts, type SignatureContext } from "../../../src/crypto/contexts.ts";
import type { MemorySigner } from "../../../src/crypto/memory-signer.ts";
import { sign } from "../../../src/crypto/signature.ts";
import * as churp from "../../../src/types/churp.ts";
import * as keymanager from "../../../src/types/keymanager.ts";
import {
  COMPUTE_IDS,
  entities,
  INSECURE_REK,
  isSgx,
  KEY_MANAGER_ID,
  nodes,
  policySigners,
  SECOND_KEY_MANAGER_ID,
  SGX_KEY_MANAGER_ID,
  senders,
  signerOf,
} from "../cast.ts";
import { enclaveKeys } from "../enclave.ts";
import { maybeMutate } from "../mutate.ts";
import { draft, type Generator, type View } from "./draft.ts";
import { attestedKey } from "./key-manager-node.ts";

const CHURP_IDS = 2;

const keyManager = ({ random }: View): Namespace =>
  random.weighted([
    [9, KEY_MANAGER_ID],
    [9, SGX_KEY_MANAGER_ID],
    [2, SECOND_KEY_MANAGER_ID],
    [1, COMPUTE_IDS[0]!],
  ]);

/** Mostly the owner of the key manager. */
function owner({ random, state }: View, id: Namespace): MemorySigner {
  const runtime = getAnyRuntime(state, id);
  const signer = entities.find(
    ({ signer: { publicKey } }) => runtime && toHex(publicKey) === toHex(runtime.entity_id),
  );
  return signer && random.chance(0.95) ? signer.signer : random.pick(senders);
}

const enclave = (n: number) => ({
  mr_enclave: new Uint8Array(32).fill(n),
  mr_signer: new Uint8Array(32).fill(7),
});
const enclaveKey = (n: number) => toHex(Uint8Array.of(...enclave(n).mr_enclave, ...enclave(n).mr_signer));

function policySignatures({ random }: View, context: SignatureContext, message: Uint8Array) {
  const signers = random.chance(0.1) ? [] : random.some(policySigners, 0.8);
  const signatures = signers.map((signer) => sign(signer, context, message));
  return random.chance(0.03)
    ? [...signatures, { public_key: random.bytes(32), signature: random.bytes(64) }]
    : signatures;
}

const updatePolicy: Generator = (view) => {
  const { random } = view;
  const id = keyManager(view);
  const present = getStatus(view.state, id)?.policy ?? null;
  const fresh: keymanager.PolicySGX = {
    serial: (present?.policy.serial ?? 0) + random.pick([0, 1, 1, 1, 3]),
    id: random.chance(0.97) ? id : SECOND_KEY_MANAGER_ID,
    enclaves: random.pick([
      null,
      new Map(),
      new Map([
        [enclaveKey(1), { may_query: new Map([[toHex(COMPUTE_IDS[0]!), [enclave(2)]]]), may_replicate: [] }],
        [enclaveKey(3), null],
      ]),
    ]),
    master_secret_rotation_interval: random.bigint(2n),
    max_ephemeral_secret_age: random.bigint(3n),
  };
  const policy = maybeMutate(random, 0.1, keymanager.PolicySGX, fresh);
  const message = encode(keymanager.PolicySGX, policy);
  return draft(owner(view, id), "keymanager.UpdatePolicy", keymanager.SignedPolicySGX, {
    policy,
    signatures: policySignatures(view, contexts.keyManagerPolicy, message),
  });
};

/** Mostly a node of the key manager's committee. */
function committeeNode({ random, state }: View, id: Namespace): MemorySigner {
  const committee = (getStatus(state, id)?.nodes ?? [])
    .map(signerOf)
    .filter((signer) => signer !== undefined);
  return committee.length > 0 && random.chance(0.95) ? random.pick(committee) : random.pick(nodes).id;
}

/** Encryption keys of the committee's enclaves, or of most of them. */
function recipients({ random, state }: View, id: Namespace): string[] {
  if (!isSgx(id)) {
    return [toHex(INSECURE_REK)];
  }
  const keys = (getStatus(state, id)?.nodes ?? []).map((node) => toHex(enclaveKeys(node, id).rek));
  return random.chance(0.7) ? keys : random.some(keys, 0.8);
}

function encryptedSecret(view: View, id: Namespace): keymanager.EncryptedSecret {
  const { random } = view;
  return {
    checksum: random.chance(0.9) ? random.bytes(32) : random.pick([null, new Uint8Array(0)]),
    pub_key: random.bytes(32),
    ciphertexts: random.weighted([
      [16, new Map(recipients(view, id).map((rek) => [rek, random.bytes(4)]))],
      [1, new Map()],
      [1, new Map([[toHex(random.bytes(32)), null]])],
    ]),
  };
}

const publishMasterSecret: Generator = (view) => {
  const { random } = view;
  const id = keyManager(view);
  const status = getStatus(view.state, id);
  const fresh: keymanager.EncryptedMasterSecret = {
    runtime_id: id,
    generation: (status === null ? 0n : nextGeneration(status)) + (random.chance(0.05) ? 1n : 0n),
    epoch: view.epoch + (random.chance(0.95) ? 1n : 0n),
    secret: encryptedSecret(view, id),
  };
  const secret = maybeMutate(random, 0.1, keymanager.EncryptedMasterSecret, fresh);
  const sender = committeeNode(view, id);
  const signature = attestedKey(view, sender.publicKey, id).sign(
    contexts.encryptedMasterSecret,
    encode(keymanager.EncryptedMasterSecret, secret),
  );
  return draft(sender, "keymanager.PublishMasterSecret", keymanager.SignedEncryptedMasterSecret, {
    secret,
    signature: random.chance(0.97) ? signature : random.bytes(64),
  });
};

const publishEphemeralSecret: Generator = (view) => {
  const { random } = view;
  const id = keyManager(view);
  const fresh: keymanager.EncryptedEphemeralSecret = {
    runtime_id: id,
    epoch: view.epoch + (random.chance(0.95) ? 1n : 0n),
    secret: encryptedSecret(view, id),
  };
  const secret = maybeMutate(random, 0.1, keymanager.EncryptedEphemeralSecret, fresh);
  const sender = committeeNode(view, id);
  const signature = attestedKey(view, sender.publicKey, id).sign(
    contexts.encryptedEphemeralSecret,
    encode(keymanager.EncryptedEphemeralSecret, secret),
  );
  return draft(sender, "keymanager.PublishEphemeralSecret", keymanager.SignedEncryptedEphemeralSecret, {
    secret,
    signature,
  });
};

function churpPolicy(view: View, id: number, runtimeId: Namespace, serial: number): churp.SignedPolicySGX {
  const { random } = view;
  const fresh: churp.PolicySGX = {
    id: random.chance(0.97) ? id : id + 1,
    runtime_id: runtimeId,
    serial,
    may_share: random.pick([null, [], [enclave(1)]]),
    may_join: [enclave(1)],
    may_query: random.chance(0.2) ? new Map([[toHex(COMPUTE_IDS[0]!), [enclave(2)]]]) : null,
  };
  const policy = maybeMutate(random, 0.1, churp.PolicySGX, fresh);
  return {
    policy,
    signatures: policySignatures(view, contexts.churpPolicy, encode(churp.PolicySGX, policy)),
  };
}

const create: Generator = (view) => {
  const { random } = view;
  const runtimeId = keyManager(view);
  const id = random.int(CHURP_IDS + 1);
  return draft(owner(view, runtimeId), "keymanager/churp.Create", churp.CreateRequest, {
    id,
    runtime_id: runtimeId,
    suite_id: random.chance(0.97) ? 0 : 1,
    threshold: random.weighted([
      [8, 0],
      [4, 1],
      [1, 2],
      [1, 128],
    ]),
    extra_shares: random.pick([0, 0, 0, 1]),
    handoff_interval: random.pick([0n, 1n, 1n, 2n, (1n << 64n) - 1n]),
    policy: churpPolicy(view, id, runtimeId, random.chance(0.97) ? 0 : 1),
  });
};

const update: Generator = (view) => {
  const { random } = view;
  const known = churpState.getStatuses(view.state);
  const status = known.length > 0 ? random.pick(known) : null;
  const runtimeId = status?.runtime_id ?? KEY_MANAGER_ID;
  const id = status?.id ?? 0;
  const serial = (status?.policy.policy.serial ?? 0) + random.pick([1, 1, 1, 0, 2]);
  return draft(owner(view, runtimeId), "keymanager/churp.Update", churp.UpdateRequest, {
    id,
    runtime_id: runtimeId,
    extra_shares: random.pick([null, 0, 1]),
    handoff_interval: random.pick([null, null, 0n, 1n, 1n, 2n]),
    policy: random.chance(0.3) ? churpPolicy(view, id, runtimeId, serial) : null,
  });
};

const apply: Generator = (view) => {
  const { random } = view;
  const known = churpState.getStatuses(view.state);
  if (known.length === 0) {
    return null;
  }
  const status = random.pick(known);
  const fresh: churp.ApplicationRequest = {
    id: status.id,
    runtime_id: status.runtime_id,
    epoch: random.chance(0.95) ? status.next_handoff : view.epoch,
    checksum: new Uint8Array(32).fill(random.int(2)),
  };
  const application = maybeMutate(random, 0.05, churp.ApplicationRequest, fresh);
  const message = encode(churp.ApplicationRequest, application);
  const sender = committeeNode(view, status.runtime_id);
  return draft(sender, "keymanager/churp.Apply", churp.SignedApplicationRequest, {
    application,
    signature: attestedKey(view, sender.publicKey, status.runtime_id).sign(
      contexts.churpApplication,
      message,
    ),
  });
};

const confirm: Generator = (view) => {
  const { random } = view;
  const known = churpState.getStatuses(view.state);
  if (known.length === 0) {
    return null;
  }
  const status = random.pick(known);
  const applicants = Array.from(status.applications?.keys() ?? [], (key) => Buffer.from(key, "hex"))
    .map(signerOf)
    .filter((signer) => signer !== undefined);
  const fresh: churp.ConfirmationRequest = {
    id: status.id,
    runtime_id: status.runtime_id,
    epoch: random.chance(0.95) ? status.next_handoff : view.epoch,
    checksum: new Uint8Array(32).fill(random.chance(0.9) ? 3 : 4),
  };
  const confirmation = maybeMutate(random, 0.05, churp.ConfirmationRequest, fresh);
  const message = encode(churp.ConfirmationRequest, confirmation);
  const signer =
    applicants.length > 0 && random.chance(0.95) ? random.pick(applicants) : random.pick(nodes).id;
  return draft(signer, "keymanager/churp.Confirm", churp.SignedConfirmationRequest, {
    confirmation,
    signature: attestedKey(view, signer.publicKey, status.runtime_id).sign(
      contexts.churpConfirmation,
      message,
    ),
  });
};

export const keyManagerGenerators: readonly (readonly [number, Generator])[] = [
  [3, updatePolicy],
  [3, publishMasterSecret],
  [3, publishEphemeralSecret],
  [2, create],
  [1, update],
  [6, apply],
  [6, confirm],
];
