import { beforeEach, describe, expect, test } from "vitest";
import { alice, bob, Network } from "../../../test/consensus-network.ts";
import { fromBase64 } from "../../codec/bytes.ts";
import type { Address } from "../../codec/common-types.ts";
import { type Codec, decode, encode } from "../../codec/schema.ts";
import type { MemorySigner } from "../../crypto/memory-signer.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { Transfer, Withdraw } from "../../types/staking-transactions.ts";
import {
  Action,
  ActionExecutedEvent,
  AuthorizeAction,
  CancelAction,
  ConsensusParameters,
  Create,
  STATE_ACTIVE,
  STATE_SUSPENDED,
} from "../../types/vault.ts";
import { getAccount } from "../staking/state.ts";
import { queryAddressState, queryGenesis, queryPendingActions, queryVaults } from "./query.ts";
import { getVault } from "./state.ts";
import { vaultAddress } from "./vault-address.ts";

const [aliceAddress, bobAddress] = [alice, bob].map(({ publicKey }) => stakingAddress(publicKey)) as [
  Address,
  Address,
];
const FEE = { amount: 0n, gas: 1000n };

let network: Network;
let nonces: Map<MemorySigner, bigint>;
/** Alice's and Bob's vault, made by Alice; Bob alone can suspend it. */
let vault: Address;

beforeEach(() => {
  network = new Network((document) => {
    document.vault = {
      params: ConsensusParameters.make({ enabled: true, max_authority_addresses: 4 }),
      vaults: null,
      states: null,
      pending_actions: null,
    };
  });
  nonces = new Map();
  const admin = { addresses: [aliceAddress, bobAddress], threshold: 2 };
  const suspend = { addresses: [bobAddress], threshold: 1 };
  expect(send(alice, "vault.Create", Create, { admin_authority: admin, suspend_authority: suspend })).toBe(
    "ok",
  );
  vault = vaultAddress({ creator: aliceAddress, id: 1n });
});

const state = () => network.application.state!;
const balance = (address: Address) => getAccount(state(), address).general.balance;

/** Puts one transaction into a block. Returns its outcome. */
function send<B>(signer: MemorySigner, method: string, codec: Codec<B>, body: B): string {
  const nonce = nonces.get(signer) ?? 0n;
  nonces.set(signer, nonce + 1n);
  const [result] = network.produce(
    network.sign(signer, { nonce, method, body: encode(codec, body), fee: FEE }),
  ).txs;
  lastEvents = result!.events.flatMap(({ attributes }) => attributes);
  return result!.code === 0 ? "ok" : `${result!.codespace}/${result!.code}`;
}
let lastEvents: { key: string; value: string }[] = [];

const authorize = (signer: MemorySigner, nonce: bigint, action: Partial<Action>) =>
  send(signer, "vault.AuthorizeAction", AuthorizeAction, { vault, nonce, action: Action.make(action) });

/** Outcome of the action that the last transaction executed, if it did. */
function executed(): string | null {
  const event = lastEvents.find(({ key }) => key === "action_executed");
  if (event === undefined) {
    return null;
  }
  const { module, code } = decode(ActionExecutedEvent, fromBase64(event.value)).result;
  return code === 0 ? "ok" : `${module}/${code}`;
}

const transferTo = (to: Address, amount: bigint) => ({
  execute_msg: { method: "staking.Transfer", body: encode(Transfer, { to, amount }) },
});

describe("a vault", () => {
  test("is made under the creator's address and nonce", () => {
    expect(queryVaults(state())).toMatchObject([
      { creator: aliceAddress, id: 1n, state: STATE_ACTIVE, nonce: 0n },
    ]);
  });

  test("acts when enough of its authority agree", () => {
    send(alice, "staking.Transfer", Transfer, { to: vault, amount: 500n });
    expect(authorize(alice, 0n, transferTo(bobAddress, 200n))).toBe("ok");
    expect(executed()).toBeNull();
    expect(queryPendingActions(state(), vault)).toMatchObject([{ nonce: 0n, authorized_by: [aliceAddress] }]);
    expect(authorize(bob, 0n, transferTo(bobAddress, 200n))).toBe("ok");
    expect(executed()).toBe("ok");
    expect(balance(vault)).toBe(300n);
    expect(getVault(state(), vault).nonce).toBe(1n);
    expect(queryPendingActions(state(), vault)).toBeNull();
  });

  test("an action that fails is over all the same", () => {
    authorize(alice, 0n, transferTo(bobAddress, 200n));
    expect(authorize(bob, 0n, transferTo(bobAddress, 200n))).toBe("ok");
    expect(executed()).toBe("unknown/1");
    expect(getVault(state(), vault).nonce).toBe(1n);
  });

  test("agreement is to the same action, under the vault's nonce, by its members", () => {
    authorize(alice, 0n, transferTo(bobAddress, 200n));
    expect(authorize(bob, 0n, transferTo(bobAddress, 201n))).toBe("vault/1");
    expect(authorize(bob, 1n, transferTo(bobAddress, 200n))).toBe("vault/4");
    expect(authorize(bob, 0n, {})).toBe("vault/1");
    expect(authorize(alice, 0n, transferTo(bobAddress, 200n))).toBe("ok");
    expect(executed()).toBeNull();
  });

  test("is suspended and resumed by its suspend authority", () => {
    expect(authorize(bob, 0n, { suspend: {} })).toBe("ok");
    expect(getVault(state(), vault).state).toBe(STATE_SUSPENDED);
    expect(lastEvents.map(({ key }) => key)).toEqual([
      "action_submitted",
      "state_changed",
      "action_executed",
    ]);
    expect(authorize(bob, 1n, { resume: {} })).toBe("ok");
    expect(getVault(state(), vault).state).toBe(STATE_ACTIVE);
  });

  test("an action can be cancelled", () => {
    const cancel = (nonce: bigint) => send(bob, "vault.CancelAction", CancelAction, { vault, nonce });
    expect(cancel(0n)).toBe("vault/6");
    authorize(alice, 0n, transferTo(bobAddress, 200n));
    expect(cancel(1n)).toBe("vault/4");
    expect(cancel(0n)).toBe("ok");
    expect(getVault(state(), vault)).toMatchObject({ nonce: 1n });
  });

  test("lets an address withdraw within its policy", () => {
    send(alice, "staking.Transfer", Transfer, { to: vault, amount: 500n });
    const take = (amount: bigint) => send(bob, "staking.Withdraw", Withdraw, { from: vault, amount });
    expect(take(10n)).toBe("staking/5");
    const policy = { limit_amount: 100n, limit_interval: 1000n };
    authorize(alice, 0n, { update_withdraw_policy: { address: bobAddress, policy } });
    authorize(bob, 0n, { update_withdraw_policy: { address: bobAddress, policy } });
    expect(executed()).toBe("ok");
    expect(take(60n)).toBe("ok");
    expect(take(41n)).toBe("staking/5");
    expect(take(40n)).toBe("ok");
    expect(queryAddressState(state(), vault, bobAddress)).toEqual({
      withdraw_policy: policy,
      bucket: 0n,
      amount: 100n,
    });
    expect(balance(vault)).toBe(400n);
    authorize(bob, 1n, { suspend: {} });
    expect(take(0n)).toBe("staking/5");
  });

  test("can govern another one, and itself as caller", () => {
    const own = { addresses: [vault], threshold: 1 };
    const create = {
      execute_msg: {
        method: "vault.Create",
        body: encode(Create, { admin_authority: own, suspend_authority: own }),
      },
    };
    authorize(alice, 0n, create);
    authorize(bob, 0n, create);
    expect(executed()).toBe("ok");
    expect(queryVaults(state())).toHaveLength(2);
  });

  test("cannot be made with an authority that can never decide", () => {
    const nobody = { addresses: [], threshold: 1 };
    expect(send(alice, "vault.Create", Create, { admin_authority: nobody, suspend_authority: nobody })).toBe(
      "vault/1",
    );
  });

  test("goes into a genesis document", () => {
    authorize(alice, 0n, transferTo(bobAddress, 200n));
    const genesis = queryGenesis(state());
    expect(genesis.vaults).toHaveLength(1);
    expect(genesis.pending_actions?.size).toBe(1);
    expect(genesis.states?.size).toBe(0);
  });
});
