import { afterAll, beforeAll, expect, test } from "vitest";
import { stakingAddress } from "../../src/types/account-address.ts";
import { BALANCE, bob } from "../consensus-network.ts";
import { eventually } from "../interop/official-network.ts";
import { makeNodeNetwork, type NodeNetwork, reached, sameChain } from "./node-network.ts";
import { transfer } from "./transfer.ts";

// Four validators and a client that know a seed and nobody else.

let network: NodeNetwork;

beforeAll(async () => {
  network = await makeNodeNetwork({
    ...{ validators: 4, clients: 1, seed: true },
    change: ({ beacon }) => {
      // Nobody is away for so long that its registration ends, which would leave fewer validators.
      beacon.params.insecure_parameters = { interval: 10_000n };
    },
  });
  await network.seed!.start();
  await Promise.all(network.validators.map((node) => node.start()));
  await reached(network.validators, 20n);
}, 600_000);
afterAll(() => network[Symbol.asyncDispose]());

test("the validators have found one another by the seed, which tells who is connected", async () => {
  const { mode, seed } = await network.seed!.status();
  expect(mode).toBe("seed");
  expect(seed!.addresses).toContain(network.seed!.peerText);
  await expect(network.seed!.client.call("NodeController", "IsSynced", null)).rejects.toMatchObject({
    module: "control",
    wireCode: 1,
  });
  await expect(network.seed!.client.call("Consensus", "GetStatus", null)).rejects.toThrow();
  for (const validator of network.validators) {
    const { consensus } = await validator.status();
    expect(consensus!.p2p!.peers!.length, validator.name).toBeGreaterThanOrEqual(3);
  }
});

test("a client that comes late fetches the chain and follows it", { timeout: 600_000 }, async () => {
  const [client] = network.clients;
  await client!.start();
  await client!.client.call("NodeController", "WaitSync", null);
  expect(await client!.client.call("NodeController", "IsSynced", null)).toBe(true);
  const { consensus, sync, waiting, consensus_peers } = await client!.status();
  expect(consensus).toMatchObject({ status: 0, is_validator: false });
  expect({ sync, waiting }).toEqual({ sync: null, waiting: null });
  expect(consensus_peers!.connected!.length).toBeGreaterThan(0);
  const head = await client!.height();
  await reached([client!], head + 5n);
  expect(await sameChain([...network.validators, client!])).toBeGreaterThan(head);
});

test("a transaction submitted to the client is in a block", { timeout: 600_000 }, async () => {
  const [client] = network.clients;
  await client!.client.call("Consensus", "SubmitTx", transfer(network.document, 0n));
  for (const node of [client!, ...network.validators]) {
    await eventually(async () => {
      const owner = stakingAddress(bob.publicKey);
      const account = await node.client.call("Staking", "Account", { height: 0n, owner });
      return account.general.balance === BALANCE + 1n;
    });
  }
});

test("validators end and come back one after the other, and the chain goes on", {
  timeout: 600_000,
}, async () => {
  for (const validator of network.validators) {
    expect(await validator.stop()).toBe(0);
    const others = network.validators.filter((other) => other !== validator);
    const [head] = await Promise.all(others.map((node) => node.height()));
    await reached(others, head! + 3n);
    await validator.start();
    await reached([validator], head! + 5n);
    // It signs again: with another one down the other two of four could not go on.
  }
  await sameChain([...network.validators, ...network.clients]);
});

test("all end and come back at once", { timeout: 600_000 }, async () => {
  const head = await network.validators[0]!.height();
  await Promise.all(network.validators.map((node) => node.stop("SIGKILL")));
  await Promise.all(network.validators.map((node) => node.start()));
  await reached([...network.validators, ...network.clients], head + 10n);
  await sameChain([...network.validators, ...network.clients]);
});
