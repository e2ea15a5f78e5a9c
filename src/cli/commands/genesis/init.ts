import { toHex } from "../../../codec/bytes.ts";
import { namespace } from "../../../codec/common-types.ts";
import { fromJsonText, map } from "../../../codec/schema.ts";
import { requireSoundGenesis } from "../../../config/genesis/check-genesis.ts";
import { formatGenesis } from "../../../config/genesis/write-genesis.ts";
import { createBlacklist } from "../../../crypto/blacklist.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { openSigned } from "../../../crypto/envelope.ts";
import { TEST_ENTITY, testSigner } from "../../../crypto/memory-signer.ts";
import { stakingAddress } from "../../../types/account-address.ts";
import { MultiSigned, Signed } from "../../../types/common.ts";
import { Entity } from "../../../types/entity.ts";
import type { Document } from "../../../types/genesis.ts";
import * as keymanager from "../../../types/keymanager.ts";
import { GenesisRuntimeState } from "../../../types/roothash.ts";
import { Runtime } from "../../../types/runtime.ts";
import * as staking from "../../../types/staking.ts";
import { defineCommand, type OptionSpec } from "../../command.ts";
import { newEntity, signEntity } from "../../entity-files.ts";
import { CommandError, exitCode } from "../../errors.ts";
import { readInput, readJsonFile, writeOutput } from "../../files.ts";
import { completeStaking, documentFromFlags } from "../../genesis-document.ts";
import type { Given } from "../../given.ts";
import { genesisInitAliases, genesisInitOptions } from "../../options/genesis-init.ts";

interface Input {
  readonly document: Document;
  readonly given: Given;
  readonly isDebug: boolean;
  readonly isTestEntity: boolean;
}

const options: readonly OptionSpec[] = [
  ...genesisInitOptions,
  ...Object.entries(genesisInitAliases).map(([alias, name]): OptionSpec => {
    const { value } = genesisInitOptions.find((option) => option.name === name)!;
    return {
      name: alias,
      ...(value === undefined ? {} : { value }),
      summary: `of 21.x; now --${name}`,
      isHidden: true,
    };
  }),
];

export const genesisInit = defineCommand<Input>({
  path: "genesis init",
  summary: "make the genesis document of a new network",
  options,
  resolve: (typed) => {
    const given = typed.withAliases(genesisInitAliases);
    const isDebug = given.switch("debug.dont_blame_oasis");
    const isTestEntity = given.switch("debug.test_entity") && isDebug;
    return { document: documentFromFlags(given), given, isDebug, isTestEntity };
  },
  run: async ({ document: base, given, isDebug, isTestEntity }) => {
    const document: Document = {
      ...base,
      genesis_time: BigInt(Date.now()) * 1_000_000n,
      registry: await withRegistrations(base.registry, given, isTestEntity),
      roothash: await withRuntimeStates(base.roothash, given),
      keymanager: await withStatuses(base.keymanager, given),
      staking: await withStakingFile(base.staking, given, isTestEntity),
    };
    const file = given.required("genesis.file");
    requireSoundGenesis(document, "genesis document failed sanity check", {
      debug: isDebug,
      blacklist: createBlacklist({ allowTestKeys: given.switch("debug.allow_test_keys") || isTestEntity }),
    });
    await writeOutput(file, formatGenesis(document), "the genesis document to");
    return exitCode.ok;
  },
});

async function withRegistrations(
  registry: Document["registry"],
  given: Given,
  isTestEntity: boolean,
): Promise<Document["registry"]> {
  const entities = [];
  const seen = new Set<string>();
  for (const path of given.list("entity")) {
    const signed = await readJsonFile(Signed, path, "signed entity");
    const entity = openSigned(Entity, contexts.registerEntity, signed);
    if (seen.has(toHex(entity.id))) throw new CommandError(`${path}: duplicate entity registration`);
    seen.add(toHex(entity.id));
    entities.push(signed);
  }
  if (isTestEntity) {
    const signer = testSigner(TEST_ENTITY);
    entities.push(signEntity(newEntity(signer), signer));
  }
  const runtimes = [];
  for (const path of given.list("runtime"))
    runtimes.push(await readJsonFile(Runtime, path, "ParaTime descriptor"));
  const nodes = [];
  for (const path of given.list("node")) nodes.push(await readJsonFile(MultiSigned, path, "signed node"));
  return { ...registry, entities, runtimes, nodes };
}

async function withRuntimeStates(
  roothash: Document["roothash"],
  given: Given,
): Promise<Document["roothash"]> {
  const states = new Map<string, GenesisRuntimeState>();
  for (const path of given.list("roothash")) {
    const read = await readJsonFile(map(namespace, GenesisRuntimeState), path, "ParaTime states");
    for (const [id, state] of read ?? []) {
      if (states.has(id)) throw new CommandError(`${path}: second state of ParaTime ${id}`);
      states.set(id, state);
    }
  }
  return { ...roothash, runtime_states: states };
}

async function withStatuses(genesis: Document["keymanager"], given: Given): Promise<Document["keymanager"]> {
  const statuses = [];
  for (const path of given.list("keymanager")) {
    statuses.push(await readJsonFile(keymanager.Status, path, "key manager status"));
  }
  return { ...genesis, statuses: statuses.length === 0 ? null : statuses };
}

/** Tokens of the test entity, free and staked: a million billion base units each. */
const TEST_ENTITY_BALANCE = 1_000_000_000_000_000n;

async function withStakingFile(
  defaults: Document["staking"],
  given: Given,
  isTestEntity: boolean,
): Promise<Document["staking"]> {
  const path = given.text("staking");
  // Members that the file does not have keep their defaults, as when Go unmarshals into a filled structure.
  const state = path === "" ? defaults : await overlaid(defaults, path);
  const complete = completeStaking(state, given);
  return isTestEntity ? withTestEntity(complete) : complete;
}

async function overlaid(defaults: Document["staking"], path: string): Promise<Document["staking"]> {
  const text = (await readInput(path, "staking state")).toString("utf8");
  try {
    const state = fromJsonText(staking.Genesis, text);
    const { debonding_interval } = state.params;
    const interval = debonding_interval === 0n ? defaults.params.debonding_interval : debonding_interval;
    return {
      ...state,
      ledger: state.ledger ?? defaults.ledger,
      params: { ...state.params, debonding_interval: interval },
    };
  } catch (error) {
    throw new CommandError(`staking state ${path} is malformed`, { cause: error });
  }
}

function withTestEntity(state: Document["staking"]): Document["staking"] {
  const address = toHex(stakingAddress(testSigner(TEST_ENTITY).publicKey));
  if (state.ledger?.has(address)) throw new CommandError("the test entity is in the staking state already");
  const zero = staking.Account.zero();
  const account = {
    general: { ...zero.general, balance: TEST_ENTITY_BALANCE },
    escrow: { ...zero.escrow, active: { balance: TEST_ENTITY_BALANCE, total_shares: 1n } },
  };
  return {
    ...state,
    ledger: new Map([...(state.ledger ?? []), [address, account]]),
    delegations: new Map([...(state.delegations ?? []), [address, new Map([[address, { shares: 1n }]])]]),
    total_supply: state.total_supply + 2n * TEST_ENTITY_BALANCE,
  };
}
