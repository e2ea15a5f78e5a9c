import { expect, test } from "vitest";
import { toBase64 } from "../../src/codec/bytes.ts";
import { signerFromKeyPem } from "../../src/crypto/certificate.ts";
import { nodeIdOf } from "../../src/p2p/comet/node-id.ts";
import { formatConsensusAddress } from "../../src/types/address.ts";
import { eventually } from "../interop/official-network.ts";
import { freePortEverywhere } from "../loopback-host.ts";
import { makeNodeNetwork, type NetworkNode, reached, sameChain } from "./node-network.ts";

test("a validator behind a sentry is unknown to the others, and signs", { timeout: 600_000 }, async () => {
  await using network = await makeNodeNetwork({ validators: 4, clients: 1 });
  const [hidden, ...others] = network.validators as [NetworkNode, ...NetworkNode[]];
  const [sentry] = network.clients as [NetworkNode];
  const controlPort = await freePortEverywhere();
  const texts = (nodes: readonly NetworkNode[]) => nodes.map(({ peerText }) => peerText);
  const clientKey = signerFromKeyPem(hidden.identity.sentryClientCertificate.keyPem).publicKey;

  await Promise.all([
    sentry.start({
      consensus: {
        sentry_upstream_addresses: [hidden.peerText],
        p2p: { persistent_peers: texts(others) },
      },
      sentry: { enabled: true, control: { port: controlPort, authorized_pubkeys: [toBase64(clientKey)] } },
    }),
    hidden.start({
      consensus: {
        external_address: "",
        p2p: { persistent_peers: [sentry.peerText], disable_peer_exchange: true },
      },
      runtime: {
        sentry_addresses: [`${toBase64(sentry.identity.tls.publicKey)}@127.0.0.1:${controlPort}`],
      },
    }),
    ...others.map((node) => {
      const known = [sentry, ...others.filter((other) => other !== node)];
      return node.start({ consensus: { p2p: { persistent_peers: texts(known) } } });
    }),
  ]);
  await reached(network.validators, 5n);

  // What it registers is where the sentry is, under the sentry's key.
  const { publicKey: id } = hidden.identity.node;
  await eventually(async () => {
    const node = await sentry.client.call("Registry", "GetNode", { height: 0n, id });
    return node.consensus.addresses?.map(formatConsensusAddress).join() === sentry.peerText;
  });
  // Nobody but the sentry has a connection to it.
  const hiddenId = nodeIdOf(hidden.identity.p2p.publicKey);
  const peersOf = async (node: NetworkNode) => (await node.status()).consensus!.p2p!.peers ?? [];
  for (const node of others) expect((await peersOf(node)).join()).not.toContain(hiddenId);
  expect(await peersOf(hidden)).toHaveLength(1);
  expect((await peersOf(sentry)).join()).toContain(hiddenId);

  // Without another one its votes are needed, and come through the sentry.
  await others[2]!.stop();
  const height = await sentry.height();
  const left = [hidden, others[0]!, others[1]!, sentry];
  await reached(left, height + 5n);
  expect(await sameChain(left)).toBeGreaterThanOrEqual(height + 5n);
});
