import { beforeEach, describe, expect, test } from "vitest";
import { alice, bob, consensusKey, entity, Network } from "../../test/consensus-network.ts";
import { toHex } from "../codec/bytes.ts";
import { decode, encode } from "../codec/schema.ts";
import { signSigned } from "../crypto/envelope.ts";
import { stakingAddress } from "../types/account-address.ts";
import { BlockMetadata, SignedTransaction, Transaction } from "../types/consensus.ts";
import { AmendCommissionSchedule, Transfer } from "../types/staking-transactions.ts";
import { transactionContext } from "./decode-transaction.ts";
import { InvariantError } from "./errors.ts";
import { getAccount, getCommonPool } from "./staking/state.ts";

const [aliceAddress, bobAddress] = [alice, bob].map(({ publicKey }) => stakingAddress(publicKey)) as [
  Uint8Array,
  Uint8Array,
];
const transferBody = (amount: bigint, to = bobAddress) => encode(Transfer, { to, amount });
const transfer = (nonce: bigint, amount: bigint, fee = { amount: 0n, gas: 100n }) => ({
  nonce,
  method: "staking.Transfer",
  body: transferBody(amount),
  fee,
});

let network: Network;

beforeEach(() => {
  network = new Network();
});

const balanceOf = (address: Uint8Array) => getAccount(network.application.state!, address).general.balance;

describe("blocks of one's own", () => {
  test("are proposed, accepted, executed once and committed", () => {
    const { block, txs, appHash } = network.produce(
      network.sign(alice, transfer(0n, 25n, { amount: 5n, gas: 100n })),
    );
    expect(txs).toEqual([expect.objectContaining({ code: 0, gas_wanted: 100n, gas_used: 10n })]);
    expect(network.application.info()).toEqual({ lastHeight: 1n, lastAppHash: appHash });
    expect(balanceOf(aliceAddress)).toBe(1_000_000n - 30n);
    expect(balanceOf(bobAddress)).toBe(1_000_025n);
    const signed = decode(SignedTransaction, block.txs.at(-1)!);
    const metadata = decode(BlockMetadata, decode(Transaction, signed.untrusted_raw_value).body);
    expect(metadata.state_root).toEqual(appHash);
  });

  test("lead others to the same state", () => {
    const follower = network.follower();
    for (let nonce = 0n; nonce < 12n; nonce++) {
      const { block, results, appHash } = network.produce(network.sign(alice, transfer(nonce, 1n)));
      expect(follower.processProposal(block)).toBe(true);
      expect(follower.finalizeBlock(block)).toEqual(results);
      expect(follower.commit().appHash).toEqual(appHash);
    }
  });

  test("carry the events of the genesis state in the first one only", () => {
    const first = network.produce();
    expect(first.results.beginEvents[0]).toMatchObject({ type: "oasis_event_000_beacon" });
    expect(network.produce().results.beginEvents).toEqual([]);
  });

  test("hold only as many transactions as fit beside the metadata", () => {
    const txs = [0n, 1n].map((nonce) => network.sign(alice, transfer(nonce, 1n)));
    const input = network.proposal(txs);
    const maxTxBytes = BigInt(txs[0]!.length + txs[1]!.length + 16_384 - 1);
    expect(network.application.prepareProposal({ ...input, maxTxBytes })).toHaveLength(2);
    expect(network.application.prepareProposal({ ...input, maxTxBytes: maxTxBytes + 1n })).toHaveLength(3);
  });
});

describe("a transaction that would stop the block", () => {
  // Steps of commission schedules are aligned with an interval; with an interval of 0 no node can tell.
  const amendment = { rates: [{ start: 5n, rate: 0n }], bounds: [{ start: 5n, rate_min: 0n, rate_max: 1n }] };
  const body = encode(AmendCommissionSchedule, { amendment });
  const impossible = () =>
    network.sign(entity, {
      nonce: 0n,
      method: "staking.AmendCommissionSchedule",
      body,
      fee: { amount: 0n, gas: 9n },
    });

  beforeEach(() => {
    network = new Network((document) => {
      document.staking.params.commission_schedule_rules.max_rate_steps = 1;
      document.staking.params.commission_schedule_rules.max_bound_steps = 1;
    });
    network.produce();
  });

  test("is left out of one's own proposal, alone, and leaves the mempool", () => {
    const first = network.sign(alice, transfer(0n, 5n));
    const bad = impossible();
    const last = network.sign(alice, transfer(1n, 6n));
    expect(network.application.checkTx(bad, "new").code).toBe(0);
    const { block, txs } = network.produce(first, bad, last);
    expect(block.txs.slice(0, -1)).toEqual([first, last]);
    expect(txs).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(network.application.checkTx(bad, "recheck")).toMatchObject({ code: 1, codespace: "unknown" });
    expect(network.produce(bad).txs).toEqual([]);
  });

  test("makes the proposal of another node unacceptable", () => {
    const [metadata] = network.application.prepareProposal({
      ...network.proposal([]),
      maxTxBytes: 1_000_000n,
    });
    expect(network.application.processProposal(network.proposal([impossible(), metadata!]))).toBe(false);
  });
});

describe("blocks of others", () => {
  const metadataOf = (
    change: (metadata: BlockMetadata, transaction: Transaction) => void,
    signer = consensusKey,
  ) => {
    const empty = network.application.prepareProposal({ ...network.proposal([]), maxTxBytes: 100_000n });
    const signed = decode(SignedTransaction, empty.at(-1)!);
    const transaction = decode(Transaction, signed.untrusted_raw_value);
    const metadata = decode(BlockMetadata, transaction.body);
    change(metadata, transaction);
    transaction.body = encode(BlockMetadata, metadata);
    const context = transactionContext(network.chainContext);
    return encode(SignedTransaction, signSigned(Transaction, transaction, context, signer));
  };
  const accepts = (...txs: Uint8Array[]) => network.follower().processProposal(network.proposal(txs));

  test("are accepted when the metadata is right, wherever it is", () => {
    expect(accepts(metadataOf(() => {}))).toBe(true);
  });

  test.each<[string, (metadata: BlockMetadata, transaction: Transaction) => void]>([
    ["another state root", (metadata) => (metadata.state_root = new Uint8Array(32))],
    ["another events root", (metadata) => (metadata.events_root = new Uint8Array(32))],
    ["a short events root", (metadata) => (metadata.events_root = new Uint8Array(31))],
    ["a nonce", (_, transaction) => (transaction.nonce = 1n)],
    ["a fee", (_, transaction) => (transaction.fee = { amount: 0n, gas: 0n })],
  ])("are refused with %s in the metadata", (_, change) => {
    expect(accepts(metadataOf(change))).toBe(false);
  });

  test("are refused without metadata, with two, or with somebody else's", () => {
    const metadata = metadataOf(() => {});
    expect(accepts()).toBe(false);
    expect(accepts(metadata, metadata)).toBe(false);
    expect(accepts(metadataOf(() => {}, entity))).toBe(false);
  });

  test("stop the node when they are decided and wrong", () => {
    const follower = network.follower();
    const wrong = metadataOf((metadata) => (metadata.state_root = new Uint8Array(32)));
    expect(() => follower.finalizeBlock(network.proposal([wrong]))).toThrow(InvariantError);
  });

  test("replace a proposal that was not decided", () => {
    const undecided = network.proposal(
      network.application.prepareProposal({
        ...network.proposal([network.sign(alice, transfer(0n, 7n))]),
        maxTxBytes: 100_000n,
      }),
    );
    const decided = { ...network.proposal([metadataOf(() => {})]), hash: new Uint8Array(32).fill(9) };
    const follower = network.follower();
    expect(follower.processProposal(undecided)).toBe(true);
    follower.finalizeBlock(decided);
    follower.commit();
    expect(getAccount(follower.state!, bobAddress).general.balance).toBe(1_000_000n);
  });
});

describe("a transaction that fails in a block", () => {
  test("keeps its fee, nonce and gas", () => {
    const tooMuch = network.sign(alice, transfer(0n, 10n ** 12n, { amount: 5n, gas: 100n }));
    const next = network.sign(alice, transfer(1n, 1n, { amount: 0n, gas: 9n }));
    const { txs } = network.produce(tooMuch, next);
    expect(txs).toMatchObject([
      { code: 1, codespace: "unknown", gas_wanted: 100n, gas_used: 10n, data: new Uint8Array(0) },
      { code: 1, codespace: "unknown", gas_wanted: 9n, gas_used: 0n },
    ]);
    expect(getAccount(network.application.state!, aliceAddress).general).toMatchObject({
      balance: 1_000_000n - 5n,
      nonce: 2n,
    });
  });

  test.each<[string, () => Uint8Array, string]>([
    ["wrong nonce", () => network.sign(alice, transfer(5n, 1n)), "consensus/transaction/1"],
    [
      "a fee beyond the balance",
      () => network.sign(alice, transfer(0n, 1n, { amount: 10n ** 7n, gas: 1n })),
      "staking/10",
    ],
    [
      "too large",
      () => network.sign(alice, { ...transfer(0n, 1n), body: new Uint8Array(40_000) }),
      "consensus/2",
    ],
    ["an unknown method", () => network.sign(alice, { nonce: 0n, method: "staking.Nothing" }), "unknown/1"],
    ["no method", () => network.sign(alice, { nonce: 0n, method: "" }), "unknown/1"],
    ["a disabled service", () => network.sign(alice, { nonce: 0n, method: "vault.Create" }), "unknown/1"],
    [
      "a body that does not decode",
      () => network.sign(alice, { ...transfer(0n, 1n), body: Uint8Array.of(0x01) }),
      "staking/1",
    ],
    ["no envelope", () => Uint8Array.of(0xa0), "unknown/1"],
    [
      "another network's signature",
      () => new Network((d) => (d.chain_id = "other")).sign(alice, transfer(0n, 1n)),
      "unknown/1",
    ],
  ])("%s", (_, make, expected) => {
    const [result] = network.produce(make()).txs;
    expect(`${result!.codespace}/${result!.code}`).toBe(expected);
  });

  test("below the minimum gas price has paid already", () => {
    network = new Network((document) => (document.consensus.params.min_gas_price = 2n));
    const [cheap, fair] = network.produce(
      network.sign(alice, transfer(0n, 1n, { amount: 100n, gas: 100n })),
      network.sign(alice, transfer(1n, 1n, { amount: 200n, gas: 100n })),
    ).txs;
    expect(`${cheap!.codespace}/${cheap!.code}`).toBe("consensus/transaction/3");
    expect(fair!.code).toBe(0);
    expect(balanceOf(aliceAddress)).toBe(1_000_000n - 301n);
  });

  test("for want of block gas reports the gas that the block used", () => {
    network = new Network((document) => (document.consensus.params.max_block_gas = 25n));
    const txs = [0n, 1n, 2n].map((nonce) =>
      network.sign(alice, transfer(nonce, 1n, { amount: 0n, gas: 100n })),
    );
    expect(network.produce(...txs).txs).toMatchObject([
      { code: 0, gas_used: 10n },
      { code: 0, gas_used: 20n },
      // Charged to the transaction before the block refused it.
      { code: 1, codespace: "unknown", gas_used: 20n },
    ]);
  });
});

describe("fees", () => {
  test("are split between the proposer, voters and the next proposer", () => {
    network.produce();
    network.produce(network.sign(alice, transfer(0n, 1n, { amount: 10n, gas: 100n })));
    const entityAddress = stakingAddress(entity.publicKey);
    expect(balanceOf(entityAddress)).toBe(2n);
    network.produce();
    expect(balanceOf(entityAddress)).toBe(10n);
    expect(getCommonPool(network.application.state!)).toBe(0n);
  });
});

describe("CheckTx", () => {
  const check = (tx: Uint8Array, application = network.application) => {
    const { codespace, code, ...rest } = application.checkTx(tx, "new");
    return { outcome: code === 0 ? "ok" : `${codespace}/${code}`, ...rest };
  };

  test("needs a committed block", () => {
    expect(check(network.sign(alice, transfer(0n, 1n))).outcome).toBe("consensus/1");
  });

  test("lets transactions of one sender follow each other until the next commit", () => {
    network.produce();
    const first = network.sign(alice, transfer(0n, 1n, { amount: 3n, gas: 50n }));
    expect(check(first)).toMatchObject({
      outcome: "ok",
      gasWanted: 50n,
      priority: 1000n,
      sender: toHex(aliceAddress),
    });
    expect(check(first).outcome).toBe("consensus/transaction/1");
    expect(check(network.sign(alice, transfer(1n, 1n))).outcome).toBe("ok");
    network.produce();
    expect(check(first).outcome).toBe("ok");
  });

  test("does not take the nonce of a transaction that it refuses", () => {
    network.produce();
    expect(check(network.sign(alice, { nonce: 0n, method: "staking.Nothing" })).outcome).toBe("unknown/1");
    expect(check(network.sign(alice, transfer(0n, 1n))).outcome).toBe("ok");
  });

  test("refuses system transactions", () => {
    network.produce();
    expect(check(network.sign(consensusKey, { nonce: 0n, method: "consensus.Meta" })).outcome).toBe(
      "unknown/1",
    );
  });

  test("wants the node's own gas price, except from the node itself", () => {
    network.produce();
    const cheap = (signer: typeof alice) =>
      network.sign(signer, transfer(0n, 1n, { amount: 100n, gas: 100n }));
    const application = network.start({ ownTxSigner: bob.publicKey }, { minGasPrice: 2n });
    expect(check(cheap(alice), application).outcome).toBe("consensus/transaction/3");
    expect(check(cheap(bob), application).outcome).toBe("ok");
  });
});

describe("estimating gas", () => {
  test("counts the size with the longest fee, and the method", () => {
    network = new Network((document) => {
      document.consensus.params.gas_costs = new Map([["tx_byte", 1n]]);
    });
    const transaction = { nonce: 0n, fee: null, method: "staking.Transfer", body: transferBody(1n) };
    expect(() => network.application.estimateGas(alice.publicKey, transaction)).toThrow(
      "no committed blocks",
    );
    network.produce();
    const gas = network.application.estimateGas(alice.publicKey, transaction);
    const fee = { amount: (1n << 64n) - 1n, gas: (1n << 64n) - 1n };
    const longest = network.sign(alice, { ...transaction, fee });
    expect(gas).toBe(BigInt(longest.length) + 10n);
    const { balance } = getAccount(network.application.state!, aliceAddress).general;
    expect(balance).toBe(1_000_000n);
  });
});

describe("a node that starts again", () => {
  test("goes on from its last commit", () => {
    network.produce(network.sign(alice, transfer(0n, 25n)));
    network.produce();
    const before = network.application.info();
    network.application = network.start();
    expect(network.application.info()).toEqual(before);
    expect(network.produce(network.sign(alice, transfer(1n, 5n))).txs).toMatchObject([{ code: 0 }]);
    expect(balanceOf(bobAddress)).toBe(1_000_030n);
  });

  test("refuses the state of another network", () => {
    network.produce();
    const other = new Network((document) => (document.chain_id = "other"));
    const { database } = network;
    Object.assign(other, { database });
    expect(() => other.start()).toThrow(/holds the state of network/);
  });
});
