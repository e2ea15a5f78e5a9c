import type { Command } from "./command.ts";
import { configCheck } from "./commands/config/check.ts";
import { configMigrate } from "./commands/config/migrate.ts";
import { configSchema } from "./commands/config/schema.ts";
import { consensusEstimateGas } from "./commands/consensus/estimate-gas.ts";
import { consensusShowTx } from "./commands/consensus/show-tx.ts";
import { consensusSubmitTx } from "./commands/consensus/submit-tx.ts";
import { controlAddBundle } from "./commands/control/add-bundle.ts";
import { controlCancelUpgrade } from "./commands/control/cancel-upgrade.ts";
import { controlIsSynced } from "./commands/control/is-synced.ts";
import { controlShutdown } from "./commands/control/shutdown.ts";
import { controlStatus } from "./commands/control/status.ts";
import { controlUpgradeBinary } from "./commands/control/upgrade-binary.ts";
import { controlWaitSync } from "./commands/control/wait-sync.ts";
import { debugReplay } from "./commands/debug/replay.ts";
import { genesisCheck } from "./commands/genesis/check.ts";
import { genesisDump } from "./commands/genesis/dump.ts";
import { genesisHash } from "./commands/genesis/hash.ts";
import { genesisInit } from "./commands/genesis/init.ts";
import { identityInit } from "./commands/identity/init.ts";
import { identityShowAddress } from "./commands/identity/show-address.ts";
import {
  identityShowConsensusAddresses,
  identityShowSentryClientPubkey,
  identityShowTlsPubkey,
} from "./commands/identity/show-keys.ts";
import { localnet } from "./commands/localnet.ts";
import { paratimeQuery } from "./commands/paratime/query.ts";
import { paratimeSubmit } from "./commands/paratime/submit.ts";
import { paratimeWatch } from "./commands/paratime/watch.ts";
import { registryEntityGenDeregister } from "./commands/registry/entity-gen-deregister.ts";
import { registryEntityGenRegister } from "./commands/registry/entity-gen-register.ts";
import { registryEntityInit } from "./commands/registry/entity-init.ts";
import { registryEntityRegister } from "./commands/registry/entity-register.ts";
import { registryEntityUpdate } from "./commands/registry/entity-update.ts";
import { registryEntityList, registryNodeList, registryRuntimeList } from "./commands/registry/lists.ts";
import { registryNodeInit } from "./commands/registry/node-init.ts";
import { registryNodeIsRegistered } from "./commands/registry/node-is-registered.ts";
import { registryRuntimeGenRegister } from "./commands/registry/runtime-gen-register.ts";
import { stakeAccountInfo } from "./commands/stake/account-info.ts";
import { stakeAccountNonce } from "./commands/stake/account-nonce.ts";
import { stakeGenAllow } from "./commands/stake/gen-allow.ts";
import { stakeGenAmendCommissionSchedule } from "./commands/stake/gen-amend-commission-schedule.ts";
import { stakeGenBurn } from "./commands/stake/gen-burn.ts";
import { stakeGenEscrow } from "./commands/stake/gen-escrow.ts";
import { stakeGenReclaimEscrow } from "./commands/stake/gen-reclaim-escrow.ts";
import { stakeGenTransfer } from "./commands/stake/gen-transfer.ts";
import { stakeGenWithdraw } from "./commands/stake/gen-withdraw.ts";
import { stakeInfo } from "./commands/stake/info.ts";
import { stakeList } from "./commands/stake/list.ts";
import { stakePubkey2address } from "./commands/stake/pubkey2address.ts";
import { stakeValidateAddress } from "./commands/stake/validate-address.ts";

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
  consensus: "transactions",
  genesis: "genesis documents",
  paratime: "talk to a ParaTime",
  config: "configuration files",
  debug: "tools for developers",
};

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  localnet,
  paratimeSubmit,
  paratimeQuery,
  paratimeWatch,
  controlStatus,
  controlIsSynced,
  controlWaitSync,
  controlShutdown,
  controlUpgradeBinary,
  controlCancelUpgrade,
  controlAddBundle,
  identityInit,
  identityShowAddress,
  identityShowTlsPubkey,
  identityShowSentryClientPubkey,
  ...identityShowConsensusAddresses,
  registryEntityInit,
  registryEntityUpdate,
  registryEntityRegister,
  registryEntityGenRegister,
  registryEntityGenDeregister,
  registryEntityList,
  registryNodeInit,
  registryNodeList,
  registryNodeIsRegistered,
  registryRuntimeGenRegister,
  registryRuntimeList,
  stakeInfo,
  stakeList,
  stakePubkey2address,
  stakeAccountInfo,
  stakeAccountNonce,
  stakeValidateAddress,
  stakeGenTransfer,
  stakeGenBurn,
  stakeGenEscrow,
  stakeGenReclaimEscrow,
  stakeGenAmendCommissionSchedule,
  stakeGenAllow,
  stakeGenWithdraw,
  consensusSubmitTx,
  consensusShowTx,
  consensusEstimateGas,
  genesisInit,
  genesisCheck,
  genesisHash,
  genesisDump,
  configCheck,
  configMigrate,
  configSchema,
  debugReplay,
];
