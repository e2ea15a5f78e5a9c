/** What became of a key of the 21.x form. */
export interface ClassicKey {
  /** Key of the 26.1 form that takes its value; undefined when none does. */
  readonly to?: string;
  /** Without `to`: why the key has no effect. */
  readonly reason?: string;
}

const KEYS_IN_FILES = "keys are read from files in the data folder";
const NO_TRACING = "tracing was removed in 21.3";
const NO_OLD_GRPC = "since 23.0 nodes reach one another by P2P only";
const ALWAYS_ON = "it is always on";
const OBSOLETE = "it was removed before 26.1";
const CRASH_POINTS = "this node has no crash points";

const T = "consensus.tendermint";

/**
 * Every key that the 21.2.8 node knows (facts/classic-config.md section 2), and the keys that later releases renamed
 * without ever being in a 26.1 file.
 */
export const classicKeys: ReadonlyMap<string, ClassicKey> = new Map([
  moved("datadir", "common.data_dir"),
  moved("log.file", "common.log.file"),
  moved("log.format", "common.log.format"),
  moved("log.level", "common.log.level"),
  moved("genesis.file", "genesis.file"),
  moved("consensus.validator", "consensus.validator"),
  moved("debug.dont_blame_oasis", "debug.dont_blame_oasis"),
  moved("debug.allow_test_keys", "debug.allow_test_keys"),
  gone("debug.test_entity", "name the entity in worker.registration.entity"),
  moved("debug.rlimit", "common.debug.rlimit"),
  moved("debug.grpc.internal.socket_path", "common.internal_socket_path"),
  gone("grpc.log.debug", "set the level of module api in log.level"),
  gone("address", "it is for commands that talk to a node"),
  gone("wait", "it is for commands that talk to a node"),
  gone("badger.migrate.num_go_routines", OBSOLETE),

  gone("signer.backend", KEYS_IN_FILES),
  gone("signer.remote.address", KEYS_IN_FILES),
  gone("signer.remote.client.certificate", KEYS_IN_FILES),
  gone("signer.remote.client.key", KEYS_IN_FILES),
  gone("signer.remote.server.certificate", KEYS_IN_FILES),
  gone("signer.composite.backends", KEYS_IN_FILES),
  gone("signer.plugin.name", KEYS_IN_FILES),
  gone("signer.plugin.path", KEYS_IN_FILES),
  gone("signer.plugin.config", KEYS_IN_FILES),

  moved("metrics.mode", "metrics.mode"),
  moved("metrics.address", "metrics.address"),
  moved("metrics.job_name", "metrics.job_name"),
  moved("metrics.labels", "metrics.labels"),
  moved("metrics.interval", "metrics.interval"),
  gone("tracing.enabled", NO_TRACING),
  gone("tracing.reporter.flush_interval", NO_TRACING),
  gone("tracing.reporter.agent_addr", NO_TRACING),
  gone("tracing.sampler.param", NO_TRACING),
  moved("pprof.bind", "pprof.bind_address"),

  moved(`${T}.mode`, "mode"),
  moved(`${T}.core.listen_address`, "consensus.listen_address"),
  moved(`${T}.core.external_address`, "consensus.external_address"),
  moved(`${T}.p2p.seed`, "consensus.p2p.seeds"),
  moved(`${T}.p2p.persistent_peer`, "consensus.p2p.persistent_peers"),
  moved(`${T}.p2p.persistent_peers_max_dial_period`, "consensus.p2p.persistent_peers_max_dial_period"),
  moved(`${T}.p2p.unconditional_peer_ids`, "consensus.p2p.unconditional_peers"),
  moved(`${T}.p2p.disable_peer_exchange`, "consensus.p2p.disable_peer_exchange"),
  moved(`${T}.p2p.max_num_inbound_peers`, "consensus.p2p.max_num_inbound_peers"),
  moved(`${T}.p2p.max_num_outbound_peers`, "consensus.p2p.max_num_outbound_peers"),
  moved(`${T}.p2p.send_rate`, "consensus.p2p.send_rate"),
  moved(`${T}.p2p.recv_rate`, "consensus.p2p.recv_rate"),
  moved(`${T}.sentry.upstream_address`, "consensus.sentry_upstream_addresses"),
  moved(`${T}.abci.prune.strategy`, "consensus.prune.strategy"),
  moved(`${T}.abci.prune.num_kept`, "consensus.prune.num_kept"),
  moved(`${T}.checkpointer.disabled`, "consensus.checkpointer.disabled"),
  moved(`${T}.checkpointer.check_interval`, "consensus.checkpointer.check_interval"),
  moved(`${T}.min_gas_price`, "consensus.min_gas_price"),
  moved(`${T}.submission.gas_price`, "consensus.submission.gas_price"),
  moved(`${T}.submission.max_fee`, "consensus.submission.max_fee"),
  moved(`${T}.state_sync.enabled`, "consensus.state_sync.enabled"),
  gone(`${T}.state_sync.consensus_node`, "light blocks come from P2P peers"),
  moved(`${T}.state_sync.trust_period`, "consensus.light_client.trust.period"),
  moved(`${T}.state_sync.trust_height`, "consensus.light_client.trust.height"),
  moved(`${T}.state_sync.trust_hash`, "consensus.light_client.trust.hash"),
  moved(`${T}.upgrade.stop_delay`, "consensus.upgrade_stop_delay"),
  moved(`${T}.supplementarysanity.enabled`, "consensus.supplementary_sanity.enabled"),
  moved(`${T}.supplementarysanity.interval`, "consensus.supplementary_sanity.interval"),
  moved(`${T}.log.debug`, "consensus.log_debug"),
  moved(`${T}.debug.addr_book_lenient`, "consensus.debug.addr_book_lenient"),
  moved(`${T}.debug.allow_duplicate_ip`, "consensus.debug.allow_duplicate_ip"),
  moved(
    `${T}.debug.unsafe_replay_recover_corrupted_wal`,
    "consensus.debug.unsafe_replay_recover_corrupted_wal",
  ),
  moved(`${T}.seed.debug.disable_addr_book_from_genesis`, "consensus.debug.disable_addr_book_from_genesis"),
  gone("tendermint.db.backend", "this node has one database"),

  moved("ias.proxy.address", "ias.proxy_addresses"),
  moved("ias.debug.skip_verify", "ias.debug_skip_verify"),
  moved("ias.debug.allow_debug_enclaves", "debug.allow_debug_enclaves"),

  moved("runtime.supported", "runtime.runtimes[].id"),
  moved("runtime.provisioner", "runtime.provisioner"),
  moved("runtime.paths", "runtime.runtimes[].executable"),
  moved("runtime.sandbox.binary", "runtime.sandbox_binary"),
  moved("runtime.sgx.loader", "runtime.sgx.loader"),
  moved("runtime.sgx.signatures", "runtime.runtimes[].signature"),
  moved("runtime.config", "runtime.runtimes[].config"),
  moved("runtime.history.pruner.strategy", "runtime.prune.strategy"),
  moved("runtime.history.pruner.interval", "runtime.prune.interval"),
  moved("runtime.history.pruner.num_kept", "runtime.prune.num_kept"),
  gone("runtime.history.tag_indexer.backend", "the tag indexer was removed in 21.3"),
  gone("runtime.client.max_transaction_age", OBSOLETE),

  moved("worker.compute.enabled", "mode"),
  moved("worker.executor.schedule_max_tx_pool_size", "runtime.tx_pool.schedule_max_tx_pool_size"),
  moved("worker.executor.schedule_tx_cache_size", "runtime.tx_pool.schedule_tx_cache_size"),
  moved("worker.registration.entity", "registration.entity"),
  gone("worker.registration.force_register", "run `oasis-node control clear-deregister` instead"),
  gone("worker.registration.rotate_certs", NO_OLD_GRPC),
  gone("worker.registration.debug.private_key", "no release has ever read it"),
  gone("worker.client.port", NO_OLD_GRPC),
  gone("worker.client.addresses", NO_OLD_GRPC),
  moved("worker.sentry.address", "runtime.sentry_addresses"),
  gone("worker.storage_commit_timeout", OBSOLETE),
  gone("worker.p2p.enabled", ALWAYS_ON),
  moved("worker.p2p.port", "p2p.port"),
  moved("worker.p2p.addresses", "p2p.registration.addresses"),
  moved("worker.p2p.peer_outbound_queue_size", "p2p.gossipsub.peer_outbound_queue_size"),
  moved("worker.p2p.validate_queue_size", "p2p.gossipsub.validate_queue_size"),
  moved("worker.p2p.validate_concurrency", "p2p.gossipsub.validate_concurrency"),
  moved("worker.p2p.validate_throttle", "p2p.gossipsub.validate_throttle"),
  moved("worker.p2p.connectedness_low_water", "p2p.peer_manager.connectedness_low_water"),
  gone("worker.storage.enabled", "nodes that run a ParaTime always keep its state"),
  moved("worker.storage.backend", "storage.backend"),
  moved("worker.storage.max_cache_size", "storage.max_cache_size"),
  moved("worker.storage.fetcher_count", "storage.fetcher_count"),
  moved("worker.storage.public_rpc.enabled", "storage.public_rpc_enabled"),
  moved("worker.storage.checkpoint_sync.disabled", "storage.checkpoint_sync_disabled"),
  moved("worker.storage.checkpointer.disabled", "storage.checkpointer.enabled"),
  moved("worker.storage.checkpointer.check_interval", "storage.checkpointer.check_interval"),
  gone("worker.storage.root_cache.apply_lock_lru_slots", OBSOLETE),
  gone("worker.storage.crash.enabled", CRASH_POINTS),
  gone("worker.storage.debug.insecure_skip_checks", OBSOLETE),
  gone("worker.debug.storage.ignore_apply", OBSOLETE),
  moved("worker.keymanager.enabled", "mode"),
  moved("worker.keymanager.runtime.id", "keymanager.runtime_id"),
  gone("worker.keymanager.may_generate", OBSOLETE),
  gone("worker.consensusrpc.enabled", NO_OLD_GRPC),
  moved("worker.sentry.enabled", "sentry.enabled"),
  moved("worker.sentry.control.port", "sentry.control.port"),
  moved("worker.sentry.control.authorized_pubkey", "sentry.control.authorized_pubkeys"),
  gone("worker.sentry.grpc.enabled", NO_OLD_GRPC),
  gone("worker.sentry.grpc.upstream.address", NO_OLD_GRPC),
  gone("worker.sentry.grpc.upstream.id", NO_OLD_GRPC),
  gone("worker.sentry.grpc.client.address", NO_OLD_GRPC),
  gone("worker.sentry.grpc.client.port", NO_OLD_GRPC),
]);

/** Crash points: `debug.crash.` and a name. */
export const CRASH_POINT_PREFIX = "debug.crash.";
export const crashPoint: ClassicKey = { reason: CRASH_POINTS };

/** Keys whose content is a map of the user's own names, where dotted and nested keys stop meaning the same. */
export const classicMaps: ReadonlySet<string> = new Set([
  "log.level",
  "metrics.labels",
  "runtime.config",
  "runtime.paths",
  "runtime.sgx.signatures",
]);

/** Lists that the classic node joins with commas and splits again. */
export const commaLists: ReadonlySet<string> = new Set([
  `${T}.p2p.seed`,
  `${T}.p2p.persistent_peer`,
  `${T}.p2p.unconditional_peer_ids`,
]);

function moved(key: string, to: string): [string, ClassicKey] {
  return [key, { to }];
}

function gone(key: string, reason: string): [string, ClassicKey] {
  return [key, { reason }];
}
