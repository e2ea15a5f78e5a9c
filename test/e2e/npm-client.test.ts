import * as oasis from "@oasisprotocol/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { TestXMLHttpRequest } from "../../src/api/testing/test-xhr.ts";
import {
  type LocalnetProcess,
  newLocalnetDir,
  removeLocalnetDir,
  startLocalnet,
} from "../localnet-process.ts";

// The npm client as a web page uses it: gRPC-Web over the local network's HTTP port. Nothing of this project on its side.

const { CLIENT_ROUND_LATEST } = oasis.runtime;
const { ROLE_WORKER } = oasis.scheduler;

let dir: string;
let net: LocalnetProcess;
let client: oasis.client.NodeInternal;

beforeAll(async () => {
  vi.stubGlobal("XMLHttpRequest", TestXMLHttpRequest);
  dir = newLocalnetDir();
  net = await startLocalnet(dir);
  client = new oasis.client.NodeInternal(net.ready.http);
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await net?.stop();
  removeLocalnetDir(dir);
});

describe("the consensus layer", () => {
  test("chain context, as the network announces it", async () => {
    expect(await client.consensusGetChainContext()).toBe(net.ready.chain_context);
  });

  test("status of the node", async () => {
    const status = await client.nodeControllerGetStatus();
    expect(status.consensus).toMatchObject({ backend: "tendermint", chain_context: net.ready.chain_context });
    const runtimes = [...status.runtimes!];
    expect(runtimes.map(([id]) => id)).toEqual([net.runtimeId]);
    expect(runtimes[0]![1].committee).toMatchObject({
      executor_roles: Uint8Array.of(ROLE_WORKER),
      scheduler_rank: 0,
    });
    expect(await client.nodeControllerIsSynced()).toBe(true);
    expect(await client.nodeControllerIsReady()).toBe(true);
  });

  test("a block, by its height and as the latest", async () => {
    const latest = await client.consensusGetBlock(oasis.consensus.HEIGHT_LATEST);
    expect(latest.meta).toEqual({ header: expect.any(Uint8Array), last_commit: expect.any(Uint8Array) });
    const again = await client.consensusGetBlock(latest.height);
    expect(again).toEqual(latest);
    expect(latest.hash).toHaveLength(32);
  });

  test("epoch", async () => {
    const epoch = await client.beaconGetEpoch(oasis.consensus.HEIGHT_LATEST);
    expect(epoch).toBe(1);
    const height = await client.beaconGetEpochBlock(epoch);
    expect(await client.beaconGetEpoch(height)).toBe(epoch);
    expect(await client.beaconGetEpoch(BigInt(height) - 1n)).toBe(0);
  });

  test("blocks as they come", async () => {
    const seen = take(client.consensusWatchBlocks(), 3, ({ height }) => BigInt(height));
    // Blocks come with transactions; each of these makes at least one.
    for (let i = 0; i < 2; i++) {
      await client.runtimeClientSubmitTx({ runtime_id: net.runtimeId, data: call("get_runtime_id", null) });
    }
    const heights = await seen;
    const [first] = heights;
    expect(heights).toEqual([first, first! + 1n, first! + 2n]);
  });

  test("a transaction made and signed by the client's own helpers is read as it was meant", async () => {
    const wrapper = await signedTransfer(await client.consensusGetChainContext(), 7n);
    // An account that nobody knows has used no nonce yet: signature and encoding are right, the nonce is not.
    await expect(wrapper.submit(client)).rejects.toMatchObject({
      oasisModule: "consensus/transaction",
      oasisCode: 1,
    });
  });
});

describe("the ParaTime", () => {
  test("a transaction is executed, and its value is read by a query and found in its round", async () => {
    const runtime_id = net.runtimeId;
    const data = call("insert", { key: "colour", value: "blue", generation: 0, churp_id: 0 });
    const meta = await client.runtimeClientSubmitTxMeta({ runtime_id, data });
    expect(meta.check_tx_error).toBeUndefined();
    expect(oasis.misc.fromCBOR(meta.data!)).toEqual({ Success: null });

    expect(await query("get", { key: "colour", generation: 0, churp_id: 0 })).toBe("blue");
    expect(await query("get", { key: "no such key", generation: 0, churp_id: 0 })).toBe(null);

    const round = meta.round!;
    const transactions = await client.runtimeClientGetTransactionsWithResults({ runtime_id, round });
    expect(transactions).toHaveLength(1);
    expect(transactions[0]).toMatchObject({ tx: data, result: meta.data });
    const tags = new Map(
      transactions[0]!.events!.map(({ key, value }) => [
        oasis.misc.toStringUTF8(key),
        oasis.misc.toStringUTF8(value),
      ]),
    );
    expect(tags).toEqual(
      new Map([
        ["kv_op", "insert"],
        ["kv_key", "colour"],
        ["kv_insertion.colour", ""],
      ]),
    );
    const events = await client.runtimeClientGetEvents({ runtime_id, round });
    expect(events.map(({ key }) => oasis.misc.toStringUTF8(key)).sort()).toEqual([...tags.keys()].sort());
  });

  test("the short form of a submission yields the output alone", async () => {
    const runtime_id = net.runtimeId;
    const data = call("insert", { key: "colour", value: "green", generation: 0, churp_id: 0 });
    const output = await client.runtimeClientSubmitTx({ runtime_id, data });
    expect(oasis.misc.fromCBOR(output)).toEqual({ Success: expect.toBeOneOf([null, "blue"]) });
  });

  test("a round comes with its block", async () => {
    const rounds = take(client.runtimeClientWatchBlocks(net.runtimeId), 2, ({ block }) =>
      BigInt(block.header.round),
    );
    // The first is the latest there is; the other comes with the next transaction.
    await client.runtimeClientSubmitTx({ runtime_id: net.runtimeId, data: call("get_runtime_id", null) });
    const [first, second] = await rounds;
    expect(second).toBe(first! + 1n);
    const block = await client.runtimeClientGetBlock({ runtime_id: net.runtimeId, round: second! });
    expect(BigInt(block.header.round)).toBe(second);
  });
});

describe("errors have the module and the code of the official node", () => {
  test("of the consensus layer: state of a height that is not there", async () => {
    await expect(client.registryGetEntities(1_000_000n)).rejects.toMatchObject({
      oasisModule: "consensus",
      oasisCode: 3,
      message: expect.stringContaining("version not found"),
    });
  });

  test("of a service: an entity that is not registered", async () => {
    const query = { height: oasis.consensus.HEIGHT_LATEST, id: new Uint8Array(32).fill(1) };
    await expect(client.registryGetEntity(query)).rejects.toMatchObject({
      oasisModule: oasis.registry.MODULE_NAME,
      oasisCode: oasis.registry.ERR_NO_SUCH_ENTITY_CODE,
    });
  });

  test("of a ParaTime that this node does not host", async () => {
    const runtime_id = new Uint8Array(32).fill(0x80, 0, 1).fill(1, 31);
    await expect(
      client.runtimeClientSubmitTx({ runtime_id, data: call("get_runtime_id", null) }),
    ).rejects.toMatchObject({
      oasisModule: oasis.runtime.CLIENT_MODULE_NAME,
      oasisCode: oasis.runtime.CLIENT_ERR_NO_HOSTED_RUNTIME_CODE,
    });
  });

  test("of a ParaTime that refuses a transaction", async () => {
    const data = call("insert", { key: "k", value: "x".repeat(200), generation: 0, churp_id: 0 });
    await expect(client.runtimeClientSubmitTx({ runtime_id: net.runtimeId, data })).rejects.toMatchObject({
      oasisModule: oasis.runtime.CLIENT_MODULE_NAME,
      oasisCode: oasis.runtime.CLIENT_ERR_CHECK_TX_FAILED_CODE,
      message: expect.stringContaining("Value too big to be inserted."),
    });
  });

  test("of a ParaTime that refuses a query", async () => {
    await expect(query("no such method", null)).rejects.toMatchObject({
      oasisModule: "test",
      oasisCode: 1,
    });
  });

  test("a transaction signed for another network has an error without a code, as there", async () => {
    const wrapper = await signedTransfer("f".repeat(64), 0n);
    await expect(wrapper.submit(client)).rejects.toThrow("signature verification failed");
  });
});

/** A transfer of a new account, signed for a network. */
async function signedTransfer(chainContext: string, nonce: bigint) {
  const signer = oasis.signature.NaclSigner.fromRandom("this key is not important");
  const wrapper = oasis.staking.transferWrapper();
  wrapper.setNonce(nonce);
  wrapper.setFeeAmount(oasis.quantity.fromBigInt(0n));
  wrapper.setFeeGas(1000n);
  wrapper.setBody({
    to: await oasis.staking.addressFromPublicKey(new Uint8Array(32).fill(7)),
    amount: oasis.quantity.fromBigInt(1n),
  });
  await wrapper.sign(new oasis.signature.BlindContextSigner(signer), chainContext);
  return wrapper;
}

/** A call of the official `simple-keyvalue`'s format, of a sender of its own. */
function call(method: string, args: unknown): Uint8Array {
  return oasis.misc.toCBOR({
    sender: crypto.getRandomValues(new Uint8Array(16)),
    nonce: 0,
    method,
    args,
  });
}

async function query(method: string, args: unknown): Promise<unknown> {
  const { data } = await client.runtimeClientQuery({
    runtime_id: net.runtimeId,
    round: CLIENT_ROUND_LATEST,
    method,
    args: oasis.misc.toCBOR(args),
  });
  return oasis.misc.fromCBOR(data);
}

interface Stream<T> {
  on(event: "data", listener: (item: T) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  cancel(): void;
}

/** The first items of a stream, which is left then. */
function take<T, R>(stream: Stream<T>, count: number, read: (item: T) => R): Promise<R[]> {
  return new Promise((resolve, reject) => {
    const items: R[] = [];
    stream.on("error", reject);
    stream.on("data", (item) => {
      if (items.push(read(item)) < count) return;
      stream.cancel();
      resolve(items);
    });
  });
}
