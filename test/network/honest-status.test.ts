import { expect, test } from "vitest";
import { cometGenesis } from "../../src/config/genesis/comet-genesis.ts";
import { encodeMessagePacket } from "../../src/p2p/comet/mux/packet.ts";
import type { NodeId } from "../../src/p2p/comet/node-id.ts";
import { encodePexAddresses } from "../../src/p2p/comet/pex/pex-message.ts";
import { PEX_CHANNEL } from "../../src/p2p/comet/pex/pex-reactor.ts";
import { eventually } from "../interop/official-network.ts";
import { rawPeer } from "../p2p/loopback-network.ts";
import { makeNodeNetwork, placesHere, reached } from "./node-network.ts";
import { transfer } from "./transfer.ts";

// What a node that cannot join says about it.

test("nobody listens at the addresses that it knows", { timeout: 600_000 }, async () => {
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

test("the peers are on another chain", { timeout: 600_000 }, async () => {
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

test("it must fetch blocks and says how far it is", { timeout: 600_000 }, async () => {
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

test("its clock is off", { timeout: 600_000 }, async () => {
  const [validatorPlace, place] = await placesHere(2);
  // Ten minutes ahead, for the whole program.
  const shifted = "data:text/javascript,const%20now=Date.now;Date.now=()=>now()+600000";
  const within = ["env", `NODE_OPTIONS=--import=${shifted}`];
  await using network = await makeNodeNetwork({
    ...{ validators: 1, clients: 1 },
    places: [validatorPlace!, { ...place!, within }],
  });
  const [validator] = network.validators;
  const [client] = network.clients;
  await validator!.start();
  await client!.start();
  const consensus = async () => {
    const { waiting, warnings } = await client!.status();
    const of = <T extends { subject: string }>(list: readonly T[] | null) =>
      (list ?? []).find(({ subject }) => subject === "consensus");
    return { waiting: of(waiting), warning: of(warnings) };
  };
  await eventually(async () => (await consensus()).warning !== undefined);
  const clock = /this machine's clock is 6\d\d s ahead of the validators'/;
  expect(await consensus()).toMatchObject({
    warning: { text: expect.stringMatching(clock), remedy: expect.stringContaining("NTP") },
    waiting: { for: expect.stringMatching(clock), remedy: expect.stringContaining("NTP") },
  });
});

test("a peer is banned", { timeout: 600_000 }, async () => {
  await using network = await makeNodeNetwork({ validators: 1 });
  const [validator] = network.validators;
  await validator!.start();
  const [, host, port] = /@(.*):(\d+)$/.exec(validator!.peerText)!;
  const address = { id: "" as NodeId, host: host!, port: Number(port) };
  const { chain_id } = cometGenesis(network.document, { debug: true });
  const attack = () => rawPeer(address, 7, { network: chain_id, channels: Uint8Array.of(0, 0x20) });
  const raw = await attack();
  raw.send(encodeMessagePacket(PEX_CHANNEL, true, encodePexAddresses([])));
  await raw.closed;
  const banned = async () => (await validator!.status()).consensus_peers!.banned ?? [];
  await eventually(async () => (await banned()).length > 0);
  expect(await banned()).toEqual([
    { name: raw.id, reason: "it sends addresses that nobody asked for", until: expect.any(BigInt) },
  ]);
  await expect(attack()).rejects.toMatchObject({ kind: "closed" });
});
