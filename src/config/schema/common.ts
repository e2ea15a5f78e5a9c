import { key, mapKey, section } from "../keys.ts";
import * as kinds from "../kinds.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

export const common = section("The node as a process.", {
  data_dir: key(kinds.path, "", "Folder where the node keeps its keys and its state. Must be given."),
  internal_socket_path: key(
    kinds.path,
    "",
    "Unix socket for control and API calls; anyone who can open it controls the node. Empty: `internal.sock` in the data folder.",
  ),
  memory: key(
    kinds.sizeFromMb(4),
    "48mb",
    "Memory of all caches together: decoded nodes of the consensus state and of the ParaTimes' states, and signatures that were verified. Flag `--memory`. The process itself takes some 100 MB more; pages of the database that the system keeps in memory are not counted.",
    { addition: true },
  ),
  log: section("The log.", {
    file: key(
      kinds.path,
      "",
      "Append the log to this file, relative to the data folder. Empty: standard error.",
    ),
    format: key(
      kinds.oneOf(["logfmt", "json", "human"], { anyCase: true }),
      "logfmt",
      "Form of the lines: `logfmt` and `json` for machines, `human` (ours) for a terminal.",
    ),
    level: mapKey(
      kinds.oneOf(LEVELS, { anyCase: true }),
      "Least level that is logged, by module; the longest matching prefix of a module's name counts, `default` is for the rest.",
    ),
  }),
  debug: section("Switches for test set-ups.", {
    allow_root: key(kinds.boolean, "false", "Start even as the superuser."),
    rlimit: key(
      kinds.u64,
      "0",
      "Least number of file descriptors the node asks for; 0 leaves the system's limit.",
    ),
  }),
});

export const genesis = section("The network.", {
  file: key(kinds.path, "genesis.json", "The network's genesis document."),
});

export const debug = section(
  "Unsafe switches for test networks. The official node has them as command-line flags.",
  {
    dont_blame_oasis: key(kinds.boolean, "false", "Allow what no real network allows.", { addition: true }),
    allow_test_keys: key(kinds.boolean, "false", "Accept keys whose secrets everybody knows.", {
      addition: true,
    }),
    allow_debug_enclaves: key(
      kinds.boolean,
      "false",
      "Accept enclaves in debug mode, whose memory their host can read, and no others.",
      { addition: true },
    ),
    skip_quote_verify: key(
      kinds.boolean,
      "false",
      "Do not verify the signatures and certificates of enclaves' quotes.",
      { addition: true },
    ),
    tcb_lax_verify: key(
      kinds.boolean,
      "false",
      "Accept enclaves on platforms that are out of date or need configuration.",
      { addition: true },
    ),
  },
  { addition: true },
);
