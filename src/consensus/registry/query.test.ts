import { beforeEach, expect, test } from "vitest";
import {
  consensus,
  entity,
  id,
  node,
  owner,
  RegistrationWorld,
  RUNTIME,
  signEntity,
  signNode,
} from "../../../test/consensus-registration.ts";
import { outcomeOf } from "../../../test/consensus-world.ts";
import { toHex } from "../../codec/bytes.ts";
import { ROLE_COMPUTE_WORKER } from "../../types/roles.ts";
import { consensusAddress } from "./consensus-address.ts";
import {
  queryEntities,
  queryEntity,
  queryGenesis,
  queryNode,
  queryNodeByConsensusAddress,
  queryNodeStatus,
  queryNodes,
  queryRuntime,
  queryRuntimes,
} from "./query.ts";
import { suspendRuntime } from "./runtime-state.ts";

let world: RegistrationWorld;

beforeEach(() => {
  world = new RegistrationWorld();
});

const enroll = (roles = node().roles) => {
  world.register(signEntity(entity()));
  return world.enroll(signNode(node({ roles })));
};

test("lists without entries are null", () => {
  expect([queryEntities(world.state), queryNodes(world.state)]).toEqual([null, null]);
  expect(queryRuntimes(world.state, false)).toHaveLength(1);
  suspendRuntime(world.context("beginBlock"), RUNTIME);
  expect(queryRuntimes(world.state, false)).toBeNull();
  expect(queryRuntimes(world.state, true)).toHaveLength(1);
});

test("what is not there has a code", () => {
  const codes = [
    () => queryEntity(world.state, owner.publicKey),
    () => queryNode(world.state, id.publicKey),
    () => queryNodeStatus(world.state, id.publicKey),
    () => queryNodeByConsensusAddress(world.state, new Uint8Array(20)),
    () => queryRuntime(world.state, new Uint8Array(32), true),
  ].map((query) => outcomeOf(query));
  expect(codes).toEqual(["registry/9", "registry/10", "registry/10", "registry/10", "registry/11"]);
});

test("suspended ParaTimes are found on demand", () => {
  suspendRuntime(world.context("beginBlock"), RUNTIME);
  expect(outcomeOf(() => queryRuntime(world.state, RUNTIME, false))).toBe("registry/11");
  expect(queryRuntime(world.state, RUNTIME, true).id).toEqual(RUNTIME);
});

test("expired nodes are hidden, except by consensus address", () => {
  enroll();
  const byAddress = () => queryNodeByConsensusAddress(world.state, consensusAddress(consensus.publicKey)).id;
  expect(queryNode(world.state, id.publicKey)).toEqual(node());
  expect(queryNodes(world.state)).toEqual([node()]);
  world.nextBlock(13n);
  expect(outcomeOf(() => queryNode(world.state, id.publicKey))).toBe("registry/10");
  expect(queryNodes(world.state)).toBeNull();
  expect(byAddress()).toEqual(id.publicKey);
  expect(queryNodeStatus(world.state, id.publicKey).expiration_processed).toBe(false);
});

test("a genesis document keeps entities, ParaTimes and validators", () => {
  enroll();
  const genesis = queryGenesis(world.state);
  expect(genesis.entities).toEqual([signEntity(entity())]);
  expect(genesis.runtimes).toHaveLength(1);
  expect(genesis.suspended_runtimes).toEqual([]);
  expect(genesis.nodes).toEqual([signNode(node())]);
  expect([...genesis.node_statuses!.keys()]).toEqual([toHex(id.publicKey)]);
});

test("a genesis document does not keep nodes that are no validators", () => {
  enroll(ROLE_COMPUTE_WORKER);
  const genesis = queryGenesis(world.state);
  expect([genesis.nodes, genesis.node_statuses]).toEqual([[], new Map()]);
});
