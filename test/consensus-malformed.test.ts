import { describe, expect, test } from "vitest";
import { concat, equal, toHex } from "../src/codec/bytes.ts";
import { decode } from "../src/codec/schema.ts";
import { services } from "../src/consensus/services.ts";
import { getAccount } from "../src/consensus/staking/state.ts";
import type { Overlay } from "../src/storage/overlay.ts";
import { stakingAddress } from "../src/types/account-address.ts";
import { Account } from "../src/types/staking.ts";
import * as vault from "../src/types/vault.ts";
import { alice, entity, Network } from "./consensus-network.ts";
import { type BodyKind, spoiltBodies, userMethods } from "./malformed-bodies.ts";

const FEE = { amount: 100n, gas: 10_000n };
const SUCCESS = "/0";
const UNKNOWN = "unknown/1";

/** Module and code that the official node answers with: to a body that does not decode, and to one without fields. */
const answers: Readonly<Record<string, readonly [malformed: string, empty: string]>> = {
  "beacon.SetEpoch": [UNKNOWN, UNKNOWN],
  "beacon.VRFProve": [UNKNOWN, UNKNOWN],
  "governance.CastVote": ["governance/1", "governance/6"],
  "governance.SubmitProposal": ["governance/1", "governance/1"],
  "keymanager.PublishEphemeralSecret": ["keymanager/1", "registry/11"],
  "keymanager.PublishMasterSecret": ["keymanager/1", "registry/11"],
  "keymanager.UpdatePolicy": ["keymanager/1", "registry/11"],
  "keymanager/churp.Apply": ["consensus/6", "registry/11"],
  "keymanager/churp.Confirm": ["consensus/6", "registry/11"],
  "keymanager/churp.Create": ["consensus/6", "registry/11"],
  "keymanager/churp.Update": ["consensus/6", "registry/11"],
  "registry.DeregisterEntity": ["registry/9", "registry/9"],
  "registry.ProveFreshness": ["registry/1", "registry/1"],
  "registry.RegisterEntity": ["registry/1", "registry/2"],
  "registry.RegisterNode": ["registry/1", "registry/9"],
  "registry.RegisterRuntime": ["registry/1", "registry/1"],
  "registry.UnfreezeNode": ["registry/1", "registry/10"],
  "roothash.Evidence": ["roothash/1", "roothash/10"],
  "roothash.ExecutorCommit": ["roothash/1", SUCCESS],
  "roothash.SubmitMsg": ["roothash/1", "roothash/3"],
  "staking.AddEscrow": ["staking/1", SUCCESS],
  "staking.Allow": ["staking/1", SUCCESS],
  "staking.AmendCommissionSchedule": ["staking/1", "staking/4"],
  "staking.Burn": ["staking/1", SUCCESS],
  "staking.ReclaimEscrow": ["staking/1", "staking/1"],
  "staking.Transfer": ["staking/1", SUCCESS],
  "staking.Withdraw": ["staking/1", "staking/5"],
  "vault.AuthorizeAction": ["vault/1", "vault/1"],
  "vault.CancelAction": ["vault/1", "vault/2"],
  "vault.Create": ["vault/1", "vault/1"],
};

const expected = (method: string, kind: BodyKind) =>
  kind === "undecodable" ? UNKNOWN : answers[method]![kind === "malformed" ? 0 : 1];

/** A network with every service switched on; no epoch ends while the test runs. */
function network(onChanges: (changes: Overlay) => void) {
  const change = (document: Network["document"]) => {
    document.beacon.params.backend = "vrf";
    document.beacon.params.insecure_parameters = null;
    document.beacon.params.vrf_parameters = {
      alpha_hq_threshold: 1n,
      interval: 1000n,
      proof_delay: 900n,
      gas_costs: null,
    };
    document.vault = vault.Genesis.make({
      params: { enabled: true, max_authority_addresses: 3, gas_costs: null },
    });
  };
  return new Network(change, { observer: { onChanges } });
}

test("every method of every service is walked through", () => {
  expect(services.flatMap(({ methods }) => Object.keys(methods)).sort()).toEqual([...userMethods].sort());
  expect(Object.keys(answers).sort()).toEqual([...userMethods].sort());
});

const keyOf = (address: Uint8Array) => toHex(concat(Uint8Array.of(0x50), address));

/** Where fees go: the block's, the common pool, the proposer's account. */
const feeKeys = new Set(["57", "58", keyOf(stakingAddress(entity.publicKey))]);

describe("a spoilt body is answered as the network does and costs the fee alone", () => {
  const caller = stakingAddress(alice.publicKey);
  const accountKey = keyOf(caller);
  let changed = new Map<string, Uint8Array | null>();
  const net = network((changes) => {
    changed = new Map(
      Array.from(changes.changes(), ([key, value]) => ({ key, value, former: changes.base.get(key) }))
        .filter(({ value, former }) => !same(value, former))
        .map(({ key, value }) => [toHex(key), value]),
    );
  });
  net.produce();

  test.each(userMethods)("%s", (method) => {
    for (const { kind, name, body } of spoiltBodies(method)) {
      // Two blocks later the fees of the last transaction are where they go.
      net.produce();
      net.produce();
      const before = getAccount(net.application.state!, caller);
      const { nonce } = before.general;
      const raw = net.sign(alice, { nonce, method, fee: FEE, ...(body !== null && { body }) });
      const [result] = net.produce(raw).txs;
      expect([name, `${result!.codespace}/${result!.code}`]).toEqual([name, expected(method, kind)]);
      if (result!.code === 0) {
        continue;
      }
      const paid = kind !== "undecodable";
      expect([name, [...changed.keys()].filter((key) => !feeKeys.has(key))]).toEqual([
        name,
        paid ? [accountKey] : [],
      ]);
      if (paid) {
        before.general.balance -= FEE.amount;
        before.general.nonce += 1n;
        expect([name, decode(Account, changed.get(accountKey)!)]).toEqual([name, before]);
      }
    }
  });
});

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equal(a, b);
}
