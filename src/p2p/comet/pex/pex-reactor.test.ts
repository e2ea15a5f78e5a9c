import { expect, test } from "vitest";
import { FakeClock } from "../../../../test/fake-clock.ts";
import { rawInfo } from "../../../../test/p2p/loopback-network.ts";
import { MemorySigner } from "../../../crypto/memory-signer.ts";
import { silentLogging } from "../../../telemetry/logger.ts";
import { AddressBook } from "../book/address-book.ts";
import { newBookKey } from "../book/address-book-file.ts";
import { netAddress } from "../net-address.ts";
import { nodeIdOf } from "../node-id.ts";
import type { Peer } from "../peer.ts";
import { systemRandom } from "../random.ts";
import { decodePexMessage, PEX_REQUEST } from "./pex-message.ts";
import { PexReactor } from "./pex-reactor.ts";

test("an inbound peer that asks in its first packet is told its own address", () => {
  const signer = MemorySigner.fromSeed(new Uint8Array(32).fill(7));
  const id = nodeIdOf(signer.publicKey);
  const clock = new FakeClock();
  const deps = { clock, random: systemRandom };
  const book = new AddressBook(
    {
      ownId: nodeIdOf(MemorySigner.generate().publicKey),
      privateIds: new Set(),
      isStrict: false,
      key: newBookKey(systemRandom),
    },
    deps,
  );
  const { channel } = new PexReactor(
    { isSeed: false, seeds: [], maxOutbound: 0, persistentMaxPauseMs: 0 },
    {
      ...{ ...deps, book, logger: silentLogging.logger("p2p") },
      resolve: () => Promise.reject(new Error("no names in tests")),
      network: {
        ...{ counts: { inbound: 0, outbound: 0, dialing: 0 }, peers: [], obstacleTo: () => null },
        ...{ isPersistent: () => false },
        dial: () => Promise.reject(new Error("nobody is dialed")),
        dialName: () => Promise.reject(new Error("nobody is dialed")),
      },
    },
  );
  const sent: Uint8Array[] = [];
  const nodeInfo = rawInfo(signer, { listenAddress: "tcp://203.0.113.7:26656" });
  const peer: Pick<Peer, "id" | "nodeInfo" | "direction" | "trySend"> = {
    ...{ id, nodeInfo, direction: "inbound" },
    trySend: (_, message) => sent.push(message) > 0,
  };
  channel.onPeer!(peer as Peer);
  channel.onMessage(peer as Peer, PEX_REQUEST);
  expect(decodePexMessage(sent[0]!)).toEqual({
    type: "addresses",
    addresses: [netAddress(id, "203.0.113.7", 26656)],
  });
});
