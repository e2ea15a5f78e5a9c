import { expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { silentLogging } from "../../../telemetry/logger.ts";
import { bootstrapErrors } from "../../../types/errors.ts";
import { systemRandom } from "../../comet/random.ts";
import type { Host } from "../host/host.ts";
import { RpcClient } from "../rpc/rpc-client.ts";
import { nothing, rpcMethod, type ServedMethod, serve } from "../rpc/rpc-method.ts";
import { rpcServer } from "../rpc/rpc-server.ts";
import { startHost, testHost } from "../testing/test-host.ts";
import { BootstrapClient } from "./bootstrap-client.ts";
import { advertise, BOOTSTRAP_PROTOCOL, discover } from "./bootstrap-protocol.ts";
import { bootstrapService } from "./bootstrap-server.ts";
import { encodePeer } from "./peer-json.ts";
import { Registrations } from "./registrations.ts";

const { signal } = new AbortController();
const logger = silentLogging.logger("p2p");

async function seedAnd(
  names: readonly string[],
  methods: (seed: Host) => readonly ServedMethod[],
  allowPrivateIps = true,
) {
  const stack = new AsyncDisposableStack();
  const clock = new FakeClock();
  const deps = { clock, random: systemRandom, logger };
  const seed = testHost("seed");
  const registrations = new Registrations(deps);
  const service = bootstrapService({ allowPrivateIps }, { host: seed, registrations });
  const replaced = methods(seed);
  const served = replaced.length === 0 ? service : { ...service, methods: replaced };
  const { known } = stack.use(await startHost(seed, [rpcServer(served, { clock, logger, signal })]));
  const clients = [];
  for (const name of names) {
    const host = testHost(name);
    stack.use(await startHost(host));
    const client = new BootstrapClient({ seed: known, retentionMs: 3600_000 }, { ...deps, host });
    clients.push({ host, client });
  }
  return { clients, clock, seed, registrations, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("who advertises is found by others, with its address", async () => {
  await using scene = await seedAnd(["a", "b"], () => []);
  const [a, b] = scene.clients as [(typeof scene.clients)[0], (typeof scene.clients)[0]];
  expect(await a.client.advertise("light", signal)).toBe(3600_000);
  expect(await b.client.find("light", signal)).toEqual([{ id: a.host.id, addresses: a.host.addresses }]);
  expect(await b.client.find("tx", signal)).toEqual([]);
  // An answer is good for an hour, one that named nobody for a minute.
  scene.registrations.remove("light", a.host.id);
  scene.registrations.add("tx", { id: a.host.id, addresses: a.host.addresses });
  scene.clock.advance(60_000);
  expect(await b.client.find("light", signal)).toHaveLength(1);
  expect(await b.client.find("tx", signal)).toHaveLength(1);
  scene.clock.advance(3540_000);
  expect(await b.client.find("light", signal)).toEqual([]);
});

test("private addresses are told to nobody, unless allowed", async () => {
  await using scene = await seedAnd(["a"], () => [], false);
  const [a] = scene.clients;
  expect(await a!.client.advertise("light", signal)).toBe(3600_000);
  expect(scene.registrations.all()).toEqual([]);
});

test("errors are of the protocol's own module", async () => {
  await using scene = await seedAnd(["a"], () => []);
  const { host } = scene.clients[0]!;
  const rpc = new RpcClient(BOOTSTRAP_PROTOCOL, { host, clock: scene.clock, logger, scores: null });
  await host.connect({ id: scene.seed.id, addresses: scene.seed.addresses }, signal);
  const unknown = rpcMethod("forget", nothing, nothing);
  const badBody = { ...advertise, request: nothing };
  await expect(rpc.call([scene.seed.id], unknown, null, signal)).rejects.toSatisfy(
    bootstrapErrors.methodNotSupported.matches,
  );
  // Go reads null as no fields at all.
  await expect(rpc.call([scene.seed.id], badBody, null, signal)).resolves.toBeDefined();
});

test("a seed that breaks the protocol is not asked for a day; one that fails keeps its last answer", async () => {
  let answers = 0;
  let mood: "good" | "failing" | "malicious" = "good";
  await using scene = await seedAnd(["a"], (seed) => [
    serve(discover, () => {
      answers++;
      if (mood === "failing") throw new Error("no");
      if (mood === "malicious") return { peers: [new Uint8Array(3)] };
      return { peers: [encodePeer({ id: seed.id, addresses: [] })] };
    }),
  ]);
  const { client } = scene.clients[0]!;
  expect(await client.find("light", signal)).toHaveLength(1);
  expect(client.failure).toBeNull();
  mood = "failing";
  scene.clock.advance(3600_000);
  expect(await client.find("light", signal)).toHaveLength(1);
  expect(client.failure).toMatchObject({ peer: scene.seed.id, reason: "internal error" });
  expect(await client.find("light", signal)).toHaveLength(1);
  expect(answers).toBe(2);
  mood = "malicious";
  scene.clock.advance(3600_000);
  expect(await client.find("light", signal)).toEqual([]);
  expect(client.failure).toMatchObject({ reason: bootstrapErrors.maliciousSeed.text });
  mood = "good";
  scene.clock.advance(23 * 3600_000);
  expect(await client.find("light", signal)).toEqual([]);
  expect(answers).toBe(3);
  scene.clock.advance(3600_000);
  expect(await client.find("light", signal)).toHaveLength(1);
  expect(client.failure).toBeNull();
});
