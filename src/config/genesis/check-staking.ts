import { formatAddress } from "../../codec/address.ts";
import { fromHex, toHex } from "../../codec/bytes.ts";
import { BURN_ADDRESS, isReservedAddress } from "../../types/account-address.ts";
import { EPOCH_INVALID } from "../../types/common.ts";
import {
  type Account,
  type ConsensusParameters,
  type Genesis,
  REQUIRED_THRESHOLD_KINDS,
  type SharePool,
  ThresholdKind,
} from "../../types/staking.ts";
import { type CheckGenesisOptions, checkDebugSwitches, type Report } from "./check-report.ts";

const TOKEN_SYMBOL = /^[A-Z]{1,8}$/;
const MAX_TOKEN_VALUE_EXPONENT = 20;
/** Denominator of commission rates. */
const COMMISSION_RATE_UNITY = 100_000n;
/** Denominator of reward factors. */
const REWARD_UNITY = 100_000_000n;

/** oasis-core v26.1 go/staking/api/sanity_check.go. Commission schedules are left to the state machine. */
export function checkStaking(staking: Genesis, options: CheckGenesisOptions, report: Report): void {
  checkParameters(staking.params, options, report);
  if (!TOKEN_SYMBOL.test(staking.token_symbol)) {
    report("staking.token_symbol", `must be 1 to 8 letters A to Z, is "${staking.token_symbol}"`);
  }
  if (staking.token_value_exponent > MAX_TOKEN_VALUE_EXPONENT) {
    report("staking.token_value_exponent", `must be at most ${MAX_TOKEN_VALUE_EXPONENT}`);
  }
  checkSupply(staking, report);
  for (const [key, account] of staking.ledger ?? []) checkAccount(key, account, staking, report);
  for (const [name, table] of [
    ["delegations", staking.delegations],
    ["debonding_delegations", staking.debonding_delegations],
  ] as const) {
    for (const [escrow, delegators] of table ?? []) {
      const path = `staking.${name}.${addressText(escrow)}`;
      if (!staking.ledger?.has(escrow)) report(path, "this account is not in the ledger");
      for (const delegator of delegators?.keys() ?? []) {
        if (isReserved(delegator)) report(`${path}.${addressText(delegator)}`, "is a reserved address");
      }
    }
  }
}

function checkParameters(params: ConsensusParameters, options: CheckGenesisOptions, report: Report): void {
  const at = (name: string) => `staking.params.${name}`;
  checkDebugSwitches(params, ["debug_bypass_stake"], "staking.params", options, report);
  for (const kind of REQUIRED_THRESHOLD_KINDS) {
    if (!params.thresholds?.has(kind))
      report(at("thresholds"), `has no entry "${ThresholdKind.toJson(kind)}"`);
  }
  const { fee_split_weight_propose, fee_split_weight_vote, fee_split_weight_next_propose } = params;
  if (fee_split_weight_propose + fee_split_weight_vote + fee_split_weight_next_propose === 0n) {
    report(at("fee_split_weight_propose"), "at least one of the three fee split weights must be positive");
  }
  if (params.commission_schedule_rules.min_commission_rate > COMMISSION_RATE_UNITY) {
    report(
      at("commission_schedule_rules.min_commission_rate"),
      `must be at most ${COMMISSION_RATE_UNITY} (100 %)`,
    );
  }
  let previous = 0n;
  for (const [i, step] of (params.reward_schedule ?? []).entries()) {
    const path = `${at("reward_schedule")}[${i}]`;
    if (step.scale > REWARD_UNITY) report(`${path}.scale`, `must be at most ${REWARD_UNITY}`);
    if (step.until === EPOCH_INVALID) report(`${path}.until`, "is the number that stands for no epoch");
    if (step.until <= previous) report(`${path}.until`, `must be later than the step before (${previous})`);
    previous = step.until;
  }
  if (params.signing_reward_threshold_numerator > params.signing_reward_threshold_denominator) {
    report(at("signing_reward_threshold_numerator"), "must not exceed the denominator");
  }
}

function checkSupply(staking: Genesis, report: Report): void {
  let total = staking.common_pool + staking.last_block_fees + staking.governance_deposits;
  for (const { general, escrow } of staking.ledger?.values() ?? []) {
    total += general.balance + escrow.active.balance + escrow.debonding.balance;
  }
  if (total !== staking.total_supply) {
    const difference =
      total > staking.total_supply ? total - staking.total_supply : staking.total_supply - total;
    report(
      "staking.total_supply",
      `is ${staking.total_supply}, but accounts, common pool, last block fees and governance deposits add up to ` +
        `${total} (${difference} ${total > staking.total_supply ? "more" : "less"})`,
    );
  }
}

function checkAccount(key: string, account: Account, staking: Genesis, report: Report): void {
  const path = `staking.ledger.${addressText(key)}`;
  const { general, escrow } = account;
  const isBurn = key === toHex(BURN_ADDRESS);
  if (isReserved(key) && !isBurn) report(path, "is a reserved address");
  if (isBurn && (general.balance > 0n || general.nonce > 0n || (general.allowances?.size ?? 0) > 0)) {
    report(path, "the burn address must not have a balance, nonce or allowances");
  }
  for (const [beneficiary, allowance] of general.allowances ?? []) {
    const at = `${path}.general.allowances.${addressText(beneficiary)}`;
    if (isReserved(beneficiary)) report(at, "is a reserved address");
    if (allowance > staking.total_supply) report(at, "exceeds the total supply");
  }
  if ((escrow.stake_accumulator.claims?.size ?? 0) > 0) {
    report(`${path}.escrow.stake_accumulator`, "must be empty: claims follow from what is registered");
  }
  const delegations = [...(staking.delegations?.get(key)?.values() ?? [])];
  checkShares(`${path}.escrow.active`, escrow.active, delegations, "delegations", report);
  const debonding = [...(staking.debonding_delegations?.get(key)?.values() ?? [])].flatMap(
    (list) => list ?? [],
  );
  checkShares(`${path}.escrow.debonding`, escrow.debonding, debonding, "debonding delegations", report);
}

function checkShares(
  path: string,
  pool: SharePool,
  delegations: readonly { readonly shares: bigint }[],
  name: string,
  report: Report,
): void {
  const shares = delegations.reduce((sum, delegation) => sum + delegation.shares, 0n);
  if (shares !== pool.total_shares) {
    report(
      `${path}.total_shares`,
      `is ${pool.total_shares}, but the ${name} to this account add up to ${shares}`,
    );
  }
  if (delegations.length === 0 && pool.balance > 0n) {
    report(`${path}.balance`, `is ${pool.balance}, but there are no ${name} to this account`);
  }
}

function addressText(key: string): string {
  return formatAddress(fromHex(key));
}

function isReserved(key: string): boolean {
  return isReservedAddress(fromHex(key));
}
