import { expect, test } from "vitest";
import { QanatError } from "../codec/errors.ts";
import { hostErrors } from "../types/errors.ts";
import { isGivenUp, mayBeFaultOfBatch } from "./batch-failure.ts";

const ended = new QanatError("runtime/closed", "the process ended");
const late = new QanatError("runtime/timeout", "no answer");

test("a transaction is given up at its second failure alone, and at the fourth when the process ended", () => {
  expect([1, 2].map((failures) => isGivenUp(late, failures))).toEqual([false, true]);
  expect([3, 4].map((failures) => isGivenUp(ended, failures))).toEqual([false, true]);
});

test("a ParaTime that is not ready has not failed on what it was given", () => {
  expect(mayBeFaultOfBatch(hostErrors.notReady())).toBe(false);
  expect(mayBeFaultOfBatch(ended)).toBe(true);
  expect(mayBeFaultOfBatch(new QanatError("runtime/not-of-these", "another"))).toBe(false);
});
