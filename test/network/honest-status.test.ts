import { expect, test } from "vitest";
import { eventually } from "../interop/official-network.ts";
import { makeNodeNetwork, reached } from "./node-network.ts";
import { transfer } from "./transfer.ts";

// What a node that cannot join says about it.

test("nobody listens at the addresses that it knows", { timeout: 240_000 }, async () => {
  await using network = await makeNodeNetwork({ validators: 2, clients: 1 });
  const [client] = network.clients;
  await client!.start();
  const dialed = async () => (await client!.status()).consensus_peers!.dialed ?? [];
  await eventually(async () => (await dialed()).length === 2);
  const { waiting, consensus, sync } = await client!.status();
  expect(waiting).toContainEqual(
    expect.objectContaining({
      subject: "consensus",
      for: expect.stringContaining("nothing listens at the address"),
      remedy: expect.stringContaining("firewall"),
    }),
  );
  expect(consensus).toMatchObject({ status: 1, p2p: { peers: [] } });
  expect(sync).toMatchObject({ phase: "blocks", target: 0n });
  for (const { answer } of await dialed()) expect(answer).toContain("nothing listens at the address");
  expect(await client!.client.call("NodeController", "IsSynced", null)).toBe(false);
  // It takes no transactions, and says why.
  await expect(
    client!.client.call("Consensus", "SubmitTxNoWait", transfer(network.document, 0n)),
  ).rejects.toThrow(/not at the head of the chain yet/);
});

test("the peers are on another chain", { timeout: 240_000 }, async () => {
  await using other = await makeNodeNetwork({ validators: 1 });
  await using network = await makeNodeNetwork({ validators: 2, clients: 1 });
  const [peer] = other.validators;
  await peer!.start();
  await reached([peer!], 1n);
  const [client] = network.clients;
  await client!.start({
    consensus: {
      listen_address: "",
      p2p: { persistent_peers: [peer!.peerText] },
      debug: { addr_book_lenient: true, allow_duplicate_ip: true },
    },
  });
  await eventually(async () => ((await client!.status()).consensus_peers!.dialed ?? []).length > 0);
  const { waiting } = await client!.status();
  expect(waiting).toContainEqual(
    expect.objectContaining({
      subject: "consensus",
      for: expect.stringContaining("it is on another network"),
      remedy: expect.stringContaining("genesis document"),
    }),
  );
});

test("it must fetch blocks and says how far it is", { timeout: 240_000 }, async () => {
  await using network = await makeNodeNetwork({ validators: 1, clients: 1, blockMs: 10 });
  const [validator] = network.validators;
  await validator!.start();
  await reached([validator!], 50n);
  const [client] = network.clients;
  await client!.start();
  await client!.client.call("NodeController", "WaitSync", null);
  const { sync, waiting } = await client!.status();
  expect({ sync, waiting }).toEqual({ sync: null, waiting: null });
  expect(await client!.client.call("NodeController", "IsSynced", null)).toBe(true);
});
