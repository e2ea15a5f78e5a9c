import { toHex } from "../../../src/codec/bytes.ts";
import type { Address } from "../../../src/codec/common-types.ts";
import { encode } from "../../../src/codec/schema.ts";
import { getPendingActions, getVaults } from "../../../src/consensus/vault/state.ts";
import { vaultAddress } from "../../../src/consensus/vault/vault-address.ts";
import type { MemorySigner } from "../../../src/crypto/memory-signer.ts";
import { stakingAddress } from "../../../src/types/account-address.ts";
import * as vault from "../../../src/types/vault.ts";
import { addresses, senders, users } from "../cast.ts";
import { type Draft, draft, type Generator, randomAddress, randomAmount, type View } from "./draft.ts";

function authority({ random }: View): vault.Authority {
  const members = random.some(users, 0.6).map(({ publicKey }) => stakingAddress(publicKey));
  if (random.chance(0.05) && members.length > 0) {
    members.push(members[0]!);
  }
  return { addresses: members, threshold: random.pick([1, 1, 1, 2, 0]) };
}

const create: Generator = (view) =>
  draft(view.random.pick(users), "vault.Create", vault.Create, {
    admin_authority: authority(view),
    suspend_authority: authority(view),
  });

/** @param inner makes the transaction that the vault is to execute */
function action(view: View, target: Address, inner: Generator): vault.Action {
  const { random } = view;
  const result = vault.Action.zero();
  const kind = random.int(20);
  if (kind < 2) result.suspend = {};
  else if (kind < 4) result.resume = {};
  else if (kind < 8) {
    result.update_withdraw_policy = {
      address: random.pick(addresses),
      policy: { limit_amount: random.bigint(500n), limit_interval: random.bigint(20n) },
    };
  } else if (kind < 10) {
    result.update_authority = {
      admin_authority: random.chance(0.5) ? authority(view) : null,
      suspend_authority: random.chance(0.5) ? authority(view) : null,
    };
  } else if (kind < 19) {
    const called = random.chance(0.15) ? nested(view, target, inner) : inner(view);
    result.execute_msg = called && { method: called.method, body: called.body };
  }
  if (random.chance(0.03)) result.resume = {};
  return result;
}

/** A vault that authorises an action of itself or of another vault. */
function nested(view: View, target: Address, inner: Generator): Draft | null {
  const others = getVaults(view.state);
  const other = others.length > 0 ? view.random.pick(others) : null;
  if (other === null) {
    return null;
  }
  const body = { vault: vaultAddress(other), nonce: other.nonce, action: action(view, target, inner) };
  return { signer: users[0]!, method: "vault.AuthorizeAction", body: encode(vault.AuthorizeAction, body) };
}

/** Somebody of an authority of the vault, mostly. */
function member({ random }: View, of: vault.Vault): MemorySigner {
  const listed = [...(of.admin_authority.addresses ?? []), ...(of.suspend_authority.addresses ?? [])].map(
    toHex,
  );
  const known = users.filter(({ publicKey }) => listed.includes(toHex(stakingAddress(publicKey))));
  return known.length > 0 && random.chance(0.9) ? random.pick(known) : random.pick(senders);
}

function authorizeAction(inner: Generator): Generator {
  return (view) => {
    const { random } = view;
    const vaults = getVaults(view.state);
    if (vaults.length === 0) {
      return null;
    }
    const chosen = random.pick(vaults);
    const address = random.chance(0.97) ? vaultAddress(chosen) : randomAddress(view);
    const waiting = getPendingActions(view.state, address).find(({ nonce }) => nonce === chosen.nonce);
    const wanted = waiting && random.chance(0.8) ? waiting.action : action(view, address, inner);
    const nonce = random.chance(0.95) ? chosen.nonce : chosen.nonce + 1n;
    return draft(member(view, chosen), "vault.AuthorizeAction", vault.AuthorizeAction, {
      vault: address,
      nonce,
      action: wanted,
    });
  };
}

const cancelAction: Generator = (view) => {
  const vaults = getVaults(view.state);
  if (vaults.length === 0) {
    return null;
  }
  const chosen = view.random.pick(vaults);
  return draft(member(view, chosen), "vault.CancelAction", vault.CancelAction, {
    vault: vaultAddress(chosen),
    nonce: view.random.chance(0.9) ? chosen.nonce : randomAmount(view) & 0xffffn,
  });
};

/** @param inner makes the transactions that vaults are told to execute */
export const vaultGenerators = (inner: Generator): readonly (readonly [number, Generator])[] => [
  [2, create],
  [12, authorizeAction(inner)],
  [3, cancelAction],
];
