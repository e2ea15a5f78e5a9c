import type { z } from "zod";
import { key, section } from "./keys.ts";
import * as kinds from "./kinds.ts";
import { NETWORK_NAMES } from "./networks/known-networks.ts";
import { PROFILES } from "./profile.ts";
import { api } from "./schema/api.ts";
import { common, debug, genesis } from "./schema/common.ts";
import { consensus } from "./schema/consensus.ts";
import { p2p } from "./schema/p2p.ts";
import { runtime } from "./schema/runtime.ts";
import { ias, keymanager, metrics, pprof, registration, sentry, storage } from "./schema/services.ts";

/**
 * The one declaration of the configuration: every key with its type, default and documentation, in the shape of the
 * official 26.1 file plus our additions. Readers, messages, the JSON Schema and the reference page derive from it.
 *
 * Property names are those of the file. Durations are milliseconds, sizes bytes.
 */
export const configSchema = section("Configuration of a node.", {
  mode: key(
    kinds.oneOf(["client", "validator", "compute", "observer", "keymanager", "seed", "archive"]),
    "client",
    "What the node is: `client` follows, `validator` and `compute` take part in consensus and in ParaTime committees.",
  ),
  profile: key(
    kinds.oneOf(["", ...Object.keys(PROFILES)]),
    "",
    "How much history is kept, where the sections `consensus.prune` and `runtime.prune` are not given: `validator` the newest 250,000 heights and rounds, `client` 400,000 (a month of Mainnet), `archive` and nothing all of it.",
    { addition: true },
  ),
  network: key(
    kinds.oneOf(["", ...NETWORK_NAMES]),
    "",
    "Which network this is to be: a genesis document of another one is refused, and where no seeds are given those of the network are used. Empty: the network of the genesis document, whatever it is.",
    { addition: true },
  ),
  common,
  genesis,
  consensus,
  runtime,
  p2p,
  registration,
  storage,
  api,
  metrics,
  keymanager,
  sentry,
  ias,
  pprof,
  debug,
});

/** The configuration of a node, complete and checked. */
export type Config = z.output<typeof configSchema>;
