import { describe, expect, test } from "vitest";
import { MemoryStateStore } from "./state-store.ts";

const key = (n: number) => Uint8Array.of(n, n);

/** A store with keys 1 to 3 at version 7. */
function filled() {
  const store = new MemoryStateStore();
  const tree = store.open();
  for (const n of [1, 2, 3]) {
    tree.insert(key(n), Uint8Array.of(n));
  }
  store.commit(tree, 7n);
  return store;
}

describe("changes to the state in memory", () => {
  test("can be undone: changed, removed and added keys", () => {
    const store = filled();
    const { last } = store;
    const tree = store.open();
    tree.insert(key(1), Uint8Array.of(9));
    tree.remove(key(2));
    tree.insert(key(4), Uint8Array.of(4));
    expect(Array.from(store.pendingChanges())).toEqual([
      { key: key(1), value: Uint8Array.of(9), former: Uint8Array.of(1) },
      { key: key(2), value: null, former: Uint8Array.of(2) },
      { key: key(4), value: Uint8Array.of(4), former: null },
    ]);
    store.rollback();
    expect(store.last).toEqual(last);
    expect(store.open().get(key(2))).toEqual(Uint8Array.of(2));
    expect(store.open().get(key(4))).toBeNull();
  });

  test("are not lost by opening it again", () => {
    const store = filled();
    store.open().insert(key(4), Uint8Array.of(4));
    expect(() => store.open()).toThrow(/not committed/);
  });

  test("of a block that was undone leave nothing in the next one", () => {
    const store = filled();
    const tree = store.open();
    tree.insert(key(1), Uint8Array.of(9));
    tree.rootHash();
    store.rollback();
    store.open().insert(key(4), Uint8Array.of(4));
    const expected = filled();
    const other = expected.open();
    other.insert(key(4), Uint8Array.of(4));
    expect(store.commit(tree, 8n)).toEqual(expected.commit(other, 8n));
  });
});
