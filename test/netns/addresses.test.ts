import { expect, test } from "vitest";
import { nodeIdOf } from "../../src/p2p/comet/node-id.ts";
import { eventually } from "../interop/official-network.ts";
import { makeNodeNetwork, type NetworkNode, type NodePlace } from "../network/node-network.ts";
import { type Lab, openLab, type Switch } from "./lab.ts";

const LAN = "192.168.7";

const idOf = (node: NetworkNode) => nodeIdOf(node.identity.p2p.publicKey);
const peersOf = async (node: NetworkNode) => (await node.status()).consensus_peers!;
const isConnected = async (node: NetworkNode, to: NetworkNode) => {
  return ((await peersOf(node)).connected ?? []).some(({ id }) => id === idOf(to));
};

/** A machine with a public address that reaches the private network, too. */
async function onStreet(lab: Lab, street: Switch, n: number): Promise<NodePlace> {
  const machine = await lab.machine();
  const host = `45.${n}.0.1`;
  await machine.connect(street, "eth0", `${host}/8`);
  await machine.ip(`address add ${LAN}.${n}/24 dev eth0`);
  return machine.place(host);
}

const consensus = (peers: readonly NetworkNode[], debug: Record<string, boolean> = {}) => ({
  consensus: { p2p: { persistent_peers: peers.map(({ peerText }) => peerText) }, debug },
});

test("private addresses are for those who want them, and one IP has one connection", async ({ skip }) => {
  await using lab = (await openLab()) ?? skip();
  const street = await lab.newSwitch();
  const [first, lenient, strict, crowded] = await Promise.all(
    [1, 2, 3, 4].map((n) => onStreet(lab, street, n)),
  );
  const machine = await lab.machine();
  await machine.connect(street, "eth0", `${LAN}.9/24`);
  const inLan = machine.place(`${LAN}.9`);
  const beside = { ...crowded!, consensusPort: 26657, p2pPort: 9201 };
  await using network = await makeNodeNetwork({
    ...{ validators: 1, clients: 5 },
    places: [first!, inLan, lenient!, strict!, crowded!, beside],
  });
  const [validator] = network.validators as [NetworkNode];
  const [hidden, easy, careful, one, twin] = network.clients as [
    NetworkNode,
    NetworkNode,
    NetworkNode,
    NetworkNode,
    NetworkNode,
  ];
  const addr_book_lenient = true;
  await validator.start({
    consensus: { listen_address: "tcp://0.0.0.0:26656", debug: { addr_book_lenient } },
  });
  const inside = validator.peerText.replace("45.1.0.1", `${LAN}.1`);
  await hidden.start({ consensus: { p2p: { persistent_peers: [inside] }, debug: { addr_book_lenient } } });
  await eventually(() => isConnected(validator, hidden));

  // Whoever takes private addresses hears of it and connects to it.
  await easy.start(consensus([validator], { addr_book_lenient }));
  await eventually(() => isConnected(easy, hidden));

  // By default they are passed over: it hears of both, and takes one.
  await careful.start(consensus([validator]));
  await eventually(() => isConnected(careful, easy));
  const { dialed, known_addresses } = await peersOf(careful);
  expect((dialed ?? []).map(({ address }) => address).join()).not.toContain(LAN);
  expect(known_addresses).toBe(2n);

  // A second node of the same IP is let in when the first one is gone, and says so until then.
  await one.start(consensus([validator]));
  await eventually(() => isConnected(one, validator));
  await twin.start(consensus([validator]));
  const waiting = async () => {
    return ((await twin.status()).waiting ?? []).find(({ subject }) => subject === "consensus");
  };
  await eventually(async () => (await waiting())?.remedy.includes("another node with this IP") === true);
  expect((await waiting())!.for).toContain("1 addresses were dialed");
  await one.stop();
  await eventually(() => isConnected(twin, validator));
});
