import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lightMethods, lightProtocolId } from "../../src/chain/light/light-protocol.ts";
import { fromHex, toBase64, toHex, utf8 } from "../../src/codec/bytes.ts";
import type { Namespace } from "../../src/codec/common-types.ts";
import { bytes } from "../../src/codec/schema.ts";
import { chainContext } from "../../src/config/genesis/chain-context.ts";
import { readGenesis } from "../../src/config/genesis/read-genesis.ts";
import { loadPublicKey } from "../../src/crypto/key-file.ts";
import { testSigner } from "../../src/crypto/memory-signer.ts";
import { systemPeerClock } from "../../src/p2p/comet/clock.ts";
import type { CommitteeNetwork } from "../../src/p2p/libp2p/committee-network.ts";
import type { KnownPeer } from "../../src/p2p/libp2p/known-peer.ts";
import { multiaddrOf } from "../../src/p2p/libp2p/multiaddr.ts";
import { peerIdOf } from "../../src/p2p/libp2p/peer-id.ts";
import { topicId } from "../../src/p2p/libp2p/protocol-names.ts";
import { RpcClient } from "../../src/p2p/libp2p/rpc/rpc-client.ts";
import { announced, startHost, testHost } from "../../src/p2p/libp2p/testing/test-host.ts";
import { testNetwork, testSeed } from "../../src/p2p/libp2p/testing/test-network.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import {
  eventually,
  makeOfficialNetwork,
  type OfficialNetwork,
  type OfficialNode,
  officialBinary,
} from "./official-network.ts";

const binary = officialBinary();
const { signal } = new AbortController();

function knownPeer({ dataDir, p2pPort }: OfficialNode): KnownPeer {
  return {
    id: peerIdOf(loadPublicKey(`${dataDir}/p2p_pub.pem`)),
    addresses: [multiaddrOf("127.0.0.1", p2pPort)],
  };
}

describe.skipIf(binary === null)("beside official nodes", () => {
  let official: OfficialNetwork;
  let validator: OfficialNode;
  let chain: string;

  beforeAll(async () => {
    official = await makeOfficialNetwork(binary!, { validators: 1 });
    chain = chainContext(await readGenesis(official.genesisPath));
    validator = official.validators[0]!;
    await validator.start();
  }, 240_000);

  afterAll(async () => {
    await official[Symbol.asyncDispose]();
  });

  test("we dial it, and it answers calls of the light protocol", async () => {
    const host = testHost("interop");
    await using _ = await startHost(host);
    const peer = knownPeer(validator);
    await host.connect(peer, signal);
    await announced(host, lightProtocolId(chain));
    const rpc = new RpcClient(lightProtocolId(chain), {
      ...{ host, scores: null, clock: systemPeerClock, logger: silentLogging.logger("p2p") },
    });
    const { value } = await rpc.call([peer.id], lightMethods.getLightBlock, 1n, signal);
    expect(value.height).toBe(1n);
    const parameters = await rpc.call([peer.id], lightMethods.getParameters, 1n, signal);
    expect(parameters.value.height).toBe(1n);
    await expect(rpc.call([peer.id], lightMethods.getLightBlock, 1_000_000n, signal)).rejects.toMatchObject({
      module: "consensus",
    });
  }, 240_000);

  test("a seed learns what we serve, tells us who else does, and we are found through it", async () => {
    const seed = await official.addNode("seed", "seed");
    await seed.start({ p2p: { discovery: { bootstrap: { allow_private_ips: true } } } });
    const light = { protocol: lightProtocolId(chain), methods: [] };
    const networks = ["first", "second"].map((name) =>
      testNetwork(name, { chainContext: chain, seeds: [knownPeer(seed)] }),
    );
    await using stack = new AsyncDisposableStack();
    const isRegistered = async ({ id }: CommitteeNetwork) => {
      const { seed: status } = await seed.client.call("NodeController", "GetStatus", null);
      return (status?.node_peers ?? []).some((peer) => peer.endsWith(`/p2p/${id}`));
    };
    for (const network of networks) {
      stack.defer(() => network.stop());
      network.serve(light);
      network.use(light.protocol, { min: 0, total: 15 });
      await network.start();
      await eventually(() => isRegistered(network));
    }
    const [first, second] = networks as [CommitteeNetwork, CommitteeNetwork];
    await eventually(() => first.supporting(light.protocol).includes(second.id));
  }, 90_000);

  test("we are on a topic together, and it takes what we publish as ours", async () => {
    const client = await official.addNode("client", "client");
    const runtimeId = fromHex(`80${"00".repeat(31)}`) as Namespace;
    await client.start({
      common: { log: { level: { default: "debug", cometbft: "info", runtime: "info" } } },
      runtime: { provisioner: "mock", runtimes: [{ id: toHex(runtimeId) }] },
    });
    const network = testNetwork("publisher", { chainContext: chain, persistentPeers: [knownPeer(client)] });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => network.stop());
    const topic = network.topic(topicId(chain, "tx", runtimeId), { codec: bytes, handle: async () => {} });
    await topic.publish(utf8("a transaction"));
    await network.start();
    await eventually(() => topic.peerCount === 1);
    await eventually(() => {
      return client
        .log(100_000)
        .split("\n")
        .some((line) => line.includes('"new message from peer"') && line.includes(network.id));
    });
  }, 90_000);

  test("an official node finds us through our seed, and dials us for the protocols that we serve", async () => {
    await using stack = new AsyncDisposableStack();
    const seed = testSeed("our seed");
    stack.defer(() => seed.stop());
    await seed.start();
    const port = Number(/tcp\/(\d+)/.exec(seed.addresses[0]!)![1]);
    const place = { addresses: [multiaddrOf("127.0.0.1", port)] };
    const seedPeer = { id: peerIdOf(testSigner("our seed").publicKey), ...place };
    const network = testNetwork("server", { chainContext: chain, seeds: [seedPeer] });
    stack.defer(() => network.stop());
    // It looks for nobody itself.
    network.serve({ protocol: lightProtocolId(chain), methods: [] });
    await network.start();
    await eventually(() => seed.peers.some((peer) => peer.endsWith(network.id)));
    const client = await official.addNode("finder", "client");
    await client.start({
      p2p: { seeds: [`${toBase64(testSigner("our seed").publicKey)}@127.0.0.1:${port}`] },
    });
    const { id } = knownPeer(client);
    await eventually(() => network.supporting(lightProtocolId(chain)).includes(id));
    await eventually(() => seed.peers.some((peer) => peer.endsWith(id)));
    await eventually(async () => {
      const { p2p } = await client.client.call("NodeController", "GetStatus", null);
      return p2p?.protocols?.get(lightProtocolId(chain)) === 1n;
    });
  }, 90_000);
});
