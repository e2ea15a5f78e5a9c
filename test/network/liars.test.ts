import { afterEach, describe, expect, test, vi } from "vitest";
import { NANOS_PER_MILLISECOND } from "../../src/chain/time.ts";
import { toHex } from "../../src/codec/bytes.ts";
import { testGenesis, testSignerOf } from "../chain/engine-fixture.ts";
import { followChain } from "../chain/follow-chain.ts";
import { emptyDisk, KeyValueApplication } from "../chain/key-value-application.ts";
import { Liar, type Lie } from "./liar.ts";
import { DOUBLE_VOTES, FALSE_POSITIONS, FORGERIES, LIES_ABOUT_BLOCKS, NOISE } from "./lies.ts";
import { blocksOf, connectAll, PeerNode } from "./peer-node.ts";

interface Network {
  readonly genesis: ReturnType<typeof testGenesis>;
  readonly honest: PeerNode[];
  readonly liars: Liar[];
}

const running: PeerNode[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.stop()));
});

/** Validators of equal power on loopback, all connected, of which the last ones lie. */
async function startNetwork(validators: number, lies: readonly Lie[]): Promise<Network> {
  const genesis = {
    ...testGenesis(validators),
    genesis_time: BigInt(Date.now() - 60_000) * NANOS_PER_MILLISECOND,
  };
  const options = (i: number) => ({
    ...{ seed: i + 1, genesis, application: new KeyValueApplication(emptyDisk()) },
  });
  const honest = Array.from(
    { length: validators - lies.length },
    (_, i) => new PeerNode({ ...options(i), signer: testSignerOf(i + 1) }),
  );
  const liars = lies.map((lie, i) => {
    const at = honest.length + i;
    return new Liar(options(at), testSignerOf(at + 1), lie);
  });
  const nodes = [...honest, ...liars.map(({ node }) => node)];
  running.push(...nodes);
  for (const node of nodes) await node.start(false);
  await connectAll(nodes);
  for (const node of nodes) node.follow();
  return { genesis, honest, liars };
}

/** All honest nodes have the same blocks, and these keep every rule. */
function expectOneChain({ genesis, honest }: Network, height: bigint): void {
  for (let h = 1n; h <= height; h++) expect(blocksOf(honest, h).size, `blocks of height ${h}`).toBe(1);
  followChain(genesis, honest[0]!.disk.environment);
}

/** Names of the validators that are proven to have voted twice, in the blocks up to a height. */
function proven({ honest }: Network, height: bigint): Set<string> {
  const names = new Set<string>();
  for (let h = 1n; h <= height; h++) {
    for (const { type, value } of honest[0]!.engine.blockAt(h)!.block.evidence) {
      if (type === "duplicate_vote") names.add(toHex(value.vote_a!.validator_address));
    }
  }
  return names;
}

const HEIGHT = 6n;
/** Rounds that a liar spoils take their time, more of it on a busy machine. */
vi.setConfig({ testTimeout: 600_000 });

describe("three honest validators of four go on when the fourth", () => {
  test.each(Object.entries(LIES_ABOUT_BLOCKS))("%s", async (_, lie) => {
    const network = await startNetwork(4, [lie]);
    const { honest } = network;
    await Promise.all(honest.map((node) => node.reaches(HEIGHT)));
    expectOneChain(network, HEIGHT);
    const rounds = Array.from(
      { length: Number(HEIGHT) },
      (_, i) => honest[0]!.engine.commitAt(BigInt(i + 1))!.round,
    );
    // In the liar's turn.
    expect(Math.max(...rounds)).toBeGreaterThan(0);
    // Nobody else is blamed for it.
    for (const node of honest) expect(node.network.peers.length).toBeGreaterThanOrEqual(2);
  });

  test.each(Object.entries(DOUBLE_VOTES))("%s, which becomes evidence", async (_, lie) => {
    const network = await startNetwork(4, [lie]);
    const { honest, liars } = network;
    const [first] = honest;
    await first!.until(() => proven(network, first!.engine.latestHeight).size > 0);
    const height = first!.engine.latestHeight + 1n;
    await Promise.all(honest.map((node) => node.reaches(height)));
    expect(proven(network, height)).toEqual(new Set([toHex(liars[0]!.address)]));
    expectOneChain(network, height);
  });

  test.each(Object.entries(FORGERIES))("%s, and ban it", async (_, lie) => {
    const network = await startNetwork(4, [lie]);
    const { honest, liars } = network;
    const { id } = liars[0]!.node;
    await Promise.all(honest.map((node) => node.until(() => node.banOf(id) !== null)));
    for (const node of honest) {
      expect(node.banOf(id)).toMatch(/vote signature does not verify|proposal is not signed by the proposer/);
      expect(node.network.report().banned).toHaveLength(1);
    }
    const height = honest[0]!.engine.latestHeight + 2n;
    await Promise.all(honest.map((node) => node.reaches(height)));
    expectOneChain(network, height);
  });

  test.each(Object.entries({ ...NOISE, ...FALSE_POSITIONS }))("%s", async (_, lie) => {
    const network = await startNetwork(4, [lie]);
    const { honest, liars } = network;
    await Promise.all(honest.map((node) => node.reaches(HEIGHT)));
    expect(liars[0]!.lies).toBeGreaterThan(0);
    expectOneChain(network, HEIGHT);
    for (const node of honest) expect(node.network.peers.length).toBeGreaterThanOrEqual(2);
  });
});

test("five honest validators of seven go on whatever the two others think of", async () => {
  const groups = [LIES_ABOUT_BLOCKS, DOUBLE_VOTES, NOISE].flatMap((lies) => Object.values(lies));
  // At each height another lie, and each liar at another place of the list.
  const mixed = (shift: number): Lie => {
    return (liar, step) => groups[(Number(liar.rounds.height) * 7 + shift) % groups.length]!(liar, step);
  };
  const network = await startNetwork(7, [mixed(0), mixed(5)]);
  const { honest, liars } = network;
  const [first] = honest;
  await first!.until(
    () =>
      first!.engine.latestHeight > groups.length && proven(network, first!.engine.latestHeight).size === 2,
  );
  const height = first!.engine.latestHeight;
  await Promise.all(honest.map((node) => node.reaches(height)));
  expectOneChain(network, height);
  expect(proven(network, height)).toEqual(new Set(liars.map(({ address }) => toHex(address))));
  for (const node of honest) expect(node.network.peers.length).toBeGreaterThanOrEqual(4);
});
