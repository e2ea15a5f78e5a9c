import { expect, test } from "vitest";
import {
  consensus as consensusSigner,
  entity,
  id,
  node,
  RegistrationWorld,
  signEntity,
  signNode,
  stranger,
} from "../../../test/consensus-registration.ts";
import { FakeClock } from "../../../test/fake-clock.ts";
import { toHex } from "../../codec/bytes.ts";
import { removeNode } from "../../consensus/registry/state.ts";
import { setCurrentValidators } from "../../consensus/scheduler/state.ts";
import { memoryEnvironment } from "../../storage/environment/memory-environment.ts";
import { Emitter } from "../../telemetry/emitter.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { Departure } from "./departure.ts";
import { storedLeaveRequest } from "./stored-leave-request.ts";

/** A node that is registered, as one of several validators. */
function setUp(environment = memoryEnvironment(), world = registeredWorld()) {
  const blocks = new Emitter<bigint>();
  const departure = new Departure({
    identity: { node: id, consensus: consensusSigner } as never,
    consensus: {
      latestHeight: () => 7n,
      stateAt: () => world.state,
      onBlock: (listener) => blocks.subscribe(listener),
    },
    request: storedLeaveRequest(environment),
    timers: new FakeClock(),
    logger: silentLogging.logger("test"),
  });
  let isDone = false;
  void departure.done.then(() => {
    isDone = true;
  });
  const done = async () => {
    await new Promise(setImmediate);
    return isDone;
  };
  return { departure, world, environment, block: () => blocks.emit(8n), done };
}

function registeredWorld(): RegistrationWorld {
  const world = new RegistrationWorld();
  world.register(signEntity(entity()));
  expect(world.enroll(signNode(node()))).toBe("ok");
  setValidators(world, consensusSigner, stranger);
  return world;
}

function setValidators(world: RegistrationWorld, ...signers: { publicKey: Uint8Array }[]): void {
  const validator = { id: id.publicKey, entity_id: stranger.publicKey, voting_power: 1n };
  setCurrentValidators(
    world.state,
    new Map(signers.map(({ publicKey }) => [toHex(publicKey), validator] as const)),
  );
}

const isKept = (environment: ReturnType<typeof memoryEnvironment>) =>
  storedLeaveRequest(environment).isMade();

test("the node works on until the registry has forgotten it, and says until when", async () => {
  const { departure, world, environment, block, done } = setUp();
  expect(departure.waiting).toBeNull();
  departure.begin();
  departure.begin();
  block();
  expect(await done()).toBe(false);
  expect(isKept(environment)).toBe(true);
  expect(departure.waiting).toMatchObject({ cause: "it is registered up to epoch 12" });
  removeNode(world.state, node());
  block();
  expect(await done()).toBe(true);
  expect(departure).toMatchObject({ isOver: true, waiting: null });
  expect(isKept(environment)).toBe(false);
});

test("a restart meanwhile does not bring it back", async () => {
  const { departure, world, environment } = setUp();
  departure.begin();
  departure.stop();
  const next = setUp(environment, world);
  next.departure.resume();
  expect(next.departure.sinceMs).not.toBeNull();
  expect(await next.done()).toBe(false);
  removeNode(world.state, node());
  next.block();
  expect(await next.done()).toBe(true);

  const afterwards = setUp(environment, world);
  afterwards.departure.resume();
  expect(afterwards.departure.sinceMs).toBeNull();
});

test("a node that is not registered, registers for nothing or is the only validator leaves at once", async () => {
  const unknown = setUp();
  removeNode(unknown.world.state, node());
  unknown.departure.begin();
  expect(await unknown.done()).toBe(true);

  const client = setUp();
  client.departure.finish();
  expect(await client.done()).toBe(true);

  const only = setUp();
  setValidators(only.world, consensusSigner);
  only.departure.begin();
  expect(await only.done()).toBe(true);
  expect(isKept(only.environment)).toBe(false);

  const other = setUp();
  setValidators(other.world, stranger);
  other.departure.begin();
  expect(await other.done()).toBe(false);
});
