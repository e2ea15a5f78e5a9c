import { describe, expect, it } from "vitest";
import { memoryEnvironment } from "./environment/memory-environment.ts";
import type { TableDefinition } from "./environment/table.ts";
import { MAX_TABLE_KEY } from "./environment/table-key.ts";
import { tables } from "./tables.ts";

const all = Object.entries(tables) as unknown as [string, TableDefinition<unknown[], unknown>][];

describe("the list of tables", () => {
  it("has every name once", () => {
    const names = all.map(([, { name }]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(all)("declares %s completely", (_, definition) => {
    expect(definition.name).toMatch(/^[a-z][a-z_]*$/);
    expect(definition.meaning).toMatch(/^[A-Z].*\.$/s);
    expect(definition.key.length).toBeGreaterThan(0);
    const lengths = definition.key.map(({ length }) => length);
    // A part without a fixed length takes the rest of the key.
    expect(lengths.slice(0, -1)).not.toContain(null);
    expect(lengths.reduce<number>((sum, length) => sum + (length ?? 0), 0)).toBeLessThan(MAX_TABLE_KEY);
    expect(memoryEnvironment().table(definition).count()).toBe(0);
  });
});
