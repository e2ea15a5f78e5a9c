import { key, listKey, section } from "../keys.ts";
import * as kinds from "../kinds.ts";
import { NOT_NEEDED } from "./reasons.ts";

export const consensus = section("The consensus layer.", {
  validator: key(kinds.boolean, "false", "Register as a validator besides what `mode` says."),
  listen_address: key(
    kinds.tcpUrl,
    "tcp://0.0.0.0:26656",
    'Address to listen on for consensus peers; "" for none.',
  ),
  external_address: key(
    kinds.tcpUrl,
    "",
    "Address that is told to consensus peers and registered, when it is not the one to listen on. Omit it behind a sentry node.",
  ),
  p2p: section("Connections to consensus peers.", {
    max_num_inbound_peers: key(kinds.count, "100", "Most peers that connected to us."),
    max_num_outbound_peers: key(kinds.count, "20", "Most peers that we connect to, persistent ones apart."),
    send_rate: key(kinds.count, "5120000", "Bytes per second sent on one connection."),
    recv_rate: key(kinds.count, "5120000", "Bytes per second received on one connection."),
    seeds: listKey(kinds.peer, [], "Seeds as the 21.x form has them, `<CometBFT id>@host:port`.", {
      addition: true,
    }),
    persistent_peers: listKey(kinds.peer, [], "Peers to stay connected to."),
    unconditional_peers: listKey(kinds.peerId, [], "Public keys of peers outside the limits."),
    disable_peer_exchange: key(kinds.boolean, "false", "Do not exchange peer addresses."),
    persistent_peers_max_dial_period: key(
      kinds.duration,
      "0s",
      "Longest pause between attempts to reach a persistent peer; 0 is no limit.",
    ),
  }),
  sentry_upstream_addresses: listKey(
    kinds.peer,
    [],
    "Nodes that this sentry node shields: it stays connected to them and tells nobody of them.",
  ),
  min_gas_price: key(kinds.u64, "0", "Least gas price at which this node takes transactions into its pool."),
  submission: section("The node's own transactions.", {
    gas_price: key(kinds.u64, "0", "Gas price to offer; the network's minimum when that is higher."),
    max_fee: key(kinds.u64, "10000000000", "Highest fee for one transaction; 0 is no limit."),
  }),
  block_production: section(
    "When this node proposes blocks. Only for networks whose one validator it is: the others would not keep up.",
    {
      on_demand: key(
        kinds.boolean,
        "false",
        "Propose as soon as there are transactions, instead of at the pace of the genesis document.",
        { addition: true },
      ),
      max_interval: key(kinds.duration, "1s", "With `on_demand`: longest time between blocks.", {
        addition: true,
      }),
    },
    { addition: true },
  ),
  halt_epoch: key(kinds.u64, "0", "Stop before this epoch; 0 is never."),
  halt_height: key(kinds.u64, "0", "Stop before this height; 0 is never."),
  upgrade_stop_delay: key(
    kinds.duration,
    "1m",
    "Mean delay before a node that halts for an upgrade, or at a configured height, stops. It goes on giving others what they lack; one that is alone or not at the head stops at once.",
  ),
  local_storage: key(
    kinds.boolean,
    "true",
    "Keep the consensus state here. `false`: nothing is kept, `providers` are asked for everything and the light client verifies what they answer; only in mode client, and no ParaTimes are run then.",
  ),
  prune: section("Deleting old consensus state and blocks, while the node runs.", {
    strategy: key(
      kinds.oneOf(["none", "keep_n"], { anyCase: true }),
      "none",
      "`keep_n` keeps the newest versions; nothing that a ParaTime's history is still to be made from is deleted.",
    ),
    num_kept: key(kinds.u64, "250000", "Versions to keep before the last one."),
    interval: key(kinds.duration, "2m0s", "Pause between prunings."),
  }),
  checkpointer: section(
    "State checkpoints for nodes that join. How often they are made and how many are kept is in the genesis document.",
    {
      disabled: key(kinds.boolean, "false", "Make none."),
      check_interval: key(kinds.duration, "1m0s", "Pause between looks whether one is due."),
      parallel_chunker: key(
        kinds.boolean,
        "false",
        "Cut checkpoints as the official node's parallel chunker does; they differ from the others'.",
      ),
    },
  ),
  state_sync: section("Starting from a checkpoint.", {
    enabled: key(
      kinds.boolean,
      "false",
      "Begin a new chain from a checkpoint of other nodes instead of from its first block.",
    ),
  }),
  light_client: section("The light client.", {
    trust: section("The block that is trusted at the start.", {
      period: key(kinds.duration, "720h", "How long a verified block is trusted."),
      height: key(kinds.u64, "0", "Height of the trusted block."),
      hash: key(kinds.hash, "", "Hash of the trusted block."),
      sources: listKey(
        kinds.text,
        [],
        "Nodes that are asked for light blocks: `unix:PATH`, `HOST:PORT` (TLS), `KEY@HOST:PORT` (TLS with that key) or `http://HOST:PORT`. Without `hash` two or more must agree on the block that is trusted.",
        { addition: true },
      ),
    }),
  }),
  providers: listKey(
    kinds.text,
    [],
    "Nodes to ask for light blocks, and with `local_storage: false` for everything; addresses as in `light_client.trust.sources`.",
  ),
  supplementary_sanity: section("Extra checks of the state, slow.", {
    enabled: key(kinds.boolean, "false", "Check every `interval` blocks.", { noEffectYet: NOT_NEEDED }),
    interval: key(kinds.u64, "10", "Blocks between checks.", { noEffectYet: NOT_NEEDED }),
  }),
  log_debug: key(kinds.boolean, "false", "Log the consensus engine in detail.", {
    noEffectYet: "set the level of module `chain` in common.log.level",
  }),
  debug: section("Switches for test networks.", {
    addr_book_lenient: key(
      kinds.boolean,
      "false",
      "Accept addresses that cannot be routed, with debug.dont_blame_oasis.",
    ),
    allow_duplicate_ip: key(
      kinds.boolean,
      "false",
      "Accept several peers from one address, with debug.dont_blame_oasis.",
    ),
    unsafe_replay_recover_corrupted_wal: key(kinds.boolean, "false", "Repair a damaged write-ahead log.", {
      noEffectYet: NOT_NEEDED,
    }),
    disable_addr_book_from_genesis: key(
      kinds.boolean,
      "false",
      "Seeds: ignore the genesis validators' addresses, with debug.dont_blame_oasis.",
    ),
  }),
});
