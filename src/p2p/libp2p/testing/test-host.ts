import { testSigner } from "../../../crypto/memory-signer.ts";
import { silentLogging } from "../../../telemetry/logger.ts";
import { systemPeerClock } from "../../comet/clock.ts";
import { Host, type ServedProtocol } from "../host/host.ts";
import type { HostOptions } from "../host/host-options.ts";
import type { KnownPeer } from "../known-peer.ts";

/** A host on loopback with the test key of that name. */
export function testHost(name: string, options: Partial<HostOptions> = {}): Host {
  return new Host(
    {
      listen: { host: "127.0.0.1", port: 0 },
      announce: [],
      userAgent: "oasis-core/test",
      connections: { low: 100, high: 130, graceMs: 20_000 },
      persistentPeers: [],
      blockedIps: [],
      gossip: null,
      ...options,
    },
    {
      signer: testSigner(name),
      clock: systemPeerClock,
      logger: silentLogging.logger("p2p"),
    },
  );
}

/** Starts a host that is stopped when the scope ends. */
export async function startHost(
  host: Host,
  served: readonly ServedProtocol[] = [],
): Promise<AsyncDisposable & { readonly known: KnownPeer }> {
  await host.start(served);
  return {
    known: { id: host.id, addresses: host.addresses },
    [Symbol.asyncDispose]: () => host.stop(),
  };
}

/** Resolves when a connected peer announces the protocol. */
export async function announced(host: Host, protocol: string): Promise<void> {
  if (host.peers.supporting(protocol).length > 0) return;
  await new Promise<void>((resolve) => {
    const dispose = host.peers.changes.subscribe(({ protocols }) => {
      if (!protocols.has(protocol)) return;
      dispose();
      resolve();
    });
  });
}
