import type { OptionSpec } from "../command.ts";

/** Flags of the program itself. They are also accepted after any command. */
export const rootOptions: readonly OptionSpec[] = [
  { name: "config", value: "FILE", summary: "start a node with this configuration" },
  {
    name: "network",
    value: "NAME",
    summary: "mainnet, testnet or localnet: refuse any other genesis document",
  },
  { name: "datadir", value: "DIR", summary: "data directory; instead of the one in the configuration" },
  { name: "memory", value: "SIZE", summary: "memory of all caches together, such as 64mb" },
  { name: "log.level", value: "LEVEL", summary: "debug, info, warn or error, or module:level pairs" },
  { name: "log.format", value: "FORMAT", summary: "logfmt, json or human" },
  { name: "log.file", value: "FILE", summary: "append the log to a file" },
  {
    name: "debug.dont_blame_oasis",
    summary: "allow debug flags that are unsafe outside of tests",
    isHidden: true,
  },
  { name: "debug.allow_test_keys", summary: "accept the well-known test keys", isHidden: true },
  {
    name: "debug.allow_debug_enclaves",
    summary: "accept enclaves in debug mode, and no others",
    isHidden: true,
  },
  {
    name: "debug.skip_quote_verify",
    summary: "do not verify the signatures of enclaves' quotes",
    isHidden: true,
  },
  {
    name: "debug.tcb_lax_verify",
    summary: "accept enclaves on platforms that are out of date",
    isHidden: true,
  },
  { name: "debug.allow_root", summary: "run as root", isHidden: true },
  { name: "debug.rlimit", value: "N", summary: "accepted and not needed", isHidden: true },
];
