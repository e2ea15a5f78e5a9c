import { expect, it } from "vitest";
import { firstKept } from "./hold.ts";

it("keeps from the first of what is held on", () => {
  expect(firstKept(10n, [() => 12n, () => null, () => 8n, () => 9n])).toBe(8n);
  expect(firstKept(10n, [])).toBe(10n);
});
