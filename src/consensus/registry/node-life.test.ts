import { beforeEach, describe, expect, test } from "vitest";
import {
  entity,
  id,
  node,
  owner,
  RegistrationWorld,
  signEntity,
  signNode,
  stranger,
  tls,
} from "../../../test/consensus-registration.ts";
import { eventKinds, outcomeOf } from "../../../test/consensus-world.ts";
import { beginBlock } from "./begin-block.ts";
import { nodeClaim } from "./stake-claims.ts";
import { getNode, getNodeBySubKey, getNodeStatus, setNodeStatus } from "./state.ts";
import { unfreezeNode } from "./unfreeze-node.ts";

let world: RegistrationWorld;

beforeEach(() => {
  world = new RegistrationWorld();
});

describe("epoch changes (consensus-a.md 3.8)", () => {
  function epoch(number: bigint): string[] {
    world.nextBlock(number);
    const ctx = world.context("beginBlock");
    beginBlock(ctx);
    return eventKinds(ctx);
  }

  test("a node expires, is kept for the debonding interval, and is removed", () => {
    world.register(signEntity(entity()));
    world.enroll(signNode(node()));
    expect(epoch(11n)).toEqual(["node_list_epoch"]);
    expect(epoch(12n)).toEqual(["node_list_epoch"]);
    expect(epoch(13n)).toEqual(["node", "node_list_epoch"]);
    expect(getNodeStatus(world.state, id.publicKey)?.expiration_processed).toBe(true);
    expect(epoch(15n)).toEqual(["node_list_epoch"]);
    expect(world.claims(owner.publicKey).has(nodeClaim(id.publicKey))).toBe(true);
    expect(epoch(16n)).toEqual(["node_list_epoch"]);
    expect(getNode(world.state, id.publicKey)).toBeNull();
    expect(getNodeStatus(world.state, id.publicKey)).toBeNull();
    expect(getNodeBySubKey(world.state, tls.publicKey)).toBeNull();
    expect(world.claims(owner.publicKey).has(nodeClaim(id.publicKey))).toBe(false);
  });

  test("nothing happens within an epoch", () => {
    world.nextBlock();
    expect(epoch(10n)).toEqual([]);
  });
});

describe("UnfreezeNode (consensus-a.md 3.4)", () => {
  beforeEach(() => {
    world.register(signEntity(entity()));
    world.enroll(signNode(node()));
  });

  const unfreeze = (freezeEnd: bigint, signer = owner, nodeId = id.publicKey) => {
    const status = getNodeStatus(world.state, id.publicKey)!;
    setNodeStatus(world.state, id.publicKey, { ...status, freeze_end_time: freezeEnd });
    return outcomeOf(() => unfreezeNode(world.context("deliverTx", signer.publicKey), { node_id: nodeId }));
  };

  test.each([
    ["after the freeze", () => unfreeze(10n), "ok"],
    ["not frozen at all", () => unfreeze(0n), "ok"],
    ["too early", () => unfreeze(11n), "registry/14"],
    ["by somebody else", () => unfreeze(10n, id), "registry/3"],
    ["an unknown node", () => unfreeze(10n, owner, stranger.publicKey), "registry/10"],
  ])("%s", (_, run, expected) => {
    expect(run()).toBe(expected);
    if (expected === "ok") {
      expect(getNodeStatus(world.state, id.publicKey)?.freeze_end_time).toBe(0n);
    }
  });
});
