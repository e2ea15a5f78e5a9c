import { describe, expect, test } from "vitest";
import { fromUtf8, utf8 } from "../codec/bytes.ts";
import type { CheckResult, TxResult } from "./application.ts";
import { txSize } from "./block.ts";
import {
  DEFAULT_MEMPOOL_OPTIONS,
  type DroppedTx,
  Mempool,
  type MempoolOptions,
  mempoolKey,
} from "./mempool.ts";

const UNLIMITED = { maxDataBytes: 1_000_000n, maxGas: -1n };

/** Transactions of the form `sender:priority:gas:name`; names in `bad` are refused. */
function mempool(options: Partial<MempoolOptions> = {}) {
  const bad = new Set<string>();
  const checkTx = (tx: Uint8Array): CheckResult => {
    const [sender, priority, gas, name] = fromUtf8(tx).split(":");
    return {
      code: bad.has(name!) ? 7 : 0,
      codespace: "test",
      log: "",
      gasWanted: BigInt(gas!),
      priority: BigInt(priority!),
      sender: sender!,
    };
  };
  const pool = new Mempool({ ...DEFAULT_MEMPOOL_OPTIONS, ...options }, { checkTx }, UNLIMITED);
  const dropped: DroppedTx[] = [];
  pool.onDropped((drop) => dropped.push(drop));
  return { pool, bad, dropped, add: (text: string) => pool.add(utf8(text)) };
}

const names = (txs: readonly Uint8Array[]) => txs.map((tx) => fromUtf8(tx).split(":")[3]);
const result = (code: number): TxResult => ({
  code,
  data: new Uint8Array(0),
  log: "",
  info: "",
  gas_wanted: 0n,
  gas_used: 0n,
  events: [],
  codespace: "",
});

test("higher priority first, then earlier arrival", () => {
  const { pool, add } = mempool();
  for (const tx of [":1:0:a", ":5:0:b", ":1:0:c", ":5:0:d", ":9:0:e"]) add(tx);
  expect(names(pool.reap(UNLIMITED))).toEqual(["e", "b", "d", "a", "c"]);
});

test("one sender's transactions keep their order, the later ones lifting the earlier", () => {
  const { pool, add } = mempool();
  for (const tx of ["s:1:0:s1", "x:5:0:x1", "s:9:0:s2", "s:2:0:s3", "x:1:0:x2"]) add(tx);
  expect(names(pool.reap(UNLIMITED))).toEqual(["s1", "s2", "x1", "s3", "x2"]);
});

test("reaping stops at the first transaction that does not fit", () => {
  const { pool, add } = mempool();
  for (const tx of [":3:10:a", ":2:50:b", ":1:5:c"]) add(tx);
  expect(names(pool.reap({ ...UNLIMITED, maxGas: 20n }))).toEqual(["a"]);
  const twoFit = txSize(utf8(":3:10:a")) * 2n;
  expect(names(pool.reap({ ...UNLIMITED, maxDataBytes: twoFit }))).toEqual(["a", "b"]);
});

describe("admission", () => {
  test("a duplicate has the network's error, also after its block", () => {
    const { pool, add } = mempool();
    add(":1:0:a");
    expect(() => add(":1:0:a")).toThrow(expect.objectContaining({ module: "consensus", wireCode: 5 }));
    pool.update([utf8(":1:0:a")], [result(0)], UNLIMITED);
    expect(pool.size).toBe(0);
    expect(() => add(":1:0:a")).toThrow(expect.objectContaining({ module: "consensus", wireCode: 5 }));
  });

  test("one that failed in its block or was refused may come again", () => {
    const { pool, add, bad } = mempool();
    add(":1:0:a");
    pool.update([utf8(":1:0:a")], [result(1)], UNLIMITED);
    expect(add(":1:0:a").code).toBe(0);
    bad.add("b");
    expect(add(":1:0:b").code).toBe(7);
    bad.clear();
    expect(add(":1:0:b").code).toBe(0);
  });

  test("duplicates are forgotten when more come than are remembered", () => {
    const { pool, add } = mempool({ cacheSize: 2 });
    add(":1:0:a");
    pool.update([utf8(":1:0:a")], [result(0)], UNLIMITED);
    add(":1:0:b");
    add(":1:0:c");
    expect(add(":1:0:a").code).toBe(0);
  });

  test.each([
    ["too large for the mempool", { maxTxBytes: 5 }, UNLIMITED],
    ["too large for a block", {}, { ...UNLIMITED, maxDataBytes: 5n }],
    ["wanting more gas than a block has", {}, { ...UNLIMITED, maxGas: 99n }],
  ])("%s is refused", (_, options, limits) => {
    const { pool, add } = mempool(options);
    pool.update([], [], limits);
    expect(() => add(":1:100:a")).toThrow(expect.objectContaining({ code: "chain/mempool" }));
    expect(pool.size).toBe(0);
  });
});

describe("a full mempool", () => {
  test("evicts the least and latest for something better", () => {
    const { pool, add, dropped } = mempool({ maxTxs: 3 });
    for (const tx of [":2:0:a", ":1:0:b", ":1:0:c"]) add(tx);
    add(":5:0:d");
    expect(names(pool.transactions())).toEqual(["d", "a", "b"]);
    expect(dropped).toEqual([{ reason: "evicted", hash: mempoolKey(utf8(":1:0:c")) }]);
    add(":1:0:c".replace(":1:", ":3:"));
    expect(names(pool.transactions())).toEqual(["d", "c", "a"]);
  });

  test("keeps what it has against something no better", () => {
    const { pool, add } = mempool({ maxTxs: 1 });
    add(":2:0:a");
    expect(() => add(":2:0:b")).toThrow(/full/);
    expect(names(pool.transactions())).toEqual(["a"]);
    expect(() => add(":2:0:b")).toThrow(/full/);
  });

  test("counts bytes", () => {
    const { pool, add } = mempool({ maxBytes: 20 });
    add(":1:0:aaaa");
    add(":1:0:bbbb");
    expect(pool.bytes).toBe(18);
    expect(() => add(":2:0:ccccccccccccccccccccc")).toThrow(/full/);
    add(":2:0:cccc");
    expect(names(pool.transactions())).toEqual(["cccc", "aaaa"]);
    expect(pool.bytes).toBe(18);
  });
});

test("after a block the rest is checked again", () => {
  const { pool, add, bad, dropped } = mempool();
  for (const tx of [":1:0:a", ":1:0:b", ":1:0:c"]) add(tx);
  bad.add("b");
  pool.update([utf8(":1:0:a")], [result(0)], UNLIMITED);
  expect(names(pool.transactions())).toEqual(["c"]);
  expect(dropped).toMatchObject([
    { reason: "recheck", hash: mempoolKey(utf8(":1:0:b")), check: { code: 7 } },
  ]);
});
