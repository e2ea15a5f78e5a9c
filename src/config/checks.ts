import { toHex } from "../codec/bytes.ts";
import { parsePublicKey } from "../types/address.ts";
import type { Config } from "./schema.ts";
import type { PathStep } from "./yaml-text.ts";

/** A rule between keys that is broken, and the key to show. */
export interface BrokenRule {
  readonly path: readonly PathStep[];
  readonly message: string;
}

const SUPPORTED_MODES: readonly Config["mode"][] = ["client", "validator", "compute", "seed", "archive"];
const MAX_INSTANCES = 128;
const MIN_PRUNE_INTERVAL_MS = 1000;

/** Checks what concerns more than one key. oasis-core v26.1: the `Validate` methods of the configuration packages. */
export function checkRules(config: Config): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const rule = (isBroken: boolean, path: string, message: string) => {
    if (isBroken) broken.push({ path: path.split("."), message });
  };
  const { mode, common, genesis, consensus, registration, metrics } = config;
  rule(
    !SUPPORTED_MODES.includes(mode),
    "mode",
    `"${mode}" is not supported in this release; it can be ${SUPPORTED_MODES.join(", ")}`,
  );
  rule(
    common.data_dir === "",
    "common.data_dir",
    "must be set: the folder where the node keeps its keys and its state",
  );
  rule(genesis.file === "", "genesis.file", "must be set: the network's genesis document");
  rule(
    consensus.halt_epoch > 0n && consensus.halt_height > 0n,
    "consensus.halt_height",
    "only one of halt_height and halt_epoch can be set",
  );
  const { trust } = consensus.light_client;
  rule(
    consensus.state_sync.enabled && trust.hash === "" && trust.sources.length < 2,
    "consensus.state_sync.enabled",
    "needs a block to trust: consensus.light_client.trust.height and .hash, or two nodes that must agree in .sources",
  );
  const isStateless = !consensus.local_storage;
  rule(
    isStateless && mode !== "client",
    "consensus.local_storage",
    `a node in mode ${mode} keeps the consensus state; without it there is only mode client`,
  );
  rule(
    isStateless && consensus.validator,
    "consensus.validator",
    "a validator keeps the consensus state: set local_storage to true",
  );
  rule(
    isStateless && consensus.state_sync.enabled,
    "consensus.state_sync.enabled",
    "without local_storage there is no state to restore",
  );
  rule(
    isStateless && new Set([...consensus.providers, ...trust.sources]).size < 2,
    "consensus.providers",
    "without local_storage two nodes at least must be named: what one answers is compared with the other",
  );
  rule(
    isStateless && trust.hash === "" && trust.sources.length < 2,
    "consensus.light_client.trust.hash",
    "without local_storage there must be a block to trust: height and hash, or two nodes that must agree in sources",
  );
  rule(
    trust.hash !== "" && trust.height === 0n,
    "consensus.light_client.trust.height",
    "must be set with the hash",
  );
  rule(trust.hash !== "" && trust.period === 0, "consensus.light_client.trust.period", "must be positive");
  rule(
    consensus.supplementary_sanity.enabled && consensus.supplementary_sanity.interval === 0n,
    "consensus.supplementary_sanity.interval",
    "must be positive",
  );
  rule(
    registration.entity !== "" && registration.entity_id !== "",
    "registration.entity_id",
    "only one of entity and entity_id can be set",
  );
  rule(
    registration.entity_id !== "" && parsePublicKey(registration.entity_id) === null,
    "registration.entity_id",
    "expected a public key: 32 bytes in base64",
  );
  rule(
    consensus.prune.strategy === "keep_n" && consensus.prune.num_kept === 0n,
    "consensus.prune.num_kept",
    "must be positive: the state machine looks at the block before the last one",
  );
  rule(metrics.mode === "push", "metrics.mode", "this release only serves metrics, use pull");
  rule(metrics.mode === "pull" && metrics.address === "", "metrics.address", "must be set in mode pull");
  return [...broken, ...checkRuntimeRules(config)];
}

function checkRuntimeRules({ mode, runtime, debug }: Config): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const rule = (isBroken: boolean, path: readonly PathStep[], message: string) => {
    if (isBroken) broken.push({ path: ["runtime", ...path], message });
  };
  rule(runtime.provisioner === "mock", ["provisioner"], "mock is not supported, use sandboxed");
  rule(
    runtime.provisioner === "unconfined" && !debug.dont_blame_oasis,
    ["provisioner"],
    "unconfined gives a ParaTime everything this user may do, and needs --debug.dont_blame_oasis",
  );
  rule(
    runtime.provisioner === "sandboxed" && runtime.sandbox_binary === "",
    ["sandbox_binary"],
    "must be set: the Bubblewrap program, usually /usr/bin/bwrap",
  );
  rule(
    runtime.prune.strategy === "keep_last" && runtime.prune.interval < MIN_PRUNE_INTERVAL_MS,
    ["prune", "interval"],
    "must be at least 1s",
  );
  rule(
    runtime.load_balancer.num_instances > MAX_INSTANCES,
    ["load_balancer", "num_instances"],
    `must be at most ${MAX_INSTANCES}`,
  );
  const count = runtime.runtimes.length + runtime.paths.length;
  rule(
    mode === "compute" && count === 0,
    ["runtimes"],
    "a compute node needs at least one ParaTime here or in runtime.paths",
  );
  rule(
    mode === "validator" && count > 0 && !debug.dont_blame_oasis,
    ["runtimes"],
    "a node in mode validator runs no ParaTimes; use mode compute with consensus.validator",
  );
  rule(mode === "seed" && count > 0, ["runtimes"], "a seed runs no ParaTimes");
  const seen = new Set<string>();
  for (const [i, { id }] of runtime.runtimes.entries()) {
    rule(seen.has(toHex(id)), ["runtimes", i, "id"], "this ParaTime is listed twice");
    seen.add(toHex(id));
  }
  return broken;
}
