import { z } from "zod";
import { elements, freeKey, key, listKey, requiredKey, section } from "../keys.ts";
import * as kinds from "../kinds.ts";
import { Scalar } from "../scalar.ts";
import { NO_DOWNLOAD, NO_TEE, NOT_NEEDED } from "./reasons.ts";

/** Where the official network publishes bundles. */
const BUNDLE_REGISTRY = "https://raw.githubusercontent.com/oasisprotocol/bundle-registry/main/metadata/";

const tee = { noEffectYet: NO_TEE };
const download = { noEffectYet: NO_DOWNLOAD };

const component = section("A component of a ParaTime.", {
  id: key(kinds.text, "ronl", "Which component: `ronl`, or `rofl.<name>`."),
  tee: key(kinds.oneOf(["", "none", "sgx", "tdx"]), "", "Trusted hardware to run it in; empty chooses.", tee),
  disabled: key(kinds.boolean, "false", "Do not run it."),
  networking: section("Its network.", {
    incoming: elements(
      section("A port of the host that leads to the component.", {
        ip: key(kinds.text, "", "Address of the host; empty is every address.", tee),
        protocol: key(kinds.oneOf(["", "tcp", "udp"]), "", "Empty is `tcp`.", tee),
        src_port: key(kinds.port, "0", "Port of the host.", tee),
        dst_port: key(kinds.port, "0", "Port in the component; 0 is the same.", tee),
      }),
      "Ports of the host that lead to the component.",
    ),
  }),
  permissions: listKey(
    kinds.oneOf(["bundle_add", "bundle_remove", "volume_add", "volume_remove", "log_view"]),
    [],
    "What the component may ask of the host.",
    tee,
  ),
  config: freeKey("Passed to the component as it is."),
});

const runtimes = elements(
  section("A ParaTime.", {
    id: requiredKey(kinds.runtimeId, "The ParaTime's id. Put it in quotes."),
    executable: key(
      kinds.path,
      "",
      "The ParaTime's program, an ELF file; in place of a bundle, as in the 21.x form.",
      { addition: true },
    ),
    signature: key(kinds.path, "", "Detached signature of the program for trusted hardware.", {
      addition: true,
      ...tee,
    }),
    components: elements(
      z.preprocess((raw) => (raw instanceof Scalar ? { id: raw } : raw), component),
      "The ParaTime's components; a component's id alone enables it.",
      download,
    ),
    config: freeKey("Passed to the ParaTime as it is."),
    registries: listKey(kinds.url, [], "Where to look for its bundles.", download),
  }),
  "ParaTimes that this node follows, and runs when it has their program.",
);

export const runtime = section("ParaTimes.", {
  runtimes,
  paths: listKey(kinds.path, [], "Bundles (`.orc` files) of ParaTimes to run."),
  provisioner: key(
    kinds.oneOf(["sandboxed", "unconfined", "mock"]),
    "sandboxed",
    "How ParaTimes run: in a Bubblewrap sandbox, or `unconfined` as plain processes (test networks only).",
  ),
  sandbox_binary: key(kinds.path, "/usr/bin/bwrap", "The Bubblewrap program."),
  sgx_loader: key(kinds.path, "", "Loader for enclaves.", { ...tee, deprecated: "runtime.sgx.loader" }),
  environment: key(kinds.oneOf(["auto", "sgx", "sgx-mock"]), "auto", "Hardware that ParaTimes run in.", tee),
  prune: section("Deleting old rounds of ParaTimes, their blocks and states, while the node runs.", {
    strategy: key(
      kinds.oneOf(["none", "keep_last"], { anyCase: true }),
      "none",
      "`keep_last` keeps the newest rounds; the last one with results always stays on compute nodes.",
    ),
    interval: key(kinds.duration, "2m0s", "Pause between prunings, at least 1s."),
    num_kept: key(kinds.u64, "250000", "Rounds to keep."),
  }),
  indexer: section("The history's indexer.", {
    batch_size: key(kinds.count, "1000", "Blocks in one batch of a re-index.", { noEffectYet: NOT_NEEDED }),
  }),
  config: freeKey("Configuration of ParaTimes by id.", { deprecated: "runtime.runtimes[].config" }),
  sentry_addresses: listKey(
    kinds.tlsPeer,
    [],
    "Control endpoints of the sentry nodes in front of this node, by their TLS keys (`identity show-tls-pubkey` there): it registers their addresses in place of its own.",
  ),
  tx_pool: section("The pool of ParaTime transactions.", {
    schedule_max_tx_pool_size: key(kinds.count, "50000", "Most transactions that wait to be executed."),
    schedule_tx_cache_size: key(kinds.count, "100000", "Transactions remembered to refuse duplicates."),
    check_tx_max_batch_size: key(kinds.count, "128", "Most transactions checked in one call."),
    recheck_interval: key(kinds.u64, "5", "Rounds after which waiting transactions are checked again."),
    republishinterval: key(
      kinds.duration,
      "1m0s",
      "Pause before a transaction is told to peers again; at least 125 s, for peers drop what they heard two minutes ago.",
    ),
  }),
  pre_warm_epochs: key(kinds.u64, "3", "Epochs before a new version is due at which it is started.", {
    noEffectYet: NOT_NEEDED,
  }),
  attest_interval: key(kinds.duration, "0s", "Pause between attestations; 0 chooses.", tee),
  load_balancer: section("Several processes for one ParaTime.", {
    num_instances: key(kinds.count, "0", "Processes; 0 and 1 are one.", {
      noEffectYet: "one process runs a ParaTime",
    }),
  }),
  registries: listKey(kinds.url, [BUNDLE_REGISTRY], "Where to look for bundles.", download),
  max_bundle_size: key(kinds.text, "", "Largest bundle to download, such as `20mb`.", download),
  debug_mock_tee: key(kinds.boolean, "false", "Pretend to have trusted hardware.", tee),
  sgx: section("Intel SGX.", { loader: key(kinds.path, "", "Loader for enclaves.", tee) }),
  tdx: section("Intel TDX.", {
    cid_start: key(kinds.u32, "2769616896", "First VSOCK address for virtual machines.", tee),
    cid_count: key(kinds.u32, "1024", "Number of VSOCK addresses.", tee),
  }),
  log: section("The ParaTimes' own logs.", {
    max_log_size: key(kinds.integer(1024, 1 << 30), "1048576", "Bytes kept of a ParaTime's log."),
  }),
});
