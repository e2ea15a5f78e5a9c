import type { Command } from "./command.ts";

/** Groups of commands, a line each, by the words that name them. */
export const commandGroups: Readonly<Record<string, string>> = {
  control: "control a running node",
  identity: "keys of a node",
  "identity cometbft": "addresses of a node in CometBFT",
  "identity tendermint": "the name of 21.x for `identity cometbft`",
  registry: "entities, nodes and ParaTimes",
  "registry entity": "entities",
  "registry node": "nodes",
  "registry runtime": "ParaTimes",
  stake: "tokens",
  "stake account": "accounts",
  governance: "proposals and votes",
  keymanager: "policies of key managers",
  signer: "the key that signs",
  consensus: "transactions",
  genesis: "genesis documents",
  paratime: "talk to a ParaTime",
  ias: "Intel's attestation service",
  completion: "scripts with which a shell completes commands",
  config: "configuration files",
  storage: "what a node keeps on disk",
  debug: "tools for developers",
  "debug control": "steering a test network, waiting for a node",
  "debug beacon": "the random beacon",
};

/** A command that is loaded when it is needed: most starts need one, and their files need half of the program. */
export interface CommandSource {
  /** The command's own path. */
  readonly path: string;
  load(): Promise<Command>;
}

/** Every command, in the order of the help. */
export const commandSources: readonly CommandSource[] = [
  command("localnet", async () => (await import("./commands/localnet.ts")).localnet),
  command("paratime submit", async () => (await import("./commands/paratime/submit.ts")).paratimeSubmit),
  command("paratime query", async () => (await import("./commands/paratime/query.ts")).paratimeQuery),
  command("paratime watch", async () => (await import("./commands/paratime/watch.ts")).paratimeWatch),
  command("control status", async () => (await import("./commands/control/status.ts")).controlStatus),
  command("control is-synced", async () => (await import("./commands/control/is-synced.ts")).controlIsSynced),
  command("control wait-sync", async () => (await import("./commands/control/wait-sync.ts")).controlWaitSync),
  command("control shutdown", async () => (await import("./commands/control/shutdown.ts")).controlShutdown),
  command(
    "control clear-deregister",
    async () => (await import("./commands/control/clear-deregister.ts")).controlClearDeregister,
  ),
  command(
    "control upgrade-binary",
    async () => (await import("./commands/control/upgrade-binary.ts")).controlUpgradeBinary,
  ),
  command(
    "control cancel-upgrade",
    async () => (await import("./commands/control/cancel-upgrade.ts")).controlCancelUpgrade,
  ),
  command(
    "control runtime-stats",
    async () => (await import("./commands/control/runtime-stats.ts")).controlRuntimeStats,
  ),
  command(
    "control add-bundle",
    async () => (await import("./commands/control/add-bundle.ts")).controlAddBundle,
  ),
  command("identity init", async () => (await import("./commands/identity/init.ts")).identityInit),
  command(
    "identity show-address",
    async () => (await import("./commands/identity/show-address.ts")).identityShowAddress,
  ),
  command(
    "identity show-tls-pubkey",
    async () => (await import("./commands/identity/show-keys.ts")).identityShowTlsPubkey,
  ),
  command(
    "identity show-sentry-client-pubkey",
    async () => (await import("./commands/identity/show-keys.ts")).identityShowSentryClientPubkey,
  ),
  command("identity tendermint show-node-address", async () =>
    (await import("./commands/identity/show-keys.ts")).identityShowNodeAddress("tendermint"),
  ),
  command("identity tendermint show-consensus-address", async () =>
    (await import("./commands/identity/show-keys.ts")).identityShowConsensusAddress("tendermint"),
  ),
  command("identity cometbft show-node-address", async () =>
    (await import("./commands/identity/show-keys.ts")).identityShowNodeAddress("cometbft"),
  ),
  command("identity cometbft show-consensus-address", async () =>
    (await import("./commands/identity/show-keys.ts")).identityShowConsensusAddress("cometbft"),
  ),
  command(
    "registry entity init",
    async () => (await import("./commands/registry/entity-init.ts")).registryEntityInit,
  ),
  command(
    "registry entity update",
    async () => (await import("./commands/registry/entity-update.ts")).registryEntityUpdate,
  ),
  command(
    "registry entity register",
    async () => (await import("./commands/registry/entity-register.ts")).registryEntityRegister,
  ),
  command(
    "registry entity gen_register",
    async () => (await import("./commands/registry/entity-gen-register.ts")).registryEntityGenRegister,
  ),
  command(
    "registry entity gen_deregister",
    async () => (await import("./commands/registry/entity-gen-deregister.ts")).registryEntityGenDeregister,
  ),
  command(
    "registry entity list",
    async () => (await import("./commands/registry/lists.ts")).registryEntityList,
  ),
  command(
    "registry node init",
    async () => (await import("./commands/registry/node-init.ts")).registryNodeInit,
  ),
  command("registry node list", async () => (await import("./commands/registry/lists.ts")).registryNodeList),
  command(
    "registry node is-registered",
    async () => (await import("./commands/registry/node-is-registered.ts")).registryNodeIsRegistered,
  ),
  command(
    "registry runtime gen_register",
    async () => (await import("./commands/registry/runtime-gen-register.ts")).registryRuntimeGenRegister,
  ),
  command(
    "registry runtime list",
    async () => (await import("./commands/registry/lists.ts")).registryRuntimeList,
  ),
  command("stake info", async () => (await import("./commands/stake/info.ts")).stakeInfo),
  command("stake list", async () => (await import("./commands/stake/list.ts")).stakeList),
  command(
    "stake pubkey2address",
    async () => (await import("./commands/stake/pubkey2address.ts")).stakePubkey2address,
  ),
  command(
    "stake account info",
    async () => (await import("./commands/stake/account-info.ts")).stakeAccountInfo,
  ),
  command(
    "stake account nonce",
    async () => (await import("./commands/stake/account-nonce.ts")).stakeAccountNonce,
  ),
  command(
    "stake account validate_address",
    async () => (await import("./commands/stake/validate-address.ts")).stakeValidateAddress,
  ),
  command(
    "stake account gen_transfer",
    async () => (await import("./commands/stake/gen-transfer.ts")).stakeGenTransfer,
  ),
  command("stake account gen_burn", async () => (await import("./commands/stake/gen-burn.ts")).stakeGenBurn),
  command(
    "stake account gen_escrow",
    async () => (await import("./commands/stake/gen-escrow.ts")).stakeGenEscrow,
  ),
  command(
    "stake account gen_reclaim_escrow",
    async () => (await import("./commands/stake/gen-reclaim-escrow.ts")).stakeGenReclaimEscrow,
  ),
  command(
    "stake account gen_amend_commission_schedule",
    async () =>
      (await import("./commands/stake/gen-amend-commission-schedule.ts")).stakeGenAmendCommissionSchedule,
  ),
  command(
    "stake account gen_allow",
    async () => (await import("./commands/stake/gen-allow.ts")).stakeGenAllow,
  ),
  command(
    "stake account gen_withdraw",
    async () => (await import("./commands/stake/gen-withdraw.ts")).stakeGenWithdraw,
  ),
  command(
    "governance gen_submit_proposal",
    async () => (await import("./commands/governance/gen-submit-proposal.ts")).governanceGenSubmitProposal,
  ),
  command(
    "governance gen_cast_vote",
    async () => (await import("./commands/governance/gen-cast-vote.ts")).governanceGenCastVote,
  ),
  command(
    "governance proposal_info",
    async () => (await import("./commands/governance/queries.ts")).governanceProposalInfo,
  ),
  command(
    "governance proposal_votes",
    async () => (await import("./commands/governance/queries.ts")).governanceProposalVotes,
  ),
  command(
    "governance list_proposals",
    async () => (await import("./commands/governance/queries.ts")).governanceListProposals,
  ),
  command(
    "keymanager init_policy",
    async () => (await import("./commands/keymanager/init-policy.ts")).keymanagerInitPolicy,
  ),
  command(
    "keymanager sign_policy",
    async () => (await import("./commands/keymanager/sign-policy.ts")).keymanagerSignPolicy,
  ),
  command(
    "keymanager verify_policy",
    async () => (await import("./commands/keymanager/verify-policy.ts")).keymanagerVerifyPolicy,
  ),
  command(
    "keymanager init_status",
    async () => (await import("./commands/keymanager/init-status.ts")).keymanagerInitStatus,
  ),
  command(
    "keymanager gen_update",
    async () => (await import("./commands/keymanager/gen-update.ts")).keymanagerGenUpdate,
  ),
  command("signer export", async () => (await import("./commands/signer/export.ts")).signerExport),
  command(
    "consensus submit_tx",
    async () => (await import("./commands/consensus/submit-tx.ts")).consensusSubmitTx,
  ),
  command("consensus show_tx", async () => (await import("./commands/consensus/show-tx.ts")).consensusShowTx),
  command(
    "consensus next_block_state",
    async () => (await import("./commands/consensus/next-block-state.ts")).consensusNextBlockState,
  ),
  command(
    "consensus estimate_gas",
    async () => (await import("./commands/consensus/estimate-gas.ts")).consensusEstimateGas,
  ),
  command(
    "consensus trust_root",
    async () => (await import("./commands/consensus/trust-root.ts")).consensusTrustRoot,
  ),
  command("genesis init", async () => (await import("./commands/genesis/init.ts")).genesisInit),
  command("genesis check", async () => (await import("./commands/genesis/check.ts")).genesisCheck),
  command("genesis hash", async () => (await import("./commands/genesis/hash.ts")).genesisHash),
  command("genesis dump", async () => (await import("./commands/genesis/dump.ts")).genesisDump),
  command("storage inspect", async () => (await import("./commands/storage/inspect.ts")).storageInspect),
  command("storage prune", async () => (await import("./commands/storage/prune.ts")).storagePrune),
  command("storage compact", async () => (await import("./commands/storage/compact.ts")).storageCompact),
  command("storage verify", async () => (await import("./commands/storage/verify.ts")).storageVerify),
  command("storage check", async () => (await import("./commands/storage/check.ts")).storageCheck),
  command("unsafe-reset", async () => (await import("./commands/unsafe-reset.ts")).unsafeReset),
  command("ias proxy", async () => (await import("./commands/ias/proxy.ts")).iasProxy),
  command("completion bash", async () => (await import("./commands/completion.ts")).completionBash),
  command("completion zsh", async () => (await import("./commands/completion.ts")).completionZsh),
  command("completion fish", async () => (await import("./commands/completion.ts")).completionFish),
  command("config check", async () => (await import("./commands/config/check.ts")).configCheck),
  command("config migrate", async () => (await import("./commands/config/migrate.ts")).configMigrate),
  command("config schema", async () => (await import("./commands/config/schema.ts")).configSchema),
  command(
    "debug control set-epoch",
    async () => (await import("./commands/debug/set-epoch.ts")).debugControlSetEpoch,
  ),
  command(
    "debug control wait-nodes",
    async () => (await import("./commands/debug/wait-nodes.ts")).debugControlWaitNodes,
  ),
  command(
    "debug control wait-ready",
    async () => (await import("./commands/debug/wait-ready.ts")).debugControlWaitReady,
  ),
  command(
    "debug beacon status",
    async () => (await import("./commands/debug/beacon-status.ts")).debugBeaconStatus,
  ),
  command("debug replay", async () => (await import("./commands/debug/replay.ts")).debugReplay),
];

function command(path: string, load: () => Promise<Command>): CommandSource {
  return { path, load };
}

export function loadAllCommands(): Promise<Command[]> {
  return loadCommands(commandSources);
}

/**
 * The commands that a command line can mean: those whose words stand in it in order, whatever flags are between. All
 * of them where none is named but a group is, or help is asked for: then they are listed.
 */
export function commandsFor(argv: readonly string[]): Promise<Command[]> {
  const meant = commandSources.filter(({ path }) => containsInOrder(argv, path.split(" ")));
  if (meant.length > 0) return loadCommands(meant);
  const groups = new Set(Object.keys(commandGroups));
  const isListed = argv.some((word) => word === "--help" || word === "-h" || groups.has(word));
  return isListed ? loadAllCommands() : Promise.resolve([]);
}

function loadCommands(sources: readonly CommandSource[]): Promise<Command[]> {
  return Promise.all(sources.map((source) => source.load()));
}

function containsInOrder(argv: readonly string[], words: readonly string[]): boolean {
  let found = 0;
  for (const word of argv) if (word === words[found]) found++;
  return found === words.length;
}
