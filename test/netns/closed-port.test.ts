import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../interop/official-network.ts";
import { makeNodeNetwork, type NetworkNode, reached } from "../network/node-network.ts";
import { type Machine, openLab } from "./lab.ts";

const ROUTER = "45.9.0.1";
const INSIDE = "10.0.0.2";

// A validator in a private network, whose router others reach and which does not let them in.
test("a node behind a router that lets nobody in says so, until somebody comes through", async ({ skip }) => {
  await using lab = (await openLab()) ?? skip();
  const [street, home] = [await lab.newSwitch(), await lab.newSwitch()];
  const router = await lab.machine();
  await router.connect(street, "wan", `${ROUTER}/8`);
  await router.connect(home, "lan", "10.0.0.1/24");
  await router.forward();
  const hidden = await lab.machine();
  await hidden.connect(home, "eth0", `${INSIDE}/24`);
  await hidden.ip("route add default via 10.0.0.1");
  const places = [];
  for (const host of ["45.1.0.1", "45.2.0.1", "45.3.0.1"]) {
    const machine = await lab.machine();
    await machine.connect(street, "eth0", `${host}/8`);
    // In place of translation in the router, which has its address alone: who is told 10.0.0.2 could come that way.
    await machine.ip(`route add 10.0.0.0/24 via ${ROUTER}`);
    places.push(machine.place(host));
  }
  const [one, other, late] = places as [(typeof places)[0], (typeof places)[0], (typeof places)[0]];
  await using network = await makeNodeNetwork({
    ...{ validators: 3, clients: 1 },
    places: [one, other, hidden.place(INSIDE, ROUTER), late],
  });
  const [a, b, node] = network.validators as [NetworkNode, NetworkNode, NetworkNode];
  const open = { consensus: { p2p: { persistent_peers: [a.peerText, b.peerText] } } };
  await Promise.all([a.start(), b.start()]);
  const triedByA = async () =>
    ((await a.status()).consensus_peers!.dialed ?? []).find(({ address }) =>
      address.endsWith(`${ROUTER}:26656`),
    );
  await eventually(async () => (await triedByA()) !== undefined);
  expect((await triedByA())!.answer).toBe("nothing listens at the address (code: ECONNREFUSED)");
  await node.start(open);
  await reached(network.validators, 3n);

  // It takes part, since it can connect to others. They cannot connect to it.
  const closed = async (subject: string) =>
    ((await node.status()).warnings ?? []).find((warning) => warning.subject === subject);
  await eventually(
    async () => (await closed("consensus")) !== undefined && (await closed("p2p")) !== undefined,
  );
  expect(await closed("consensus")).toMatchObject({
    text: expect.stringMatching(/closed from outside.*45\.9\.0\.1:26656.*nothing listens at the address/),
    remedy: expect.stringMatching(/forward it to this machine.*consensus\.external_address/),
  });
  expect(await closed("p2p")).toMatchObject({
    text: expect.stringMatching(/closed from outside.*45\.9\.0\.1:9200.*nothing listens at the address/),
    remedy: expect.stringContaining("p2p.registration.addresses"),
  });

  // The router forwards the ports, and somebody new comes that way.
  await using _ = await forwardPorts(router, [26656, 9200]);
  const [client] = network.clients as [NetworkNode];
  await client.start({
    consensus: { p2p: { persistent_peers: [node.peerText] } },
    p2p: { port: 9200, connection_manager: { persistent_peers: [node.p2pText] } },
  });
  await eventually(
    async () => (await closed("consensus")) === undefined && (await closed("p2p")) === undefined,
  );
  await reached([client], 3n);
});

/** Has the router pass connections to its ports on. */
async function forwardPorts({ within }: Machine, ports: readonly number[]): Promise<AsyncDisposable> {
  const [program, ...args] = [
    ...within,
    process.execPath,
    join(import.meta.dirname, "forward-ports.ts"),
    ...[ROUTER, INSIDE, ...ports.map(String)],
  ];
  const child = spawn(program!, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}
