import { testSigner } from "../../../crypto/memory-signer.ts";
import { silentLogging } from "../../../telemetry/logger.ts";
import { systemPeerClock } from "../../comet/clock.ts";
import { systemRandom } from "../../comet/random.ts";
import { CommitteeNetwork, type CommitteeNetworkDeps } from "../committee-network.ts";
import type { CommitteeNetworkOptions } from "../network-options.ts";
import { SeedNetwork } from "../seed-network.ts";

const loopback = {
  listen: { host: "127.0.0.1", port: 0 },
  announce: [],
  userAgent: "oasis-core/test",
  connections: { low: 100, high: 130, graceMs: 20_000 },
  persistentPeers: [],
  blockedIps: [],
  peersPath: null,
};

/** The real clock, randomness and sockets, and the test key of that name. */
export function networkDeps(name: string): CommitteeNetworkDeps {
  return {
    signer: testSigner(name),
    clock: systemPeerClock,
    random: systemRandom,
    logger: silentLogging.logger("p2p"),
  };
}

/** A node on loopback. */
export function testNetwork(name: string, options: Partial<CommitteeNetworkOptions> = {}): CommitteeNetwork {
  return new CommitteeNetwork(
    {
      ...loopback,
      chainContext: "00".repeat(32),
      seeds: [],
      retentionMs: 3600_000,
      gossip: { outboundQueue: 32, validateQueue: 32, perTopic: 1024, total: 8192 },
      ...options,
    },
    networkDeps(name),
  );
}

/** A seed on loopback that tells loopback addresses. */
export function testSeed(name: string): SeedNetwork {
  return new SeedNetwork({ ...loopback, allowPrivateIps: true, isAnswering: true }, networkDeps(name));
}
