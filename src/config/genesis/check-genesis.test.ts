import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedPath } from "../../../test/shared.ts";
import { formatAddress } from "../../codec/address.ts";
import { fromHex, toHex } from "../../codec/bytes.ts";
import { createBlacklist } from "../../crypto/blacklist.ts";
import { BURN_ADDRESS, COMMON_POOL_ADDRESS } from "../../types/account-address.ts";
import type { Document } from "../../types/genesis.ts";
import { Proposal } from "../../types/governance.ts";
import { Account } from "../../types/staking.ts";
import { Genesis as VaultGenesis } from "../../types/vault.ts";
import { checkGenesis, requireSoundGenesis } from "./check-genesis.ts";
import { GenesisError } from "./genesis-error.ts";
import { parseGenesis } from "./read-genesis.ts";

const text = readFileSync(sharedPath("chains", "txsource-multi-short.genesis.json"), "utf8");
const options = { debug: true, blacklist: createBlacklist({ allowTestKeys: true }) };
const TEST_ENTITY_ADDRESS = "oasis1qzzd6khm3acqskpxlk9vd5044cmmcce78y5l6000";

type Change = (document: Document) => void;

const mistakes: readonly (readonly [what: string, change: Change, path: string, message: RegExp])[] = [
  [
    "height 0",
    (d) => {
      d.height = 0n;
    },
    "height",
    /at least 1/,
  ],
  [
    "a blank chain id",
    (d) => {
      d.chain_id = " \n";
    },
    "chain_id",
    /blank/,
  ],
  [
    "another backend",
    (d) => {
      d.consensus.backend = "x";
    },
    "consensus.backend",
    /"tendermint"/,
  ],
  [
    "no commit timeout",
    (d) => {
      d.consensus.params.timeout_commit = 1n;
    },
    "consensus.params.timeout_commit",
    /1 ms/,
  ],
  [
    "a blacklisted key twice",
    (d) => {
      d.consensus.params.public_key_blacklist = [new Uint8Array(32), new Uint8Array(32)];
    },
    "consensus.params.public_key_blacklist[1]",
    /twice/,
  ],
  [
    "an unknown beacon",
    (d) => {
      d.beacon.params.backend = "x";
    },
    "beacon.params.backend",
    /"insecure" or "vrf"/,
  ],
  [
    "a beacon without parameters",
    (d) => {
      d.beacon.params.vrf_parameters = null;
    },
    "beacon.params.vrf_parameters",
    /missing/,
  ],
  [
    "proofs that come too late",
    (d) => {
      d.beacon.params.vrf_parameters!.proof_delay = 20n;
    },
    "beacon.params.vrf_parameters.proof_delay",
    /less than the epoch interval of 20/,
  ],
  [
    "no base epoch",
    (d) => {
      d.beacon.base = (1n << 64n) - 1n;
    },
    "beacon.base",
    /no epoch/,
  ],
  [
    "a changed entity",
    (d) => {
      d.registry.entities![0]!.untrusted_raw_value![5]! ^= 1;
    },
    "registry.entities[0]",
    /not validly signed/,
  ],
  [
    "an unsigned node",
    (d) => {
      d.registry.nodes![0]!.signatures = [];
    },
    "registry.nodes[0]",
    /not validly signed/,
  ],
  [
    "a node without its entity",
    (d) => {
      d.registry.entities!.splice(0);
    },
    "registry.nodes[0]",
    /which is not listed/,
  ],
  [
    "a blacklisted entity",
    (d) => {
      d.consensus.params.public_key_blacklist = [d.registry.entities![0]!.signature.public_key];
    },
    "registry.entities[0]",
    /blacklisted/,
  ],
  [
    "a ParaTime listed twice",
    (d) => {
      d.registry.runtimes!.push(d.registry.runtimes![0]!);
    },
    "registry.runtimes[2]",
    /listed twice/,
  ],
  [
    "a key manager that is not listed",
    (d) => {
      d.registry.runtimes!.shift();
    },
    "registry.runtimes[0].key_manager",
    /no runtime c000/,
  ],
  [
    "a key manager that is none",
    (d) => {
      d.registry.runtimes![0]!.kind = 1;
    },
    "registry.runtimes[1].key_manager",
    /not a key manager/,
  ],
  [
    "a missing threshold",
    (d) => {
      d.staking.params.thresholds!.delete(2);
    },
    "staking.params.thresholds",
    /"node-compute"/,
  ],
  [
    "no fee split",
    (d) => {
      Object.assign(d.staking.params, {
        fee_split_weight_propose: 0n,
        fee_split_weight_vote: 0n,
        fee_split_weight_next_propose: 0n,
      });
    },
    "staking.params.fee_split_weight_propose",
    /at least one/,
  ],
  [
    "rewards that do not advance",
    (d) => {
      d.staking.params.reward_schedule = [
        { until: 3n, scale: 1n },
        { until: 3n, scale: 1n },
      ];
    },
    "staking.params.reward_schedule[1].until",
    /later than the step before \(3\)/,
  ],
  [
    "a bad token symbol",
    (d) => {
      d.staking.token_symbol = "rose";
    },
    "staking.token_symbol",
    /A to Z/,
  ],
  [
    "a supply that does not add up",
    (d) => {
      d.staking.total_supply -= 1n;
    },
    "staking.total_supply",
    /add up to \d+ \(1 more\)/,
  ],
  [
    "shares that do not add up",
    (d) => {
      account(d).escrow.active.total_shares = 2n;
    },
    `staking.ledger.${TEST_ENTITY_ADDRESS}.escrow.active.total_shares`,
    /is 2, but the delegations to this account add up to 1/,
  ],
  [
    "a claim in an account",
    (d) => {
      account(d).escrow.stake_accumulator.claims = new Map([["x", []]]);
    },
    `staking.ledger.${TEST_ENTITY_ADDRESS}.escrow.stake_accumulator`,
    /must be empty/,
  ],
  [
    "an allowance beyond the supply",
    (d) => {
      account(d).general.allowances = new Map([[entityKey(), 1n << 90n]]);
    },
    `staking.ledger.${TEST_ENTITY_ADDRESS}.general.allowances.${TEST_ENTITY_ADDRESS}`,
    /exceeds the total supply/,
  ],
  [
    "an account of the common pool",
    (d) => {
      d.staking.ledger!.set(toHex(COMMON_POOL_ADDRESS), Account.zero());
    },
    "staking.ledger.oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm",
    /reserved/,
  ],
  [
    "a used burn address",
    (d) => {
      d.staking.ledger!.set(toHex(BURN_ADDRESS), {
        ...Account.zero(),
        general: { ...Account.zero().general, nonce: 1n },
      });
    },
    "staking.ledger.oasis1qzq8u7xs328puu2jy524w3fygzs63rv3u5967970",
    /burn address/,
  ],
  [
    "delegations to nobody",
    (d) => {
      d.staking.delegations!.set("00".repeat(21), new Map());
    },
    `staking.delegations.${formatAddress(new Uint8Array(21))}`,
    /not in the ledger/,
  ],
  [
    "a changed policy",
    (d) => {
      d.keymanager.statuses![0]!.policy!.policy.serial = 2;
    },
    "keymanager.statuses[0].policy.signatures[0]",
    /not valid/,
  ],
  [
    "a key manager status of a compute ParaTime",
    (d) => {
      d.keymanager.statuses![0]!.id = fromHex(`80${"00".repeat(31)}`);
    },
    "keymanager.statuses[0].id",
    /not the id of a key manager/,
  ],
  [
    "no validators",
    (d) => {
      d.scheduler.params.max_validators = 0n;
    },
    "scheduler.params.max_validators",
    /positive/,
  ],
  [
    "a supply beyond voting power",
    (d) => {
      d.staking.common_pool = 1n << 64n;
    },
    "staking.total_supply",
    /add up|60 bits/,
  ],
  [
    "a low threshold",
    (d) => {
      d.governance.params.stake_threshold = 66;
    },
    "governance.params.stake_threshold",
    /67 to 100 percent, is 66/,
  ],
  [
    "a long vote",
    (d) => {
      d.governance.params.voting_period = 20n;
    },
    "governance.params.voting_period",
    /less than upgrade_cancel_min_epoch_diff \(20\)/,
  ],
  [
    "deposits without proposals",
    (d) => {
      d.governance.proposals = [Proposal.make({ state: 1, deposit: 5n, submitter: fromHex(entityKey()) })];
    },
    "staking.governance_deposits",
    /is 0, but the deposits of active proposals add up to 5/,
  ],
  [
    "vaults without authorities",
    (d) => {
      d.vault = {
        ...VaultGenesis.zero(),
        params: { enabled: true, max_authority_addresses: 0, gas_costs: null },
      };
    },
    "vault.params.max_authority_addresses",
    /positive/,
  ],
];

describe("checkGenesis", () => {
  it.each(mistakes)("finds %s", (_, change, path, message) => {
    const document = parseGenesis(text);
    change(document);
    const problems = checkGenesis(document, options);
    expect(problems.map((problem) => problem.path)).toContain(path);
    expect(problems.find((problem) => problem.path === path)!.message).toMatch(message);
  });

  it("refuses debug switches outside debug mode, but not test ParaTimes", () => {
    const problems = checkGenesis(parseGenesis(text), { ...options, debug: false });
    expect(problems.map((problem) => problem.path)).toEqual([
      "registry.params.debug_allow_unroutable_addresses",
    ]);
  });

  it("finds everything at once and puts it into one error", () => {
    const document = parseGenesis(text);
    document.height = 0n;
    document.staking.token_symbol = "";
    expect(() => requireSoundGenesis(document, "genesis.json", options)).toThrow(GenesisError);
    expect(() => requireSoundGenesis(document, "genesis.json", options)).toThrow(
      'genesis.json:\n  height: must be at least 1, is 0\n  staking.token_symbol: must be 1 to 8 letters A to Z, is ""',
    );
  });
});

function entityKey(): string {
  return "0084dd5afb8f70085826fd8ac6d1f5ae37bc633e39";
}

function account(document: Document): Account {
  return document.staking.ledger!.get(entityKey())!;
}
