import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encode } from "../../src/codec/schema.ts";
import { transactionContext } from "../../src/consensus/decode-transaction.ts";
import { signSigned } from "../../src/crypto/envelope.ts";
import { loadSigner } from "../../src/crypto/key-file.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import { Transaction } from "../../src/types/consensus.ts";
import { Transfer } from "../../src/types/staking-transactions.ts";
import {
  type LocalnetProcess,
  newLocalnetDir,
  removeLocalnetDir,
  startLocalnet,
} from "../localnet-process.ts";
import { oasisNode } from "./command.ts";
import { insert } from "./key-value-client.ts";
import { compareAnswers, type StatelessProcess, startStateless } from "./stateless-node.ts";

// A client without a consensus state beside a local network of two validators, which are its providers.

const timeout = 240_000;
/** How far before the block that it trusts it is asked, in blocks. */
const BEFORE_TRUST = 5n;

describe("a stateless client", () => {
  let dir: string;
  let net: LocalnetProcess;
  let stateless: StatelessProcess;

  beforeAll(async () => {
    dir = newLocalnetDir();
    net = await startLocalnet(dir, ["--validators", "2"]);
    await insert(net, "key", "value");
    const { height: genesisHeight } = await net.client.call("Consensus", "GetGenesisDocument", null);
    await reached(net, genesisHeight + BEFORE_TRUST + 3n);
    const trust = await net.client.call("Consensus", "GetBlock", 0n);
    stateless = await startStateless({
      genesis: net.ready.genesis,
      providers: net.ready.nodes.map(({ socket }) => `unix:${socket}`),
      trust,
    });
  }, 240_000);
  afterAll(async () => {
    await stateless?.[Symbol.asyncDispose]();
    await net?.[Symbol.asyncDispose]();
    removeLocalnetDir(dir);
  });

  test("says what it is", { timeout }, async () => {
    // It heard of the newest block from one of them; the other may be a moment later.
    const heard = async () =>
      (await stateless.client.call("NodeController", "GetStatus", null)).stateless!.providers!;
    while ((await heard()).some(({ height }) => height === 0n)) await new Promise(setImmediate);
    const { code, stdout } = await oasisNode(["control", "status", "-a", `unix:${stateless.socket}`]);
    expect(code).toBe(0);
    const status = JSON.parse(stdout);
    expect(status).toMatchObject({
      mode: "client",
      consensus: { status: "ready", features: 1, chain_context: net.ready.chain_context },
      stateless: { providers: net.ready.nodes.map(({ socket }) => ({ address: `unix:${socket}` })) },
    });
    expect(status.consensus.latest_height).toBeGreaterThan(0);
    expect(status.light_client.latest_height).toBeGreaterThanOrEqual(status.light_client.oldest_height);
    for (const { height, wrong_answers } of status.stateless.providers) {
      expect(height).toBeGreaterThan(0);
      expect(wrong_answers).toBe(0);
    }
    expect(status.warnings ?? []).toEqual([]);
  });

  test("answers everything as the nodes that it asks, also of before the block that it trusts", {
    timeout,
  }, async () => {
    const { height: trusted } = await stateless.client
      .call("NodeController", "GetStatus", null)
      .then(({ light_client }) => ({ height: light_client!.oldest_height }));
    const latest = await stateless.client.call("Consensus", "GetLatestHeight", null);
    for (const height of [latest, trusted - BEFORE_TRUST]) {
      await reached(net, height + 1n);
      const { compared, differences } = await compareAnswers(net.client, stateless.client, height);
      expect(differences).toEqual([]);
      expect(compared).toBeGreaterThan(80);
    }
  });

  test("takes no genesis document out of its state", { timeout }, async () => {
    await expect(stateless.client.call("Consensus", "StateToGenesis", 0n)).rejects.toMatchObject({
      module: "consensus",
      wireCode: 4,
    });
  });

  test("submits a transaction, proves that it is in a block, and sees its effect", { timeout }, async () => {
    const genesis = await stateless.client.call("Consensus", "GetGenesisDocument", null);
    expect(genesis.chain_id).not.toBe("");
    const signer = loadSigner(join(dir, "validator-1", "entity", "entity.pem"));
    const from = stakingAddress(signer.publicKey);
    const to = stakingAddress(new Uint8Array(32).fill(7));
    const account = (owner: Uint8Array) =>
      stateless.client.call("Staking", "Account", { height: 0n, owner: owner as typeof from });
    const { general } = await account(from);
    const transaction: Transaction = {
      nonce: general.nonce,
      fee: { amount: 0n, gas: 5000n },
      method: "staking.Transfer",
      body: encode(Transfer, { to, amount: 1234n }),
    };
    const gas = await stateless.client.call("Consensus", "EstimateGas", {
      signer: signer.publicKey,
      transaction,
    });
    const same = { signer: signer.publicKey, transaction };
    expect(gas).toBe(await net.client.call("Consensus", "EstimateGas", same));
    const context = transactionContext(net.ready.chain_context);
    const signed = signSigned(Transaction, transaction, context, signer);
    const events = stateless.client.watch("Staking", "WatchEvents", null);
    const event = events.next();
    const { height } = await stateless.client.call("Consensus", "SubmitTxWithProof", signed);
    expect((await account(to)).general.balance).toBe(1234n);
    const found = await stateless.client.call("Staking", "GetEvents", height);
    expect(found).toContainEqual(expect.objectContaining({ transfer: { from, to, amount: 1234n } }));
    expect((await event).value).toMatchObject({ height: expect.any(BigInt) });
    await events.return();
    // A refusal is that of the node that was asked.
    const again = { ...transaction, body: encode(Transfer, { to, amount: 1n }) };
    const refused = signSigned(Transaction, again, context, signer);
    await expect(stateless.client.call("Consensus", "SubmitTx", refused)).rejects.toMatchObject({
      module: "consensus/transaction",
      wireCode: 1,
    });
  });

  test("streams blocks and rounds in order", { timeout }, async () => {
    const heights: bigint[] = [];
    for await (const { height } of stateless.client.watch("Consensus", "WatchBlocks", null)) {
      heights.push(height);
      if (heights.length === 5) break;
    }
    expect(heights).toEqual(heights.map((_, i) => heights[0]! + BigInt(i)));
    const rounds = stateless.client.watch("RootHash", "WatchBlocks", net.runtimeId as never);
    const first = await rounds.next();
    const [second] = await Promise.all([rounds.next(), insert(net, "another", "value")]);
    expect(second.value!.block.header.round).toBeGreaterThan(first.value!.block.header.round);
    await rounds.return();
  });

  test("ends when it is asked to", { timeout }, async () => {
    expect(await stateless.process.stop("SIGTERM")).toBe(0);
  });
});

/** Resolves when the first node has the block of a height. */
async function reached({ client }: LocalnetProcess, height: bigint): Promise<void> {
  if ((await client.call("Consensus", "GetLatestHeight", null)) >= height) return;
  for await (const block of client.watch("Consensus", "WatchBlocks", null)) {
    if (block.height >= height) return;
  }
}
