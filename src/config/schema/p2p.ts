import { key, listKey, section } from "../keys.ts";
import * as kinds from "../kinds.ts";
import { NOT_NEEDED } from "./reasons.ts";

export const p2p = section("The peer-to-peer network of ParaTime nodes.", {
  port: key(
    kinds.port,
    "9200",
    "TCP port for peers; registered with the addresses of this machine when none are given.",
  ),
  seeds: listKey(kinds.peer, [], "Nodes to learn peers from, also consensus peers."),
  discovery: section("Finding peers.", {
    bootstrap: section("Asking seeds for peers.", {
      enable: key(kinds.boolean, "true", "Ask seeds, and answer as a seed."),
      allow_private_ips: key(kinds.boolean, "false", "Seeds: tell of peers with private addresses, too."),
      retention_period: key(kinds.duration, "1h0m0s", "How long what a seed said is used."),
    }),
  }),
  registration: section("What is registered.", {
    addresses: listKey(
      kinds.ipPort,
      [],
      "Addresses at which other nodes reach this one. Where that is one on loopback, the node listens there alone.",
    ),
  }),
  gossipsub: section("Publishing.", {
    peer_outbound_queue_size: key(kinds.count, "32", "Messages that wait for one peer."),
    validate_queue_size: key(kinds.count, "32", "Messages that wait for validation."),
    validate_concurrency: key(kinds.count, "1024", "Validations at once in one topic."),
    validate_throttle: key(kinds.count, "8192", "Validations at once."),
  }),
  peer_manager: section("Keeping connected.", {
    connectedness_low_water: key(
      kinds.fraction,
      "0.2",
      "Share of connected peers below which more are looked for.",
      { noEffectYet: NOT_NEEDED },
    ),
  }),
  connection_manager: section("Connections.", {
    max_num_peers: key(
      kinds.count,
      "100",
      "Peers beyond which connections are closed, when they are 30 more.",
    ),
    peer_grace_period: key(kinds.duration, "20s", "Time for which a new peer is not dropped."),
    persistent_peers: listKey(kinds.peer, [], "Peers to stay connected to."),
  }),
  connection_gater: section("Refusing connections.", {
    blocked_peers: listKey(kinds.ip, [], "Addresses that are refused."),
  }),
});
