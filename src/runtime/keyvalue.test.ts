import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildExecutable } from "../../paratime/build/build-executable.ts";
import { demoParaTime } from "../../paratime/build/targets.ts";
import { Call, CallOutput, InsertArgs, KeyArgs } from "../../paratime/keyvalue/call.ts";
import { RoundHost } from "../../test/runtime/round-host.ts";
import { concat, equal, fromUtf8, toHex, utf8 } from "../codec/bytes.ts";
import { type Codec, decode, encode, nullable, struct, text } from "../codec/schema.ts";
import { EMPTY_HASH, hashOf, sha512_256 } from "../crypto/hash.ts";
import { silentLogging } from "../telemetry/logger.ts";
import { readTags, readTransactions } from "../types/io-tree.ts";
import { Header } from "../types/roothash-block.ts";
import { IncomingMessages } from "../types/roothash-message.ts";
import { Transfer } from "../types/staking-transactions.ts";
import { createRuntimeHost } from "./create-runtime-host.ts";
import type { RuntimeHost } from "./host.ts";

const runtimeId = new Uint8Array(32).fill(0x80, 0, 1);
const reference = process.env.QANAT_REFERENCE_PARATIME;
if (reference === undefined)
  console.log("official simple-keyvalue not tried: set QANAT_REFERENCE_PARATIME to its executable");

let dataDir: string;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "qanat-keyvalue-"));
  await buildExecutable(demoParaTime);
});
afterAll(() => rmSync(dataDir, { recursive: true }));

/** What both ParaTimes do in the same way. */
describe.each([
  ["the demo ParaTime", demoParaTime.output],
  ["the official simple-keyvalue", reference],
])("%s in the sandbox", (_name, binary) => {
  describe.skipIf(binary === undefined)("(executable given)", () => {
    let host: RuntimeHost;
    let rounds: RoundHost;

    beforeEach(async () => {
      rounds = new RoundHost(runtimeId);
      host = createHost(binary!, rounds);
      host.start();
      return () => host.stop();
    });

    test("introduces itself", async () => {
      await host.call("RuntimePingRequest", {});
      expect(host.info()).toMatchObject({
        protocol_version: { major: 5 },
        runtime_version: { major: 0, minor: 0, patch: 0 },
        features: { schedule_control: { initial_batch_size: 100 } },
      });
    });

    test("follows the consensus layer", async () => {
      expect(await host.call("RuntimeConsensusSyncRequest", { height: 25_300_000n })).toEqual({});
    });

    test("checks transactions", async () => {
      const good = insert("alice", 0n, "key", "value");
      const ahead = insert("alice", 5n, "key", "value");
      const long = insert("bob", 0n, "key", "v".repeat(129));
      const unknown = call("bob", 0n, "make_coffee", KeyArgs, KeyArgs.make());
      const { results } = await rounds.check(host, [good, ahead, long, unknown]);
      const sender = utf8("alice");
      const success = { module: "", code: 0, message: "" };
      expect(results).toEqual([
        { error: success, meta: { priority: 0n, sender, sender_seq: 0n, sender_state_seq: 0n } },
        { error: success, meta: { priority: 0n, sender, sender_seq: 5n, sender_state_seq: 0n } },
        { error: { module: "test", code: 1, message: "Value too big to be inserted." }, meta: null },
        { error: { module: "test", code: 1, message: "method not found" }, meta: null },
      ]);
    });

    test("schedules and executes a batch, and its write logs lead to its roots", async () => {
      const inputs = [
        insert("alice", 0n, "key", "one"),
        insert("alice", 1n, "key", "two"),
        call("alice", 2n, "get", KeyArgs, KeyArgs.make({ key: "key" })),
        call("alice", 3n, "remove", KeyArgs, KeyArgs.make({ key: "key" })),
        call("alice", 4n, "get", KeyArgs, KeyArgs.make({ key: "key" })),
        insert("bob", 3n, "later", "nonce is ahead"),
        call("carol", 0n, "get_runtime_id", nullable(text), null),
      ];
      const rejected = insert("dave", 0n, "key", "v".repeat(129));
      const result = await rounds.execute(host, [...inputs, rejected]);

      const tree = rounds.ioTree(result);
      expect(toHex(tree.rootHash())).toBe(toHex(result.batch.header.io_root!));
      const transactions = readTransactions(tree);
      expect(transactions.map(({ input }) => toHex(input))).toEqual(inputs.map(toHex));
      expect(transactions.map(({ output }) => outputText(output!))).toEqual([
        "null",
        "one",
        "two",
        "two",
        "null",
        "error: Invalid nonce: 3",
        toHex(runtimeId),
      ]);
      expect(result.tx_hashes?.map(toHex)).toEqual(inputs.map((input) => toHex(sha512_256(input))));
      expect(result.tx_reject_hashes?.map(toHex)).toEqual([toHex(sha512_256(rejected))]);
      expect(tagsOf(tree, inputs[0]!)).toEqual({ kv_op: "insert", kv_key: "key", "kv_insertion.key": "" });
      expect(tagsOf(tree, inputs[3]!)).toEqual({ kv_op: "remove", kv_key: "key" });
      expect(tagsOf(tree, inputs[5]!)).toEqual({});

      const { header, rak_sig, messages } = result.batch;
      expect(header).toMatchObject({ round: 1n, in_msgs_count: 0 });
      expect(toHex(header.previous_hash)).toBe(toHex(hashOf(Header, rounds.header)));
      expect([header.messages_hash, header.in_msgs_hash].map((hash) => toHex(hash!))).toEqual([
        toHex(EMPTY_HASH),
        toHex(EMPTY_HASH),
      ]);
      expect([rak_sig.length, messages]).toEqual([64, []]);

      rounds.finalize(result);
      const state = [...rounds.state.seek(new Uint8Array(0))].map(
        ([key, value]) => `${toHex(key)}=${toHex(value)}`,
      );
      expect(state).toEqual([
        "02=0000000000000007",
        `ff${toHex(utf8("alice"))}=0000000000000005`,
        `ff${toHex(utf8("carol"))}=0000000000000001`,
      ]);
    });

    test("executes a batch of another scheduler to the same result", async () => {
      const inputs = [insert("alice", 0n, "a", "1"), insert("alice", 1n, "b", "2")];
      const scheduled = await rounds.execute(host, inputs);
      const executed = await rounds.execute(host, inputs, { ioRoot: scheduled.tx_input_root });
      expect(executed.batch.header).toEqual(scheduled.batch.header);
    });

    test("an empty round has an empty I/O tree", async () => {
      const result = await rounds.execute(host, []);
      expect(toHex(result.batch.header.io_root!)).toBe(toHex(EMPTY_HASH));
      expect(result.batch.io_write_log).toEqual([]);
      rounds.finalize(result);
    });

    test("takes messages from the consensus layer", async () => {
      const message = {
        id: 0n,
        caller: new Uint8Array(21),
        tag: 0n,
        fee: 0n,
        tokens: 0n,
        data: insert("x", 0n, "k", "v"),
      };
      const result = await rounds.execute(host, [], { incoming: [message] });
      expect(result.batch.header.in_msgs_count).toBe(1);
      expect(toHex(result.batch.header.in_msgs_hash!)).toBe(toHex(hashOf(IncomingMessages, [message])));
      rounds.finalize(result);
      expect(fromUtf8(rounds.state.get(utf8("k"))!)).toBe("v");
    });

    test("answers queries on the last state, and refuses unknown methods", async () => {
      rounds.finalize(await rounds.execute(host, [insert("alice", 0n, "key", "value")]));
      const key = encode(KeyArgs, KeyArgs.make({ key: "key" }));
      const { data } = await rounds.query(host, "get", key);
      expect(decode(nullable(text), data)).toBe("value");
      const none = await rounds.query(host, "get", encode(KeyArgs, KeyArgs.make({ key: "none" })));
      expect(decode(nullable(text), none.data)).toBeNull();
      const id = await rounds.query(host, "get_runtime_id", Uint8Array.of(0xf6));
      expect(decode(text, id.data)).toBe(toHex(runtimeId));
      await expect(rounds.query(host, "make_coffee", key)).rejects.toMatchObject({
        module: "test",
        wireCode: 1,
        message: "method not found",
      });
    });

    test("stays equal to a plain map over rounds, also when started again in between", async () => {
      const model = new Map<string, string>();
      const random = randomNumbers(20_260_101);
      let nonce = 0n;
      for (let round = 0; round < 8; round++) {
        const inputs: Uint8Array[] = [];
        for (let i = 0; i < 60; i++) {
          const key = `key ${Math.floor(random() * 80)}`;
          if (random() < 0.6) {
            const value = `value ${nonce}`;
            inputs.push(insert("alice", nonce++, key, value));
            model.set(key, value);
          } else {
            inputs.push(call("alice", nonce++, "remove", KeyArgs, KeyArgs.make({ key })));
            model.delete(key);
          }
        }
        rounds.finalize(await rounds.execute(host, inputs));
        if (round % 3 === 2) {
          await host.stop();
          host.start();
        }
        const stored = [...rounds.state.prefix(utf8("key "))].map(([key, value]) => [
          fromUtf8(key),
          fromUtf8(value),
        ]);
        expect(stored, `round ${round}`).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
      }
    });

    test("a host that lies about the state gets no answer", async () => {
      rounds.finalize(await rounds.execute(host, [insert("alice", 0n, "key", "value")]));
      await host.stop();
      host.start();
      rounds.tamper = ({ proof }) => ({
        proof: { ...proof, entries: proof.entries!.map((entry) => entry && changeValue(entry)) },
      });
      const query = rounds.query(host, "get", encode(KeyArgs, KeyArgs.make({ key: "key" })));
      // The demo ParaTime answers with an error; the official one ends itself.
      const answer = await query.then(
        ({ data }) => data,
        () => null,
      );
      expect(answer).toBeNull();
    });
  });
});

describe("the demo ParaTime", () => {
  test("does not ask for what it knows: its own results and what it has read", async () => {
    const rounds = new RoundHost(runtimeId);
    const host = createHost(demoParaTime.output, rounds);
    host.start();
    for (let round = 0; round < 3; round++) {
      const inputs = Array.from({ length: 50 }, (_, i) =>
        insert(`user ${i}`, BigInt(round), `key ${i}`, "value"),
      );
      rounds.finalize(await rounds.execute(host, inputs));
    }
    expect(rounds.storageCalls).toBe(0);
    await host.stop();
    host.start();
    const args = encode(KeyArgs, KeyArgs.make({ key: "key 7" }));
    await rounds.query(host, "get", args);
    const calls = rounds.storageCalls;
    expect(calls).toBeGreaterThan(0);
    await rounds.query(host, "get", args);
    expect(rounds.storageCalls).toBe(calls);
    await host.stop();
  });

  test("refuses a batch whose inputs are not those of its I/O root, and lives on", async () => {
    const rounds = new RoundHost(runtimeId);
    const host = createHost(demoParaTime.output, rounds);
    host.start();
    await expect(
      rounds.execute(host, [insert("a", 0n, "k", "v")], { ioRoot: EMPTY_HASH }),
    ).rejects.toMatchObject({
      module: "rhp/dispatcher",
    });
    await expect(rounds.execute(host, [Uint8Array.of(0xff)], { ioRoot: EMPTY_HASH })).rejects.toMatchObject({
      module: "test",
      message: "malformed transaction",
    });
    const { results } = await rounds.check(host, [Uint8Array.of(0xff), insert("a", 0n, "k", "v")]);
    expect(results?.map(({ error }) => error.message)).toEqual(["malformed transaction", ""]);
    await host.abort();
    expect(host.status()).toMatchObject({ state: "ready" });
    await host.stop();
  });

  test("sends messages to staking", async () => {
    const rounds = new RoundHost(runtimeId);
    const host = createHost(demoParaTime.output, rounds);
    host.start();
    const args = struct("Args", { transfer: Transfer });
    const tx = call("a", 0n, "consensus_transfer", args, {
      transfer: { to: new Uint8Array(21), amount: 5n },
    });
    const result = await rounds.execute(host, [tx]);
    expect(outputText(readTransactions(rounds.ioTree(result))[0]!.output!)).toBe("null");
    expect(result.batch.messages).toMatchObject([{ staking: { transfer: { amount: 5n } } }]);
    await host.stop();
  });
});

function createHost(binary: string, rounds: RoundHost): RuntimeHost {
  return createRuntimeHost(
    {
      runtimeId,
      binary,
      expectedVersion: () => ({ major: 0, minor: 0, patch: 0 }),
      processHost: "sandbox",
      dataDir,
      chainContext: "46".repeat(32),
    },
    { handler: rounds.handler, logger: silentLogging.logger("runtime") },
  );
}

function call<T>(sender: string, nonce: bigint, method: string, codec: Codec<T>, args: T): Uint8Array {
  return encode(Call, { sender: utf8(sender), nonce, method, args: encode(codec, args) });
}

function insert(sender: string, nonce: bigint, key: string, value: string): Uint8Array {
  return call(sender, nonce, "insert", InsertArgs, InsertArgs.make({ key, value }));
}

/** The result of a method whose result is a text or null, or its error. */
function outputText(output: Uint8Array): string {
  const { Success, Error: error } = decode(CallOutput, output);
  return error === null ? (decode(nullable(text), Success) ?? "null") : `error: ${error}`;
}

function tagsOf(tree: Parameters<typeof readTags>[0], input: Uint8Array): Record<string, string> {
  const hash = sha512_256(input);
  return Object.fromEntries(
    readTags(tree)
      .filter(({ txHash }) => equal(txHash, hash))
      .map(({ key, value }) => [fromUtf8(key), fromUtf8(value)]),
  );
}

/** A leaf's last byte is the last of its value. */
function changeValue(entry: Uint8Array): Uint8Array {
  return concat(entry.subarray(0, -1), Uint8Array.of(entry.at(-1)! ^ 1));
}

/** A small generator with a seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
