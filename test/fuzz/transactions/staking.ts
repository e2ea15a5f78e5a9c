import { toHex } from "../../../src/codec/bytes.ts";
import { getAccount, getAddresses, getDelegationsFor } from "../../../src/consensus/staking/state.ts";
import { getAddressStates, getVaults } from "../../../src/consensus/vault/state.ts";
import { vaultAddress } from "../../../src/consensus/vault/vault-address.ts";
import { stakingAddress } from "../../../src/types/account-address.ts";
import type { CommissionSchedule } from "../../../src/types/staking.ts";
import * as bodies from "../../../src/types/staking-transactions.ts";
import { entities, senders } from "../cast.ts";
import { draft, type Generator, nearlyAll, randomAddress, randomAmount, type View } from "./draft.ts";

const vaults = (view: View) => getVaults(view.state).map(vaultAddress);

const transfer: Generator = (view) => {
  const to = view.random.chance(0.2) ? (vaults(view)[0] ?? randomAddress(view)) : randomAddress(view);
  return draft(view.random.pick(senders), "staking.Transfer", bodies.Transfer, {
    to,
    amount: randomAmount(view),
  });
};

const burn: Generator = (view) =>
  draft(view.random.pick(senders), "staking.Burn", bodies.Burn, { amount: randomAmount(view) });

const addEscrow: Generator = (view) => {
  const signer = view.random.pick(senders);
  const account = view.random.chance(0.3) ? stakingAddress(signer.publicKey) : randomAddress(view);
  return draft(signer, "staking.AddEscrow", bodies.Escrow, { account, amount: randomAmount(view) });
};

const reclaimEscrow: Generator = (view) => {
  const { random } = view;
  const signer = random.pick(senders);
  const held = getDelegationsFor(view.state, stakingAddress(signer.publicKey));
  if (held.length === 0 || random.chance(0.1)) {
    const account = randomAddress(view);
    return draft(signer, "staking.ReclaimEscrow", bodies.ReclaimEscrow, {
      account,
      shares: randomAmount(view),
    });
  }
  const { escrow, delegation } = random.pick(held);
  const shares = random.chance(0.1) ? delegation.shares : random.bigint(delegation.shares / 8n + 1n);
  return draft(signer, "staking.ReclaimEscrow", bodies.ReclaimEscrow, { account: escrow, shares });
};

function amendment({ random, epoch }: View): CommissionSchedule {
  const starts = (first: number) => {
    let start = epoch + BigInt(first);
    return Array.from({ length: random.int(3) }, () => {
      const here = start;
      start += BigInt(random.pick([0, 1, 2, 2, 4]));
      return here;
    });
  };
  const first = random.pick([0, 1, 2, 2, 4, 4, 6]);
  const rate = () => random.pick([0n, 5_000n, 5_000n, 10_000n, 10_000n, 50_000n, 100_000n, 100_001n]);
  return {
    rates: starts(first).map((start) => ({ start, rate: rate() })),
    bounds: starts(random.chance(0.8) ? first : random.int(4)).map((start) => ({
      start,
      rate_min: random.pick([0n, 0n, 0n, 5_000n, 5_000n, 100_001n]),
      rate_max: random.pick([100_000n, 100_000n, 100_000n, 100_000n, 50_000n, 5_000n, 0n, 100_001n]),
    })),
  };
}

const amendCommissionSchedule: Generator = (view) =>
  draft(
    view.random.pick(view.random.chance(0.9) ? entities.map(({ signer }) => signer) : senders),
    "staking.AmendCommissionSchedule",
    bodies.AmendCommissionSchedule,
    { amendment: amendment(view) },
  );

const allow: Generator = (view) =>
  draft(view.random.pick(senders), "staking.Allow", bodies.Allow, {
    beneficiary: randomAddress(view),
    negative: view.random.chance(0.3),
    amount_change: randomAmount(view),
  });

/** Somebody takes or locks up nearly everything that an account has. */
const drain: Generator = (view) => {
  const { random } = view;
  const signer = random.pick(senders);
  const { amount, fee } = nearlyAll(view, signer);
  const made = random.pick([
    () => draft(signer, "staking.Transfer", bodies.Transfer, { to: randomAddress(view), amount }),
    () => draft(signer, "staking.Burn", bodies.Burn, { amount }),
    () => draft(signer, "staking.AddEscrow", bodies.Escrow, { account: randomAddress(view), amount }),
  ])();
  return { ...made, fee };
};

/** What an account allowed somebody, or what a vault lets somebody have, is taken. */
const withdrawAllowed: Generator = (view) => {
  const { random, state } = view;
  const signer = random.pick(senders);
  const id = toHex(stakingAddress(signer.publicKey));
  const owners = getAddresses(state).filter((owner) => getAccount(state, owner).general.allowances?.has(id));
  const policed = vaults(view).filter((vault) => getAddressStates(state, vault).has(id));
  const sources = [...owners, ...policed];
  if (sources.length === 0) {
    return null;
  }
  const from = random.pick(sources);
  const allowance = getAccount(state, from).general.allowances?.get(id) ?? random.bigint(300n);
  const amount = random.pick([allowance, allowance / 2n, allowance + 1n, 0n]);
  return draft(signer, "staking.Withdraw", bodies.Withdraw, { from, amount });
};

const withdraw: Generator = (view) => {
  const { random } = view;
  const from = random.chance(0.5) ? (vaults(view)[0] ?? randomAddress(view)) : randomAddress(view);
  return draft(random.pick(senders), "staking.Withdraw", bodies.Withdraw, {
    from,
    amount: randomAmount(view),
  });
};

export const stakingGenerators: readonly (readonly [number, Generator])[] = [
  [8, transfer],
  [2, burn],
  [6, addEscrow],
  [6, reclaimEscrow],
  [4, amendCommissionSchedule],
  [4, allow],
  [3, withdraw],
  [5, withdrawAllowed],
  [0.3, drain],
];
