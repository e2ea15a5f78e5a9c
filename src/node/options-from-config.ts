import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SentryEndpoint } from "../api/sentry/ask-sentry.ts";
import type { ListenerOptions } from "../api/server.ts";
import type { BlockPacing } from "../chain/rounds/timing.ts";
import { fromHex, toHex } from "../codec/bytes.ts";
import type { Namespace, PublicKey } from "../codec/common-types.ts";
import { QanatError } from "../codec/errors.ts";
import { fromJsonText } from "../codec/schema.ts";
import { networkByName } from "../config/networks/known-networks.ts";
import type { Config } from "../config/schema.ts";
import { readBundle } from "../runtime/bundle/read-bundle.ts";
import { MAX_OUTGOING_BYTES } from "../runtime/protocol/connection.ts";
import { parsePublicKey } from "../types/address.ts";
import { Entity } from "../types/entity.ts";
import { splitHostPort } from "../types/ip.ts";
import { committeePeerOptions, registeredP2PAddresses } from "./committee-peer-options.ts";
import type { Checkpoints, HostedRuntime, NodeOptions, Pruning } from "./node-options.ts";
import type { TrustOptions } from "./open-light-client.ts";
import { consensusPeerOptions, registeredConsensusAddresses } from "./peer-options.ts";
import { quoteRules } from "./quote-rules.ts";

/** Transactions in one message to a ParaTime: half of what a message may hold leaves room for all else in it. */
const maxPoolMessageBytes = MAX_OUTGOING_BYTES / 2;
/** Threads of the parallel chunker: the same on all nodes, since its checkpoints differ with it (facts/runtime.md 6.5). */
const chunkerThreads = 12;
/** Memory for transactions in one ParaTime's pool. The official node bounds their number only. */
const maxPoolBytes = 256 * 1024 * 1024;

/**
 * What a node is built from, out of its configuration. Reads the files that the configuration names.
 * @throws QanatError `config/file` when one of them cannot be read or does not hold what it should
 */
export function optionsFromConfig(config: Config): NodeOptions {
  const { common, consensus, runtime, debug } = config;
  return {
    dataDir: common.data_dir,
    genesisFile: config.genesis.file,
    cacheBytes: common.memory,
    network: networkByName(config.network),
    mode: config.mode,
    debug: {
      dontBlameOasis: debug.dont_blame_oasis,
      allowTestKeys: debug.allow_test_keys,
      allowRoot: common.debug.allow_root,
      quoteRules: quoteRules(config),
    },
    logging: {
      levels: common.log.level,
      format: common.log.format,
      file: common.log.file === "" ? null : common.log.file,
    },
    validator: consensus.validator || config.mode === "validator",
    consensusAddresses: registeredConsensusAddresses(config),
    consensusPeers: consensusPeerOptions(config),
    p2pAddresses: registeredP2PAddresses(config),
    committeePeers: committeePeerOptions(config),
    pacing: pacing(consensus.block_production),
    minGasPrice: consensus.min_gas_price,
    halt: { height: consensus.halt_height, epoch: consensus.halt_epoch },
    upgradeStopDelayMs: consensus.upgrade_stop_delay,
    pruneConsensus: consensus.prune.strategy === "none" ? null : pruning(consensus.prune),
    checkpointConsensus: consensus.checkpointer.disabled ? null : checkpoints(consensus.checkpointer),
    checkpointRounds: config.storage.checkpointer.enabled ? checkpoints(config.storage.checkpointer) : null,
    pruneRounds: runtime.prune.strategy === "none" ? null : pruning(runtime.prune),
    stateSync: consensus.state_sync.enabled,
    trust: trust(consensus.light_client.trust),
    localStorage: consensus.local_storage,
    providers: consensus.providers,
    submission: { gasPrice: consensus.submission.gas_price, maxFee: consensus.submission.max_fee },
    entityId: entityId(config.registration),
    sentries: runtime.sentry_addresses.map(sentryEndpoint),
    sentryControl: config.sentry.enabled
      ? { port: config.sentry.control.port, authorizedKeys: config.sentry.control.authorized_pubkeys }
      : null,
    runtimes: hostedRuntimes(runtime),
    compute: config.mode === "compute",
    processHost: runtime.provisioner === "unconfined" ? "unconfined" : "sandbox",
    sandboxBinary: runtime.sandbox_binary,
    maxRuntimeLogSize: runtime.log.max_log_size,
    txPool: {
      capacity: runtime.tx_pool.schedule_max_tx_pool_size,
      seenCapacity: runtime.tx_pool.schedule_tx_cache_size,
      checkBatchSize: runtime.tx_pool.check_tx_max_batch_size,
      recheckInterval: runtime.tx_pool.recheck_interval,
      maxMessageBytes: maxPoolMessageBytes,
      maxBytes: maxPoolBytes,
    },
    isStatePublic: config.storage.public_rpc_enabled,
    republishMs: runtime.tx_pool.republishinterval,
    fetchers: config.storage.fetcher_count,
    checkpointSync: !config.storage.checkpoint_sync_disabled,
    listeners: listeners(config),
    metrics: config.metrics.mode === "pull" ? hostAndPort(config.metrics.address) : null,
  };
}

function listeners({ common, api }: Config): ListenerOptions[] {
  const path =
    common.internal_socket_path === "" ? join(common.data_dir, "internal.sock") : common.internal_socket_path;
  const list: ListenerOptions[] = [{ address: { kind: "unix", path }, methods: ["*"], web: null }];
  if (api.grpc.listen_address !== "") {
    list.push({ address: tcp(api.grpc.listen_address), methods: api.grpc.methods, web: null });
  }
  if (api.http.listen_address !== "") {
    const web = { origins: api.http.cors_origins };
    list.push({ address: tcp(api.http.listen_address), methods: api.http.methods, web });
  }
  return list;
}

function tcp(text: string): { kind: "tcp"; host: string; port: number } {
  return { kind: "tcp", ...hostAndPort(text) };
}

function hostAndPort(text: string): { host: string; port: number } {
  const parts = splitHostPort(text);
  if (parts === null)
    throw new QanatError("config/address", `"${text}" is not an address like 127.0.0.1:8080`);
  return { host: parts.host, port: Number(parts.port) };
}

/** @param text that the configuration's reader has checked */
function sentryEndpoint(text: string): SentryEndpoint {
  const at = text.indexOf("@");
  return { publicKey: parsePublicKey(text.slice(0, at))!, ...hostAndPort(text.slice(at + 1)) };
}

function pacing({ on_demand, max_interval }: Config["consensus"]["block_production"]): BlockPacing | null {
  return on_demand ? { kind: "on-demand", maxIntervalMs: max_interval } : null;
}

function pruning({ num_kept, interval }: Config["consensus"]["prune"] | Config["runtime"]["prune"]): Pruning {
  return { numKept: num_kept, intervalMs: interval };
}

function checkpoints({
  check_interval,
  parallel_chunker,
}: Pick<Config["consensus"]["checkpointer"], "check_interval" | "parallel_chunker">): Checkpoints {
  return { intervalMs: check_interval, threads: parallel_chunker ? chunkerThreads : 0 };
}

function trust({
  period,
  height,
  hash,
  sources,
}: Config["consensus"]["light_client"]["trust"]): TrustOptions {
  const root = hash === "" ? null : { height, hash: fromHex(hash) };
  return { periodMs: period, root, height, sources };
}

function entityId({ entity, entity_id }: Config["registration"]): PublicKey | null {
  if (entity_id !== "") return parsePublicKey(entity_id);
  if (entity === "") return null;
  return readConfigured(
    entity,
    "registration.entity",
    (path) => fromJsonText(Entity, readFileSync(path, "utf8")).id,
    "put the entity.json of your entity there, which `oasis-node registry entity init` has written, or name the entity by registration.entity_id",
  );
}

/** ParaTimes of which the node has the program: listed one by one, or only by their bundles. */
export function hostedRuntimes(runtime: Config["runtime"]): HostedRuntime[] {
  const bundles = new Map<string, { runtimeId: Namespace; path: string }>();
  for (const path of runtime.paths) {
    const runtimeId = readConfigured(path, "runtime.paths", (file) => readBundle(file).manifest.id);
    bundles.set(toHex(runtimeId), { runtimeId, path });
  }
  const hosted: HostedRuntime[] = [];
  for (const { id, executable, config } of runtime.runtimes) {
    const bundle = bundles.get(toHex(id));
    bundles.delete(toHex(id));
    const path = executable === "" ? bundle?.path : executable;
    if (path === undefined) {
      throw new QanatError(
        "config/runtime",
        `there is no program for ParaTime ${toHex(id)}: name its executable or bundle in runtime.paths`,
      );
    }
    hosted.push({ runtimeId: id, path, localConfig: config });
  }
  return [...hosted, ...[...bundles.values()].map((bundle) => ({ ...bundle, localConfig: {} }))];
}

function readConfigured<T>(path: string, key: string, read: (path: string) => T, remedy = ""): T {
  try {
    return read(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `${key}: ${path} cannot be used: ${reason}${remedy === "" ? "" : `; ${remedy}`}`;
    throw new QanatError("config/file", text, {}, { cause });
  }
}
