import { expect, test } from "vitest";
import { hookedApplication } from "../../../test/chain/engine-fixture.ts";
import { followChain } from "../../../test/chain/follow-chain.ts";
import { GossipNetwork } from "../../../test/chain/gossip-network.ts";
import { Random } from "../../../test/fuzz/random.ts";
import { toHex } from "../../codec/bytes.ts";
import { SIGNED_MSG_TYPE } from "../vote.ts";
import { encodeConsensusMessage } from "./consensus-message.ts";
import { CONSENSUS_CHANNEL } from "./consensus-reactor.ts";

function lowest(network: GossipNetwork): bigint {
  return network.heights().sort((a, b) => Number(a - b))[0]!;
}

function expectAgreement(network: GossipNetwork): void {
  const highest = network.heights().sort((a, b) => Number(b - a))[0]!;
  for (let height = 1n; height <= highest; height++) {
    expect(network.blocksOf(height), `blocks of height ${height}`).toBe(1);
  }
  expect(network.faults).toEqual([]);
}

test.each([4, 7])("%i validators make blocks in the first round of each height", (validators) => {
  const network = new GossipNetwork(validators);
  network.start(...network.nodes.keys());
  network.clock.advance(5000);
  expect(lowest(network)).toBeGreaterThan(6n);
  expectAgreement(network);
  const { engine, disk } = network.nodes[0]!;
  for (let height = 1n; height < engine.latestHeight; height++) {
    expect(engine.commitAt(height)!.round).toBe(0);
  }
  followChain(network.genesis, disk.environment);
});

test("votes and blocks reach those who are connected only through others", () => {
  const network = new GossipNetwork(4);
  network.start(0, 1, 2, 3);
  network.connect((a, b) => b === a + 1);
  network.clock.advance(8000);
  expect(lowest(network)).toBeGreaterThan(6n);
  expectAgreement(network);
});

test("a validator that was away catches up with stored blocks and commits", () => {
  const network = new GossipNetwork(4);
  network.start(0, 1, 2);
  network.clock.advance(20_000);
  const missed = network.heights()[0]!;
  expect(missed).toBeGreaterThan(6n);
  network.start(3);
  network.clock.advance(10_000);
  expect(network.heights()[3]).toBeGreaterThan(missed);
  expectAgreement(network);
});

test("two halves decide nothing, and agree once they are connected again", () => {
  const network = new GossipNetwork(4);
  network.start(0, 1, 2, 3);
  network.clock.advance(2000);
  network.connect((a, b) => a < 2 === b < 2);
  network.clock.advance(600);
  const split = network.heights();
  network.clock.advance(20_000);
  expect(network.heights()).toEqual(split);
  network.connect(() => true);
  network.clock.advance(20_000);
  expect(lowest(network)).toBeGreaterThan(split[0]! + 5n);
  expectAgreement(network);
});

test("validators that restart at any moment take part again", () => {
  const network = new GossipNetwork(4);
  network.start(0, 1, 2, 3);
  network.clock.advance(2000);
  for (let i = 0; i < 30; i++) {
    network.clock.advance(337);
    network.restart(i % 4);
  }
  network.clock.advance(20_000);
  expect(lowest(network)).toBeGreaterThan(15n);
  expectAgreement(network);
});

test("who brings new votes or parts again and again is a good peer, who repeats them is not", () => {
  const network = new GossipNetwork(4);
  const { reactor } = network.nodes[0]!;
  let isEchoGood = false;
  const echo = {
    ...{ id: "echo" as never, trySend: () => true, send: async () => true, stop: () => {} },
    markGood: () => {
      isEchoGood = true;
    },
  };
  const heard: [channel: number, bytes: Uint8Array][] = [];
  network.tamper = (_from, to, channel, bytes) => {
    if (to === 0) heard.push([channel, bytes]);
    return bytes;
  };
  network.start(0, 1, 2, 3);
  reactor.addPeer(echo);
  for (let i = 0; i < 1000; i++) {
    network.clock.advance(10);
    for (const [channel, bytes] of heard.splice(0)) {
      if (channel !== CONSENSUS_CHANNEL.state) reactor.receive(echo, channel, bytes);
    }
  }
  expect(isEchoGood).toBe(false);
  for (const peer of [1, 2, 3]) expect(network.good).toContainEqual({ by: 0, peer });
});

test("a fifth of all messages are lost, and the chain goes on", () => {
  const network = new GossipNetwork(4);
  // Not every fifth one: that would strike the same messages again and again.
  const random = new Random(1);
  network.tamper = (_from, _to, _channel, bytes) => (random.chance(0.2) ? null : bytes);
  network.start(0, 1, 2, 3);
  network.clock.advance(25_000);
  expect(lowest(network)).toBeGreaterThan(3n);
  expectAgreement(network);
});

test("a validator whose blocks nobody accepts is passed over", () => {
  const network = new GossipNetwork(4);
  network.restart(1, {
    wrap: (application) => ({
      ...hookedApplication(application, () => {}),
      prepareProposal: (input) => [...application.prepareProposal(input), new Uint8Array([1])],
    }),
  });
  network.start(0, 2, 3);
  network.clock.advance(15_000);
  expect(lowest(network)).toBeGreaterThan(4n);
  expectAgreement(network);
});

test("a peer that forges votes is disconnected and banned, and the others go on", () => {
  const network = new GossipNetwork(4);
  network.tamper = (from, _to, channel, bytes) => {
    if (from !== 3 || channel !== CONSENSUS_CHANNEL.votes) return bytes;
    const forged = bytes.slice();
    // The last byte belongs to the signature.
    forged[forged.length - 1]! ^= 1;
    return forged;
  };
  network.start(0, 1, 2, 3);
  network.clock.advance(20_000);
  const honest = network.heights().slice(0, 3);
  expect(honest.every((height) => height > 8n)).toBe(true);
  expect(new Set(network.faults.map(({ peer }) => peer))).toEqual(new Set([3]));
  for (const { fault } of network.faults) {
    expect(fault).toMatchObject({ kind: "misbehaviour", banMs: 3_600_000 });
  }
});

/** Nothing may be made room for that the proposal announces. */
const hugeProposal = toHex(
  encodeConsensusMessage({
    type: "proposal",
    value: {
      proposal: {
        ...{ type: SIGNED_MSG_TYPE.proposal, height: 1n, round: 0, pol_round: -1, timestamp: 0n },
        block_id: {
          hash: new Uint8Array(32).fill(1),
          part_set_header: { total: 2 ** 32 - 1, hash: new Uint8Array(32).fill(1) },
        },
        signature: new Uint8Array(64),
      },
    },
  }),
);

test.each([
  ["bytes that are no message", CONSENSUS_CHANNEL.state, "ff"],
  ["an unknown message", CONSENSUS_CHANNEL.votes, ""],
  ["a step beyond the last", CONSENSUS_CHANNEL.state, "0a0408011809"],
  ["a vote without a vote", CONSENSUS_CHANNEL.votes, "3200"],
  ["a vote of a negative index", CONSENSUS_CHANNEL.state, "3a0f0801180120ffffffffffffffffff01"],
  ["a bit array of another length", CONSENSUS_CHANNEL.state, "1208080122003a020841"],
  [
    "a height after the first without a last commit",
    CONSENSUS_CHANNEL.state,
    "0a0f0802180128ffffffffffffffffff01",
  ],
  ["a proposal of more parts than any block has", CONSENSUS_CHANNEL.data, hugeProposal],
  ["a proposal founded on no votes", CONSENSUS_CHANNEL.data, "220408011a00"],
])("%s ends the connection", (_name, channel, hex) => {
  const network = new GossipNetwork(2);
  network.start(0, 1);
  const { reactor } = network.nodes[0]!;
  const peer = {
    ...{ id: "node 1" as never, trySend: () => true, send: async () => true, stop: () => {} },
    markGood: () => {},
  };
  expect(() => reactor.receive(peer, channel, Uint8Array.from(Buffer.from(hex, "hex")))).toThrow(
    expect.objectContaining({ name: "PeerFault" }),
  );
});
