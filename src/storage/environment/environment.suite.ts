import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EMPTY_BYTES, equal } from "../../codec/bytes.ts";
import { text } from "../../codec/schema.ts";
import type { Environment } from "./environment.ts";
import { bytesKey, bytesValue, cborValue, defineTable, fixedKey, textKey, u64Key, uint } from "./table.ts";

const blocks = defineTable({
  name: "suite_blocks",
  key: [u64Key("height"), fixedKey("hash", 2)],
  value: cborValue(text),
  meaning: "Test.",
});
const names = defineTable({
  name: "suite_names",
  key: [uint("kind", 1), textKey("name")],
  value: bytesValue,
  meaning: "Test.",
});
const blobs = defineTable({
  name: "suite_blobs",
  key: [bytesKey("key")],
  value: bytesValue,
  meaning: "Test.",
});

const h = (a: number) => Uint8Array.of(a, 0xff);

/** What every environment must do. */
export function environmentSuite(name: string, open: () => Environment): void {
  describe(name, () => {
    let env: Environment;
    beforeEach(() => {
      env = open();
    });
    afterEach(() => env.close());

    it("keeps, replaces, removes and counts entries", () => {
      const table = env.table(blocks);
      expect(table.get([1n, h(1)])).toBeNull();
      table.put([1n, h(1)], "one");
      table.put([1n, h(1)], "uno");
      table.put([2n ** 64n - 1n, h(1)], "last");
      expect(table.get([1n, h(1)])).toBe("uno");
      expect([table.has([1n, h(1)]), table.has([1n, h(2)])]).toEqual([true, false]);
      expect(table.count()).toBe(2);
      expect(table.remove([1n, h(1)])).toBe(true);
      expect(table.remove([1n, h(1)])).toBe(false);
      expect([...table.range()]).toEqual([[[2n ** 64n - 1n, h(1)], "last"]]);
    });

    it("keeps values of any length, and copies", () => {
      const table = env.table(blobs);
      const long = new Uint8Array(300_000).map((_, i) => i * 7);
      const values = [EMPTY_BYTES, Uint8Array.of(0), long];
      for (const [i, value] of values.entries()) table.put([Uint8Array.of(i)], value);
      const read = values.map((_, i) => table.get([Uint8Array.of(i)]));
      expect(read.map((value) => value?.length)).toEqual([0, 1, 300_000]);
      expect(equal(read[2]!, long)).toBe(true);
      read[2]!.fill(0);
      expect(equal(table.get([Uint8Array.of(2)])!, long)).toBe(true);
    });

    it.each([
      ["all", {}, [1n, 2n, 2n, 3n, 258n]],
      ["a prefix", { prefix: [2n] }, [2n, 2n]],
      ["from", { from: [2n] }, [2n, 2n, 3n, 258n]],
      ["from inside a height", { from: [2n, h(2)] }, [2n, 3n, 258n]],
      ["up to", { to: [2n] }, [1n]],
      ["between", { from: [2n], to: [3n] }, [2n, 2n]],
      ["limited", { from: [2n], limit: 3 }, [2n, 2n, 3n]],
      ["backwards", { reverse: true }, [258n, 3n, 2n, 2n, 1n]],
      ["backwards from a bound", { reverse: true, to: [3n], limit: 1 }, [2n]],
      ["backwards to a bound", { reverse: true, from: [3n] }, [258n, 3n]],
      ["backwards in a prefix", { reverse: true, prefix: [2n], limit: 1 }, [2n]],
      ["the last of nothing", { reverse: true, to: [1n], limit: 1 }, []],
    ] as const)("iterates over %s", (_, range, heights) => {
      const table = env.table(blocks);
      for (const height of [3n, 258n, 1n, 2n]) table.put([height, h(1)], String(height));
      table.put([2n, h(2)], "2'");
      expect([...table.range(range)].map(([[height]]) => height)).toEqual(heights);
      expect([...table.keys(range)].map(([height]) => height)).toEqual(heights);
    });

    it("iterates over low keys and over prefixes of 0xff", () => {
      const table = env.table(blobs);
      for (const key of [[0], [0, 0], [5], [0xff], [0xff, 0xff, 1]])
        table.put([Uint8Array.from(key)], EMPTY_BYTES);
      expect([...table.keys()].length).toBe(5);
      expect([...table.keys({ prefix: [Uint8Array.of(0)] })].length).toBe(2);
      expect([...table.keys({ prefix: [Uint8Array.of(0xff)] })].length).toBe(2);
      expect([...table.keys({ prefix: [Uint8Array.of(0xff)], reverse: true, limit: 1 })]).toEqual([
        [Uint8Array.of(0xff, 0xff, 1)],
      ]);
    });

    it("makes all writes of a transaction or none, also of one inside another", () => {
      const [a, b] = [env.table(names), env.table(blobs)];
      const key = Uint8Array.of(9);
      expect(
        env.transaction(() => {
          a.put([1, "x"], Uint8Array.of(1));
          expect(a.get([1, "x"])).toEqual(Uint8Array.of(1));
          return "result";
        }),
      ).toBe("result");
      const failing = () =>
        env.transaction(() => {
          a.put([1, "x"], Uint8Array.of(2));
          a.put([1, "y"], Uint8Array.of(2));
          env.transaction(() => b.put([key], key));
          a.remove([1, "x"]);
          expect(a.get([1, "x"])).toBeNull();
          throw new Error("changed my mind");
        });
      expect(failing).toThrow("changed my mind");
      expect([...a.range()]).toEqual([[[1, "x"], Uint8Array.of(1)]]);
      expect(b.get([key])).toBeNull();
      env.transaction(() => b.put([key], key));
      expect(b.get([key])).toEqual(key);
    });

    it("keeps scopes apart", () => {
      const [a, b] = [env.table(names, "a"), env.table(names, "b")];
      a.put([0, "k"], Uint8Array.of(1));
      expect([a.count(), b.count(), env.table(names).count()]).toEqual([1, 0, 0]);
      expect(env.table(names, "a").get([0, "k"])).toEqual(Uint8Array.of(1));
    });

    it("refuses keys that no table can hold", () => {
      expect(() => env.table(blobs).get([EMPTY_BYTES])).toThrow("empty key");
      expect(() => env.table(blobs).put([new Uint8Array(1979)], EMPTY_BYTES)).toThrow("has 1979 bytes");
      env.table(blobs).put([new Uint8Array(1978)], EMPTY_BYTES);
      expect(() => env.table(blocks).get([1n, Uint8Array.of(1)])).toThrow("hash has 1 bytes");
    });

    it("counts its bytes and is unusable once closed", async () => {
      const table = env.table(blobs);
      table.put([Uint8Array.of(1)], new Uint8Array(10_000));
      expect(env.size()).toBeGreaterThanOrEqual(10_000);
      await env.flush();
      await env.close();
      await env.close();
      for (const use of [
        () => env.transaction(() => 1),
        () => table.put([Uint8Array.of(1)], EMPTY_BYTES),
        () => env.table(names),
      ]) {
        expect(use).toThrow(expect.objectContaining({ code: "storage/closed" }));
      }
    });
  });
}
