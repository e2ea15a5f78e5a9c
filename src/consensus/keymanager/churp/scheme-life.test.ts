import { beforeEach, describe, expect, test } from "vitest";
import { enclave, KEY_MANAGER, KeyManagerWorld, owner } from "../../../../test/consensus-key-manager.ts";
import { eventKinds, outcomeOf } from "../../../../test/consensus-world.ts";
import { toHex } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/schema.ts";
import { contexts, type SignatureContext } from "../../../crypto/contexts.ts";
import { type MemorySigner, testSigner } from "../../../crypto/memory-signer.ts";
import {
  ApplicationRequest,
  ConfirmationRequest,
  CreateRequest,
  HANDOFFS_DISABLED,
  PolicySGX,
  type SignedPolicySGX,
  UpdateRequest,
} from "../../../types/churp.ts";
import { KIND_KEY_MANAGER_CHURP } from "../../../types/staking.ts";
import { apply } from "./apply.ts";
import { confirm } from "./confirm.ts";
import { create } from "./create.ts";
import { getStatus } from "./state.ts";
import { update } from "./update.ts";
import { updateHandoffs } from "./update-handoffs.ts";

const ID = 1;
const CHECKSUM = new Uint8Array(32).fill(8);

let world: KeyManagerWorld;
let nodes: MemorySigner[];

beforeEach(() => {
  world = new KeyManagerWorld();
  nodes = ["a", "b", "c"].map((name) => world.addNode(name, [{}]));
});

const scheme = () => getStatus(world.state, KEY_MANAGER, ID);

function policy(serial: number, rest: Partial<PolicySGX> = {}): SignedPolicySGX {
  const value = PolicySGX.make({ id: ID, runtime_id: KEY_MANAGER, serial, ...rest });
  const signer = testSigner("policy signer");
  const signature = signer.sign(contexts.churpPolicy, encode(PolicySGX, value));
  return { policy: value, signatures: [{ public_key: signer.publicKey, signature }] };
}

const request = (rest: Partial<CreateRequest> = {}): CreateRequest =>
  CreateRequest.make({
    id: ID,
    runtime_id: KEY_MANAGER,
    threshold: 1,
    handoff_interval: 2n,
    policy: policy(0),
    ...rest,
  });
const send = <B>(
  method: (ctx: ReturnType<KeyManagerWorld["context"]>, body: B) => void,
  body: B,
  signer = owner,
) => outcomeOf(() => method(world.context("deliverTx", signer.publicKey), body));
const change = (rest: Partial<UpdateRequest>, signer = owner) =>
  send(update, UpdateRequest.make({ id: ID, runtime_id: KEY_MANAGER, ...rest }), signer);

function application(
  signer: MemorySigner,
  epoch: bigint,
  context: SignatureContext = contexts.churpApplication,
) {
  const value = { id: ID, runtime_id: KEY_MANAGER, epoch, checksum: CHECKSUM };
  return send(
    apply,
    { application: value, signature: enclave.sign(context, encode(ApplicationRequest, value)) },
    signer,
  );
}
function confirmation(signer: MemorySigner, epoch: bigint, checksum = CHECKSUM) {
  const value = { id: ID, runtime_id: KEY_MANAGER, epoch, checksum };
  const signature = enclave.sign(contexts.churpConfirmation, encode(ConfirmationRequest, value));
  return send(confirm, { confirmation: value, signature }, signer);
}

/** Begins an epoch and returns the kinds of the events. */
function nextEpoch(): string[] {
  world.nextBlock(world.facts.epoch + 1n);
  const ctx = world.context("beginBlock");
  updateHandoffs(ctx, world.facts.epoch);
  return eventKinds(ctx);
}

describe("creating a scheme", () => {
  test("plans the first handoff for the next epoch, and claims stake of the owner", () => {
    const ctx = world.context("deliverTx", owner.publicKey);
    create(ctx, request());
    expect(eventKinds(ctx)).toEqual(["keymanager/churp.create"]);
    expect(scheme()).toMatchObject({ next_handoff: 11n, handoff: 0n, committee: null });
    expect([...world.claims(owner.publicKey)]).toEqual([
      [`keymanager.churp.Scheme.${toHex(KEY_MANAGER)}.1`, [{ global: KIND_KEY_MANAGER_CHURP, const: null }]],
    ]);
    expect(send(create, request())).toBe("unknown/1");
  });

  test("without an interval plans none", () => {
    expect(send(create, request({ handoff_interval: 0n }))).toBe("ok");
    expect(scheme()?.next_handoff).toBe(HANDOFFS_DISABLED);
    expect(nextEpoch()).toEqual([]);
    expect(application(nodes[0]!, 12n)).toBe("unknown/1");
  });

  test.each<[string, Partial<CreateRequest>, string]>([
    ["of an unknown ParaTime", { runtime_id: CHECKSUM }, "registry/11"],
    ["with an unknown suite", { suite_id: 1 }, "unknown/1"],
    ["with too large a threshold", { threshold: 128 }, "unknown/1"],
    ["with a later policy", { policy: policy(1) }, "unknown/1"],
    ["with a policy of another scheme", { policy: policy(0, { id: 2 }) }, "unknown/1"],
    [
      "with a policy of another ParaTime",
      { policy: policy(0, { runtime_id: new Uint8Array(32) }) },
      "unknown/1",
    ],
    [
      "with a forged policy",
      { policy: { ...policy(0), policy: PolicySGX.make({ id: ID, runtime_id: KEY_MANAGER, may_join: [] }) } },
      "unknown/1",
    ],
  ])("%s is refused", (_, rest, expected) => {
    expect(send(create, request(rest))).toBe(expected);
    expect(scheme()).toBeNull();
  });

  test("is for the owner, with enough stake", () => {
    expect(send(create, request(), testSigner("somebody"))).toBe("unknown/1");
    world.setStakingParameters({ thresholds: new Map([[KIND_KEY_MANAGER_CHURP, 5n]]) });
    expect(send(create, request())).toBe("staking/4");
    world.setStakingParameters({ debug_bypass_stake: true });
    expect(send(create, request())).toBe("ok");
    expect(world.claims(owner.publicKey).size).toBe(0);
  });

  test("could not say who may query before 26.1", () => {
    const mayQuery = request({ policy: policy(0, { may_query: new Map([[toHex(KEY_MANAGER), []]]) }) });
    world.facts.feature261 = false;
    world.nextBlock();
    expect(send(create, mayQuery)).toBe("registry/1");
    world.facts.feature261 = true;
    world.nextBlock();
    expect(send(create, mayQuery)).toBe("ok");
  });
});

describe("a handoff", () => {
  beforeEach(() => {
    expect(send(create, request())).toBe("ok");
  });

  test("goes from applications over confirmations to a committee", () => {
    expect(nodes.map((node) => application(node, 11n))).toEqual(["ok", "ok", "ok"]);
    expect(application(nodes[0]!, 11n)).toBe("unknown/1");
    expect(confirmation(nodes[0]!, 11n)).toBe("unknown/1");
    expect(nextEpoch()).toEqual([]);
    expect(confirmation(nodes[0]!, 11n)).toBe("ok");
    expect(confirmation(nodes[0]!, 11n)).toBe("unknown/1");
    expect(confirmation(nodes[1]!, 11n, new Uint8Array(32))).toBe("unknown/1");
    expect(confirmation(nodes[1]!, 11n)).toBe("ok");
    expect(scheme()).toMatchObject({ handoff: 0n, next_checksum: CHECKSUM });
    expect(confirmation(nodes[2]!, 11n)).toBe("ok");
    expect(scheme()).toMatchObject({
      handoff: 11n,
      checksum: CHECKSUM,
      next_handoff: 13n,
      next_checksum: null,
      applications: null,
    });
    expect(scheme()?.committee).toHaveLength(3);
  });

  test("is completed at the next epoch without those who did not confirm", () => {
    for (const node of nodes) application(node, 11n);
    nextEpoch();
    for (const node of nodes.slice(1)) confirmation(node, 11n);
    expect(nextEpoch()).toEqual(["keymanager/churp.update"]);
    expect(scheme()).toMatchObject({ handoff: 11n, next_handoff: 13n });
    expect(scheme()?.committee).toHaveLength(2);
  });

  test("starts over without enough confirmations, or applications", () => {
    for (const node of nodes) application(node, 11n);
    nextEpoch();
    confirmation(nodes[0]!, 11n);
    expect(nextEpoch()).toEqual(["keymanager/churp.update"]);
    expect(scheme()).toMatchObject({
      handoff: 0n,
      next_handoff: 13n,
      applications: null,
      next_checksum: null,
    });
    application(nodes[0]!, 13n);
    expect(nextEpoch()).toEqual(["keymanager/churp.update"]);
    expect(scheme()).toMatchObject({ handoff: 0n, next_handoff: 14n, applications: null });
  });

  test("is for registered key manager nodes and their enclaves, in time", () => {
    expect(application(nodes[0]!, 12n)).toBe("unknown/1");
    expect(application(testSigner("nobody"), 11n)).toBe("registry/10");
    expect(application(world.addNode("d", [{}], { expiration: 9n }), 11n)).toBe("unknown/1");
    expect(application(world.addNode("d", [{}], { roles: 1 }), 11n)).toBe("unknown/1");
    expect(application(nodes[0]!, 11n, contexts.churpConfirmation)).toBe("unknown/1");
    nextEpoch();
    expect(application(nodes[0]!, 11n)).toBe("unknown/1");
  });
});

describe("updating a scheme", () => {
  beforeEach(() => {
    expect(send(create, request())).toBe("ok");
  });

  test("changes extra shares and policy, one serial number after the other", () => {
    expect(change({ extra_shares: 3, policy: policy(1) })).toBe("ok");
    expect(scheme()).toMatchObject({ extra_shares: 3, policy: policy(1), next_handoff: 11n });
    expect(change({ policy: policy(3) })).toBe("unknown/1");
    expect(change({ policy: policy(1) })).toBe("unknown/1");
    expect(change({})).toBe("unknown/1");
    expect(change({ extra_shares: 1 }, testSigner("somebody"))).toBe("unknown/1");
    expect(change({ id: 9, extra_shares: 1 })).toBe("unknown/1");
  });

  test("ends handoffs and begins them again", () => {
    application(nodes[0]!, 11n);
    expect(change({ handoff_interval: 5n })).toBe("ok");
    expect(scheme()).toMatchObject({ handoff_interval: 5n, next_handoff: 11n });
    expect(scheme()?.applications?.size).toBe(1);
    expect(change({ handoff_interval: 0n })).toBe("ok");
    expect(scheme()).toMatchObject({
      handoff_interval: 0n,
      next_handoff: HANDOFFS_DISABLED,
      applications: null,
    });
    nextEpoch();
    expect(change({ handoff_interval: 1n })).toBe("ok");
    expect(scheme()).toMatchObject({ handoff_interval: 1n, next_handoff: 12n });
  });
});
