import { beforeEach, describe, expect, test } from "vitest";
import {
  ENCRYPTION_KEY,
  enclave,
  extraInfo,
  KEY_MANAGER,
  KeyManagerWorld,
  owner,
} from "../../../../test/consensus-key-manager.ts";
import { eventKinds, eventsOf, outcomeOf } from "../../../../test/consensus-world.ts";
import { toHex } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/schema.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { sha3_256 } from "../../../crypto/hash.ts";
import { type MemorySigner, testPublicKey, testSigner } from "../../../crypto/memory-signer.ts";
import { stakingAddress } from "../../../types/account-address.ts";
import {
  EncryptedEphemeralSecret,
  EncryptedMasterSecret,
  type InitResponse,
  PolicySGX,
  SignedPolicySGX,
  Status,
} from "../../../types/keymanager.ts";
import { ROLE_COMPUTE_WORKER } from "../../../types/roles.ts";
import { getRuntime, getSuspendedRuntime } from "../../registry/runtime-state.ts";
import { addStakeClaim } from "../../staking/accumulator.ts";
import { slashEscrow } from "../../staking/slash-escrow.ts";
import { suspendUnderfunded } from "../suspend.ts";
import { statusEvent } from "./events.ts";
import { publishEphemeralSecret, publishMasterSecret } from "./publish-secret.ts";
import { getEphemeralSecret, getMasterSecret, getStatus, setMasterSecret, setStatus } from "./state.ts";
import { updatePolicy } from "./update-policy.ts";
import { updateStatuses } from "./update-statuses.ts";

const checksum = (n: number) => new Uint8Array(32).fill(n);
const NAMES = ["a", "b", "c", "d"];

let world: KeyManagerWorld;

beforeEach(() => {
  world = new KeyManagerWorld();
});

const status = () => getStatus(world.state, KEY_MANAGER);
const members = () =>
  (status()?.nodes ?? []).map((id) => NAMES.find((name) => toHex(testPublicKey(name)) === toHex(id))!).sort();

/** Renews the status for the epoch and returns the kinds of the events. */
function renew(epoch: bigint): string[] {
  const ctx = world.context("beginBlock");
  updateStatuses(ctx, epoch);
  return eventKinds(ctx);
}

function masterSecret(rest: Partial<EncryptedMasterSecret> = {}, signer = enclave) {
  const secret: EncryptedMasterSecret = {
    runtime_id: KEY_MANAGER,
    generation: 0n,
    epoch: 11n,
    secret: {
      checksum: checksum(5),
      pub_key: new Uint8Array(32),
      ciphertexts: new Map([[ENCRYPTION_KEY, new Uint8Array(3)]]),
    },
    ...rest,
  };
  const signature = signer.sign(contexts.encryptedMasterSecret, encode(EncryptedMasterSecret, secret));
  return { secret, signature };
}

describe("the committee of an epoch", () => {
  test("is made of the nodes that agree; the first one says whether it is secure", () => {
    world.addNode("a", [{ is_secure: true }]);
    world.addNode("b", [{ is_secure: true }, { is_secure: true }]);
    expect(renew(11n)).toEqual(["status"]);
    expect(status()).toMatchObject({ is_initialized: true, is_secure: true, checksum: null });
    expect(members()).toEqual(["a", "b"]);
    expect(renew(12n)).toEqual([]);
  });

  test("is empty, not missing, without nodes", () => {
    expect(renew(11n)).toEqual(["status"]);
    expect(status()).toEqual(Status.make({ id: KEY_MANAGER }));
  });

  const rsk = [testPublicKey("rsk"), testPublicKey("other rsk")] as const;
  test.each<[string, Parameters<KeyManagerWorld["addNode"]>[1], Parameters<KeyManagerWorld["addNode"]>[2]?]>([
    ["whose registration expired", [{ is_secure: true }], { expiration: 10n }],
    ["with another role", [{ is_secure: true }], { roles: ROLE_COMPUTE_WORKER }],
    ["without the key manager", []],
    ["that is not as secure", [{ is_secure: false }]],
    ["with another secret", [{ is_secure: true, checksum: checksum(1) }]],
    ["with another policy", [{ is_secure: true, policy_checksum: checksum(1) }]],
    [
      "with a policy checksum of no sensible length",
      [{ is_secure: true, policy_checksum: new Uint8Array(5) }],
    ],
    ["with another signing key", [{ is_secure: true, rsk: rsk[1] }]],
    ["of which one version disagrees", [{ is_secure: true }, { is_secure: true, rsk: rsk[1] }]],
    [
      "with nothing to say",
      [],
      {
        runtimes: [
          {
            id: KEY_MANAGER,
            version: { major: 0, minor: 0, patch: 0 },
            capabilities: { tee: null },
            extra_info: null,
          },
        ],
      },
    ],
    [
      "signed by somebody else",
      [],
      {
        runtimes: [
          {
            id: KEY_MANAGER,
            version: { major: 0, minor: 0, patch: 0 },
            capabilities: { tee: null },
            extra_info: extraInfo({ is_secure: true }, testSigner("somebody")),
          },
        ],
      },
    ],
  ])("leaves out a node %s", (_, responses, rest) => {
    setStatus(world.state, Status.make({ id: KEY_MANAGER, is_initialized: true, is_secure: true }));
    // Nodes are judged in order of their ids: all but the odd one have the same key.
    for (const name of ["a", "b", "c"]) world.addNode(name, [{ is_secure: true, rsk: rsk[0] }]);
    world.addNode("d", responses, rest);
    renew(11n);
    const isFirst = Math.min(...NAMES.map((name) => testPublicKey(name)[0]!)) === testPublicKey("d")[0];
    expect(isFirst).toBe(false);
    expect(members()).toEqual(["a", "b", "c"]);
    expect(status()?.rsk).toEqual(rsk[0]);
  });
});

describe("a proposed master secret", () => {
  const next = { is_secure: true, next_checksum: checksum(5), next_rsk: testPublicKey("next") };
  const without = { is_secure: true };
  const accepted = (answers: Partial<InitResponse>[], epoch = 11n) => {
    answers.forEach((answer, index) => void world.addNode(NAMES[index]!, [answer]));
    setMasterSecret(world.state, masterSecret());
    renew(epoch);
    return status();
  };

  test("is accepted with the nodes that hold it, when they are two thirds", () => {
    expect(accepted([next, next, without])).toMatchObject({
      checksum: checksum(5),
      generation: 0n,
      rotation_epoch: 11n,
      rsk: testPublicKey("next"),
    });
    expect(members()).toEqual(["a", "b"]);
  });

  test("is not accepted with fewer, in another epoch, or of another generation", () => {
    expect(accepted([next, next, without, without])).toMatchObject({ checksum: null, rotation_epoch: 0n });
    expect(members()).toEqual(["a", "b", "c", "d"]);
    expect(accepted([next, next, next, next], 12n)).toMatchObject({ checksum: null });
    setStatus(world.state, Status.make({ id: KEY_MANAGER, checksum: checksum(4) }));
    expect(
      accepted([next, next, next, next].map((answer) => ({ ...answer, checksum: checksum(4) }))),
    ).toMatchObject({
      checksum: checksum(4),
    });
  });

  test("does not count nodes that derive another key from it", () => {
    expect(accepted([next, next, { ...next, next_rsk: testPublicKey("other") }])).toMatchObject({
      checksum: checksum(5),
    });
    expect(members()).toHaveLength(2);
  });
});

describe("publishing a master secret", () => {
  let node: MemorySigner;
  beforeEach(() => {
    node = world.addNode("a", [{}]);
    setStatus(world.state, Status.make({ id: KEY_MANAGER, nodes: [node.publicKey] }));
  });
  const publish = (signed = masterSecret(), signer = node) =>
    outcomeOf(() => publishMasterSecret(world.context("deliverTx", signer.publicKey), signed));

  test("costs gas, is stored and announced, once an epoch", () => {
    const ctx = world.context("deliverTx", node.publicKey);
    publishMasterSecret(ctx, masterSecret());
    expect(ctx.gas.used).toBe(7n);
    expect(eventKinds(ctx)).toEqual(["master_secret"]);
    expect(getMasterSecret(world.state, KEY_MANAGER)).toEqual(masterSecret());
    expect(publish()).toBe("unknown/1");
    world.nextBlock(11n);
    expect(publish(masterSecret({ epoch: 12n }))).toBe("ok");
  });

  test("changes nothing in CheckTx", () => {
    publishMasterSecret(world.context("checkTx", node.publicKey), masterSecret());
    expect(getMasterSecret(world.state, KEY_MANAGER)).toBeNull();
  });

  const withCiphertexts = (...keys: string[]) =>
    masterSecret({
      secret: {
        ...masterSecret().secret.secret,
        ciphertexts: new Map(keys.map((key) => [key, new Uint8Array(3)])),
      },
    });
  test.each<[string, ReturnType<typeof masterSecret>, string]>([
    ["for another ParaTime", masterSecret({ runtime_id: checksum(0) }), "registry/11"],
    ["for this epoch", masterSecret({ epoch: 10n }), "unknown/1"],
    ["of a later generation", masterSecret({ generation: 1n }), "unknown/1"],
    ["for no enclave", withCiphertexts(), "unknown/1"],
    ["for an unknown enclave", withCiphertexts(ENCRYPTION_KEY, "00".repeat(32)), "unknown/1"],
    ["with the signature of another enclave", masterSecret({}, testSigner("other enclave")), "unknown/1"],
  ])("%s is refused", (_, signed, expected) => {
    expect(publish(signed)).toBe(expected);
    expect(getMasterSecret(world.state, KEY_MANAGER)).toBeNull();
  });

  test("is for members of the committee, while there is one", () => {
    expect(publish(masterSecret(), testSigner("b"))).toBe("unknown/1");
    setStatus(world.state, Status.make({ id: KEY_MANAGER, nodes: [node.publicKey, testPublicKey("gone")] }));
    expect(publish()).toBe("registry/10");
  });

  test("needs a status", () => {
    world = new KeyManagerWorld();
    node = world.addNode("a", [{}]);
    expect(publish()).toBe("keymanager/2");
  });

  test.each([
    [0n, 11n, "unknown/1"],
    [3n, 9n, "unknown/1"],
    [3n, 8n, "ok"],
  ])("with rotation every %d epochs and the last one in epoch %d: %s", (interval, rotated, expected) => {
    const policy = PolicySGX.make({ id: KEY_MANAGER, master_secret_rotation_interval: interval });
    setStatus(
      world.state,
      Status.make({
        id: KEY_MANAGER,
        nodes: [node.publicKey],
        checksum: checksum(1),
        rotation_epoch: rotated,
        policy: { policy, signatures: null },
      }),
    );
    expect(publish(masterSecret({ generation: 1n }))).toBe(expected);
  });
});

test("an ephemeral secret is published once for the next epoch", () => {
  const node = world.addNode("a", [{}]);
  setStatus(world.state, Status.make({ id: KEY_MANAGER, nodes: [node.publicKey] }));
  const { secret } = masterSecret().secret;
  const publish = (epoch: bigint) => {
    const value: EncryptedEphemeralSecret = { runtime_id: KEY_MANAGER, epoch, secret };
    const signature = enclave.sign(
      contexts.encryptedEphemeralSecret,
      encode(EncryptedEphemeralSecret, value),
    );
    return outcomeOf(() =>
      publishEphemeralSecret(world.context("deliverTx", node.publicKey), { secret: value, signature }),
    );
  };
  expect(publish(12n)).toBe("unknown/1");
  expect(publish(11n)).toBe("ok");
  expect(getEphemeralSecret(world.state, KEY_MANAGER)?.secret.epoch).toBe(11n);
  expect(publish(11n)).toBe("unknown/1");
});

describe("a policy", () => {
  function policy(
    serial: number,
    signer = testSigner("policy signer"),
    context = contexts.keyManagerPolicy,
  ): SignedPolicySGX {
    const value = PolicySGX.make({ serial, id: KEY_MANAGER });
    const signature = {
      public_key: signer.publicKey,
      signature: signer.sign(context, encode(PolicySGX, value)),
    };
    return { policy: value, signatures: [signature] };
  }
  const set = (signed: SignedPolicySGX, signer = owner) =>
    outcomeOf(() => updatePolicy(world.context("deliverTx", signer.publicKey), signed));

  test("takes effect with the next epoch, for nodes that follow it", () => {
    world.addNode("a", [{}]);
    world.addNode("b", [{ policy_checksum: sha3_256(encode(SignedPolicySGX, policy(1))) }]);
    renew(10n);
    expect(members()).toEqual(["a"]);
    expect(set(policy(1))).toBe("ok");
    expect(status()).toMatchObject({ policy: null, next_policy: policy(1) });
    expect(members()).toEqual(["a"]);
    renew(11n);
    expect(status()).toMatchObject({ policy: policy(1), next_policy: null });
    expect(members()).toEqual(["b"]);
  });

  test("took effect at once before 26.1", () => {
    world.facts.feature261 = false;
    world.nextBlock();
    world.addNode("b", [{ policy_checksum: sha3_256(encode(SignedPolicySGX, policy(1))) }]);
    const ctx = world.context("deliverTx", owner.publicKey);
    updatePolicy(ctx, policy(1));
    expect(eventsOf(ctx, statusEvent)).toMatchObject([
      { Statuses: [{ policy: policy(1), next_policy: null }] },
    ]);
    expect(members()).toEqual(["b"]);
  });

  test("has a greater serial number than the one in force, and only valid signatures", () => {
    setStatus(world.state, Status.make({ id: KEY_MANAGER, policy: policy(4) }));
    expect(set(policy(4))).toBe("unknown/1");
    expect(set(policy(9), testSigner("somebody"))).toBe("unknown/1");
    expect(set(policy(9, undefined, contexts.churpPolicy))).toBe("unknown/1");
    expect(set(policy(9))).toBe("ok");
    // The one that is scheduled does not count.
    expect(set(policy(5))).toBe("ok");
    expect(status()?.next_policy).toEqual(policy(5));
  });
});

test("a key manager is suspended when its owner's stake does not suffice", () => {
  world.fund(owner.publicKey, 10n);
  const address = stakingAddress(owner.publicKey);
  addStakeClaim(world.context("deliverTx"), address, "claim", [{ global: null, const: 10n }]);
  suspendUnderfunded(world.context("beginBlock"));
  expect(getRuntime(world.state, KEY_MANAGER)).not.toBeNull();
  slashEscrow(world.context("deliverTx"), address, 1n);
  suspendUnderfunded(world.context("beginBlock"));
  expect(getRuntime(world.state, KEY_MANAGER)).toBeNull();
  expect(getSuspendedRuntime(world.state, KEY_MANAGER)).not.toBeNull();
});
