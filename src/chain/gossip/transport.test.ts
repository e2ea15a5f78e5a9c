import { afterEach, expect, test } from "vitest";
import {
  NETWORK_PACING,
  newDisk,
  type TestNode,
  testGenesis,
  testNode,
} from "../../../test/chain/engine-fixture.ts";
import { followChain } from "../../../test/chain/follow-chain.ts";
import { encodeTx } from "../../../test/chain/key-value-application.ts";
import { testNode as testPeer } from "../../../test/p2p/loopback-network.ts";
import { fromHex, toHex } from "../../codec/bytes.ts";
import { systemRandom } from "../../p2p/comet/random.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { systemClock } from "../clock.ts";
import { NANOS_PER_MILLISECOND } from "../time.ts";
import { ConsensusReactor } from "./consensus-reactor.ts";
import { EVIDENCE_CHANNEL, EvidenceReactor } from "./evidence-reactor.ts";
import { MempoolReactor } from "./mempool-reactor.ts";

const never = new AbortController().signal;
const genesisTime = BigInt(Date.now() - 60_000) * NANOS_PER_MILLISECOND;

interface NetworkNode extends TestNode {
  peer: ReturnType<typeof testPeer>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const started: NetworkNode[] = [];

afterEach(async () => {
  for (const node of started.splice(0)) await node.stop();
});

/** A validator with all its reactors on a real connection. */
function networkNode(i: number, validators: number): NetworkNode {
  const pacing = { ...NETWORK_PACING, timeoutCommitMs: 50 };
  const genesis = { ...testGenesis(validators), genesis_time: genesisTime };
  // The fixture wants a clock that tests can move; nothing moves this one.
  const node = testNode({ genesis, pacing, disk: newDisk(), signer: i + 1, clock: systemClock as never });
  const { engine } = node;
  const clock = systemClock;
  const logger = silentLogging.logger("consensus");
  const consensus = new ConsensusReactor({ engine, clock, random: systemRandom, logger });
  const peerHeight = (id: string) => consensus.peerHeight(id);
  const mempool = new MempoolReactor({ engine, clock, peerHeight });
  const evidence = new EvidenceReactor({ engine, clock, peerHeight });
  const peer = testPeer({
    seed: i + 1,
    moreChannels: [...consensus.channels, mempool.channel, evidence.channel],
  });
  const self: NetworkNode = {
    ...node,
    peer,
    async start() {
      engine.start(node.controller.signal);
      for (const reactor of [consensus, mempool, evidence]) reactor.start();
      await peer.network.start();
      started.push(self);
    },
    async stop() {
      for (const reactor of [consensus, mempool, evidence]) reactor.stop();
      node.controller.abort();
      await peer.network.stop();
    },
  };
  return self;
}

function reaches({ engine }: TestNode, height: bigint): Promise<void> {
  if (engine.latestHeight >= height) return Promise.resolve();
  return new Promise((resolve) => {
    const dispose = engine.onBlock((block) => {
      if (block.height < height) return;
      dispose();
      resolve();
    });
  });
}

test("validators on loopback agree, and include each other's transactions", async () => {
  const nodes = [0, 1, 2, 3].map((i) => networkNode(i, 4));
  for (const [i, node] of nodes.entries()) {
    await node.start();
    for (const earlier of nodes.slice(0, i)) await node.peer.network.dial(earlier.peer.address);
  }
  await Promise.all(nodes.map((node) => reaches(node, 2n)));
  // Only its mempool has them: in one block of somebody else they show that they were passed on.
  const outcomes = await Promise.all(
    nodes.flatMap((node, i) =>
      Array.from({ length: 20 }, (_, n) =>
        node.engine.submitTx(encodeTx({ key: `${i}-${n}`, value: "1" }), "block", never),
      ),
    ),
  );
  expect(outcomes.every(({ stage, result }) => stage === "block" && result.code === 0)).toBe(true);
  await Promise.all(nodes.map((node) => reaches(node, 12n)));
  for (let height = 1n; height <= 12n; height++) {
    expect(new Set(nodes.map(({ engine }) => toHex(engine.blockAt(height)!.hash))).size).toBe(1);
  }
  expect(nodes.flatMap(({ peer }) => peer.gone)).toEqual([]);
  followChain({ ...testGenesis(4), genesis_time: genesisTime }, nodes[0]!.disk.environment);
});

test("evidence that does not hold ends the connection", async () => {
  const nodes = [0, 1].map((i) => networkNode(i, 2));
  for (const node of nodes) await node.start();
  const peer = await nodes[1]!.peer.network.dial(nodes[0]!.peer.address);
  await reaches(nodes[0]!, 2n);
  // A list of one piece of evidence of no kind.
  peer.trySend(EVIDENCE_CHANNEL, fromHex("0a00"));
  await nodes[0]!.peer.until(() => nodes[0]!.peer.gone.length > 0);
  expect(nodes[0]!.peer.gone[0]!.reason.kind).toBe("malformed");
});
