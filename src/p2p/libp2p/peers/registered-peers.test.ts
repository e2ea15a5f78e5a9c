import { expect, test } from "vitest";
import { testSigner } from "../../../crypto/memory-signer.ts";
import { parseAddress } from "../../../types/address.ts";
import { Node } from "../../../types/node.ts";
import { ROLE_VALIDATOR } from "../../../types/roles.ts";
import { peerIdOf } from "../peer-id.ts";
import { protocolId } from "../protocol-names.ts";
import { RegisteredPeers } from "./registered-peers.ts";

const chain = "ab".repeat(32);
const light = protocolId(chain, "light", 1);

function node(name: string, ...addresses: string[]): Node {
  const p2p = { id: testSigner(name).publicKey, addresses: addresses.map((text) => parseAddress(text)!) };
  return { ...Node.zero(), roles: ROLE_VALIDATOR, p2p };
}

test("nodes of the registry as peers, the latest of each", () => {
  const registered = new RegisteredPeers(chain);
  registered.replace([node("a", "10.0.0.1:9200"), node("b", "[::1]:9200")]);
  registered.update(node("a", "10.0.0.2:9200", ":9200"));
  expect(registered.serving(light)).toEqual([
    { id: peerIdOf(testSigner("a").publicKey), addresses: ["/ip4/10.0.0.2/tcp/9200"] },
    { id: peerIdOf(testSigner("b").publicKey), addresses: ["/ip6/::1/tcp/9200"] },
  ]);
  expect(registered.serving("other")).toEqual([]);
  registered.replace([node("c")]);
  expect(registered.size).toBe(1);
});
