import { elements, key, listKey, mapKey, section } from "../keys.ts";
import * as kinds from "../kinds.ts";
import { NO_KEY_MANAGER, NO_PROFILING, NOT_NEEDED } from "./reasons.ts";

export const registration = section("Registering the node.", {
  entity: key(kinds.path, "", "The owner's `entity.json`."),
  entity_id: key(kinds.text, "", "The owner's public key in base64, in place of the file."),
});

export const storage = section("ParaTime state.", {
  backend: key(
    kinds.oneOf(["auto", "lmdb", "badger", "pathbadger"]),
    "auto",
    "Database. This node has one, `lmdb` (ours); the official names are accepted and mean the same.",
  ),
  max_cache_size: key(kinds.size, "256mb", "Memory for tree nodes.", { noEffectYet: NOT_NEEDED }),
  fetcher_count: key(kinds.count, "4", "Differences fetched at once from peers."),
  public_rpc_enabled: key(
    kinds.boolean,
    "false",
    "Answer everybody who reads of a ParaTime's state, with proofs; a compute node registers for it.",
  ),
  checkpoint_sync_disabled: key(
    kinds.boolean,
    "false",
    "Fetch a ParaTime's rounds one by one from the first on, where they are to be had, and no checkpoint.",
  ),
  checkpointer: section("Checkpoints of ParaTimes, as often as their descriptors say.", {
    enabled: key(kinds.boolean, "false", "Make checkpoints."),
    check_interval: key(kinds.duration, "1m0s", "Pause between looks whether one is due."),
    parallel_chunker: key(
      kinds.boolean,
      "false",
      "Cut checkpoints as the official node's parallel chunker does; they differ from the others'.",
    ),
  }),
});

export const keymanager = section("A key manager node.", {
  runtime_id: key(kinds.text, "", "Id of the key manager ParaTime.", { noEffectYet: NO_KEY_MANAGER }),
  private_peer_pub_keys: listKey(kinds.publicKey, [], "Peers that may always call protected methods.", {
    noEffectYet: NO_KEY_MANAGER,
  }),
  churp: section("CHURP.", {
    schemes: elements(
      section("A scheme.", { id: key(kinds.u8, "0", "The scheme's id.", { noEffectYet: NO_KEY_MANAGER }) }),
      "Schemes that this node takes part in.",
    ),
  }),
});

export const sentry = section(
  "A sentry node: it stands in front of validators, which register its address and stay unknown. `consensus.sentry_upstream_addresses` names them.",
  {
    enabled: key(
      kinds.boolean,
      "false",
      "Serve the control endpoint, where the nodes behind ask for the sentry's address.",
    ),
    control: section("The sentry's control endpoint, over TLS.", {
      port: key(kinds.port, "9009", "TCP port, on every address of this machine."),
      authorized_pubkeys: listKey(
        kinds.publicKey,
        [],
        "Keys that may connect: what `identity show-sentry-client-pubkey` prints at the nodes behind.",
      ),
    }),
  },
);

export const ias = section("Intel's attestation service.", {
  proxy_addresses: listKey(kinds.peer, [], "Proxies to the service, `<TLS public key>@host:port`.", {
    noEffect:
      "Intel ended the service behind these proxies in April 2025, enclaves attest by DCAP without one; the section may be left out",
  }),
  debug_skip_verify: key(
    kinds.boolean,
    "false",
    "Do not verify the signatures of the service's reports. Only with debug.dont_blame_oasis.",
  ),
});

export const pprof = section("Profiling.", {
  bind_address: key(kinds.listenAddress, "", "Address of the profiling endpoint; empty is off.", {
    noEffectYet: NO_PROFILING,
  }),
});

export const metrics = section("Metrics for Prometheus.", {
  mode: key(
    kinds.oneOf(["none", "pull", "push"]),
    "none",
    "`pull` serves them at `/metrics`, over HTTP; `push` sends them (not in this release).",
  ),
  address: key(
    kinds.listenAddress,
    "127.0.0.1:3000",
    "Where to serve or send them. Whoever reaches the address can read them.",
  ),
  job_name: key(kinds.text, "", "Job name when sending.", {
    noEffectYet: "this release only serves metrics",
  }),
  labels: mapKey(kinds.text, "Labels when sending.", { noEffectYet: "this release only serves metrics" }),
  interval: key(kinds.duration, "5s", "Pause between measurements of the process.", {
    noEffectYet: "everything is measured when it is read",
  }),
});
