/** The modules of libp2p that a host is made of. */
export type Library = Awaited<ReturnType<typeof loadLibrary>>;

/**
 * Loads libp2p. Not a plain import: it takes some 14 MB, which a node without peers need not pay.
 */
export async function loadLibrary() {
  const [main, transport, encryption, muxer, identification, pinging, publishing, keys, ids, multiaddrs] =
    await Promise.all([
      import("libp2p"),
      import("@libp2p/tcp"),
      import("@libp2p/noise"),
      import("@libp2p/yamux"),
      import("@libp2p/identify"),
      import("@libp2p/ping"),
      import("@libp2p/gossipsub"),
      import("@libp2p/crypto/keys"),
      import("@libp2p/peer-id"),
      import("@multiformats/multiaddr"),
    ]);
  return {
    createLibp2p: main.createLibp2p,
    tcp: transport.tcp,
    noise: encryption.noise,
    yamux: muxer.yamux,
    identify: identification.identify,
    identifyPush: identification.identifyPush,
    ping: pinging.ping,
    gossipsub: publishing.gossipsub,
    publicKeyFromRaw: keys.publicKeyFromRaw,
    peerIdFromString: ids.peerIdFromString,
    multiaddr: multiaddrs.multiaddr,
  };
}
