import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare } from "../codec/bytes.ts";
import { keyId, keyOfId } from "./key-id.ts";
import { Overlay } from "./overlay.ts";
import { emptyTree, type KeyValueTree, prefixEntries } from "./tree.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const entries = (tree: KeyValueTree, from = bytes()) =>
  [...tree.seek(from)].map(([k, v]) => [keyId(k), keyId(v)]);

// Short keys over a small alphabet meet each other and each other's prefixes often.
const key = fc
  .array(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), { maxLength: 3 })
  .map((values) => Uint8Array.from(values));
const operation = fc.oneof(
  fc.record({ op: fc.constant("insert" as const), key, value: key }),
  fc.record({ op: fc.constant("remove" as const), key }),
  fc.record({ op: fc.constant("seek" as const), key }),
  fc.constantFrom({ op: "push" as const }, { op: "commit" as const }, { op: "reset" as const }),
);

/** The same stack of pending changes as sorted copies of plain maps. */
class Model {
  readonly levels: Map<string, string>[] = [new Map()];
  top = () => this.levels.at(-1)!;
  from(start: string) {
    return [...this.top()].filter(([k]) => k >= start).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

describe("overlay", () => {
  it("behaves as stacked copies of a plain map do", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const model = new Model();
        const trees = [new Overlay(emptyTree)];
        for (const step of operations) {
          const tree = trees.at(-1)!;
          switch (step.op) {
            case "insert":
              tree.insert(step.key, step.value);
              model.top().set(keyId(step.key), keyId(step.value));
              break;
            case "remove":
              tree.remove(step.key);
              model.top().delete(keyId(step.key));
              break;
            case "seek":
              expect(entries(tree, step.key)).toEqual(model.from(keyId(step.key)));
              break;
            case "push":
              trees.push(new Overlay(tree));
              model.levels.push(new Map(model.top()));
              break;
            case "commit":
              if (trees.length === 1) break;
              trees.pop()!.commit();
              model.levels.splice(-2, 1);
              break;
            case "reset":
              if (trees.length === 1) break;
              tree.reset();
              model.levels[model.levels.length - 1] = new Map(model.levels.at(-2)!);
              break;
          }
          for (const [k, v] of model.top()) expect(keyId(trees.at(-1)!.get(keyOfId(k))!)).toBe(v);
        }
        expect(entries(trees.at(-1)!)).toEqual(model.from(""));
      }),
      { numRuns: 300 },
    );
  });

  it("iterates over what is there when a key is reached", () => {
    const tree = new Overlay(emptyTree);
    for (const k of [1, 2, 3, 5]) tree.insert(bytes(k), bytes());
    const outer = new Overlay(tree);
    const seen: number[] = [];
    for (const [k] of outer.seek(bytes())) {
      seen.push(k[0]!);
      outer.remove(k);
      if (k[0] === 1) outer.remove(bytes(2));
      if (k[0] === 3) outer.insert(bytes(4), bytes());
      if (k[0] === 4) tree.insert(bytes(6), bytes());
    }
    expect(seen).toEqual([1, 3, 4, 5, 6]);
    expect(entries(outer)).toEqual([]);
    expect([...outer.changes()].map(([k, v]) => [k[0], v])).toEqual([1, 2, 3, 4, 5, 6].map((k) => [k, null]));
  });

  it("keeps what lies below until the commit, and says when that cannot be written", () => {
    const base = new Overlay(emptyTree);
    const overlay = new Overlay(base);
    overlay.insert(bytes(1), bytes(2));
    expect(base.get(bytes(1))).toBeNull();
    expect(overlay.size).toBe(1);
    overlay.commit();
    expect(base.get(bytes(1))).toEqual(bytes(2));
    expect(overlay.size).toBe(0);
    expect(() => base.commit()).toThrow("read-only");
  });

  it("bounds a prefix", () => {
    const tree = new Overlay(emptyTree);
    for (const k of [bytes(1), bytes(1, 255), bytes(1, 255, 0), bytes(2)]) tree.insert(k, bytes());
    expect([...tree.prefix(bytes(1, 255))].map(([k]) => keyId(k))).toEqual(["\x01\xff", "\x01\xff\x00"]);
    expect([...prefixEntries(tree, bytes())].length).toBe(4);
  });
});

describe("keyId", () => {
  it("orders as the keys do and can be turned back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (a, b) => {
        expect(keyOfId(keyId(a))).toEqual(a);
        const order = keyId(a) < keyId(b) ? -1 : keyId(a) > keyId(b) ? 1 : 0;
        expect(Math.sign(compare(a, b))).toBe(order);
      }),
    );
  });
});
