import { expect, test } from "vitest";
import { hookedApplication } from "../../test/chain/engine-fixture.ts";
import { GossipNetwork } from "../../test/chain/gossip-network.ts";
import { decodeConsensusMessage } from "./gossip/consensus-message.ts";
import { CONSENSUS_CHANNEL } from "./gossip/consensus-reactor.ts";
import { ownSignature } from "./own-signatures.ts";
import { SIGNED_MSG_TYPE } from "./vote.ts";

const LAST = 3;

/** Outcomes of a node's signatures; the last block's is not known yet. */
function outcomes({ nodes }: GossipNetwork, i: number) {
  const { included, late, nil, none, sinceHeight } = nodes[i]!.engine.signatures.figures!;
  return { sinceHeight, included, late, nil, none };
}

test.each([1, 4, 7])("%i validators that run all the time have their signatures in every commit", (count) => {
  const network = new GossipNetwork(count);
  network.start(...network.nodes.keys());
  network.clock.advance(15_000);
  for (const [i, height] of network.heights().entries()) {
    expect(outcomes(network, i)).toEqual({
      ...{ sinceHeight: 1n, included: height - 1n, late: 0n, nil: 0n, none: 0n },
    });
  }
});

test("signatures that nobody gets in time are late", () => {
  const network = new GossipNetwork(4);
  network.tamper = (from, _to, channel, bytes) => {
    if (from !== LAST || channel !== CONSENSUS_CHANNEL.votes) return bytes;
    const message = decodeConsensusMessage(bytes);
    const isPrecommit = message.type === "vote" && message.value.vote!.type === SIGNED_MSG_TYPE.precommit;
    return isPrecommit ? null : bytes;
  };
  network.start(0, 1, 2, LAST);
  network.clock.advance(20_000);
  const { late, nil, none } = outcomes(network, LAST);
  expect({ nil, none }).toEqual({ nil: 0n, none: 0n });
  expect(late).toBeGreaterThan(5n);
  const missed = network.nodes[LAST]!.engine.signatures.figures!.lastMissed!;
  expect(missed.outcome).toBe("late");
  expect(outcomes(network, 0)).toMatchObject({ late: 0n, nil: 0n, none: 0n });
});

test("who gets a block only after the others have decided it signs it all the same", () => {
  const network = new GossipNetwork(4);
  network.tamper = (from, to, channel, bytes) => {
    if (to !== LAST || channel !== CONSENSUS_CHANNEL.data) return bytes;
    const message = decodeConsensusMessage(bytes);
    if (message.type === "proposal") return null;
    const isEarly =
      message.type === "block_part" && message.value.height === network.nodes[from]!.engine.rounds!.height;
    return isEarly ? null : bytes;
  };
  network.start(0, 1, 2, LAST);
  network.clock.advance(20_000);
  const { included, late, nil, none } = outcomes(network, LAST);
  expect({ nil, none }).toEqual({ nil: 0n, none: 0n });
  // Its own blocks it has.
  expect(included + late).toBeGreaterThan(10n);
  expect(network.faults).toEqual([]);
});

test("there is nothing to tell of who is no validator, follows only, or is at the first block", () => {
  const network = new GossipNetwork(3);
  network.start(0, 1, 2);
  network.clock.advance(5000);
  const { engine } = network.nodes[0]!;
  const { block } = engine.blockAt(engine.latestHeight)!;
  const { lastCommit, deps } = engine.rounds!;
  expect(ownSignature(block, lastCommit, new Uint8Array(20))).toBeNull();
  expect(ownSignature(block, lastCommit, null)).toBeNull();
  expect(ownSignature(block, null, deps.address)).toBeNull();
});

test("our precommit leaves before its block is executed", () => {
  const network = new GossipNetwork(4);
  const released = new Set<bigint>();
  const executed: bigint[] = [];
  network.restart(LAST, {
    wrap: (application) =>
      hookedApplication(application, (method) => {
        if (method !== "commit") return;
        const height = network.nodes[LAST]!.engine.rounds!.height;
        expect(released).toContain(height);
        executed.push(height);
      }),
  });
  network.nodes[LAST]!.engine.onMessage((message) => {
    if (message.type === "vote" && message.vote.type === SIGNED_MSG_TYPE.precommit) {
      released.add(message.vote.height);
    }
  });
  network.start(0, 1, 2);
  network.clock.advance(20_000);
  expect(executed.length).toBeGreaterThan(8);
});
