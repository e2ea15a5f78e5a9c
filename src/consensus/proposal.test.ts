import { describe, expect, test } from "vitest";
import { ImpossibleTransactionError, InvariantError } from "./errors.ts";
import { executePossible, takeUpTo } from "./proposal.ts";

const tx = (n: number) => Uint8Array.of(n);
const numbers = (txs: readonly Uint8Array[]) => txs.map(([n]) => n!);

describe("choosing transactions for a proposal", () => {
  test.each([
    [3, [1, 2]],
    [2, [1, 2]],
    [1, [1]],
    [0, []],
    [-5, []],
  ])("up to %i bytes", (bytes, expected) => {
    expect(numbers(takeUpTo([tx(1), tx(2)], bytes))).toEqual(expected);
  });

  /** Executes lists in which no number is odd. */
  const run = (count: number) => {
    let executions = 0;
    const leftOut: number[] = [];
    const all = Array.from({ length: count }, (_, n) => tx(n));
    const { txs, executed } = executePossible(
      all,
      (list) => {
        executions++;
        const index = list.findIndex(([n]) => n! % 2 === 1);
        if (index >= 0) {
          throw new ImpossibleTransactionError(index, new TypeError("odd"));
        }
        return numbers(list);
      },
      ([n]) => leftOut.push(n!),
    );
    expect(numbers(txs)).toEqual(executed);
    return { executed, executions, leftOut };
  };

  test("leaves out those that cannot be executed", () => {
    expect(run(7)).toEqual({ executed: [0, 2, 4, 6], executions: 4, leftOut: [1, 3, 5] });
  });

  test("takes what is in front when there are too many of them", () => {
    const { executed, executions, leftOut } = run(100);
    expect(executions).toBe(18);
    expect(leftOut).toHaveLength(17);
    expect(executed).toEqual(Array.from({ length: 17 }, (_, n) => 2 * n));
  });

  test("does not hide other failures", () => {
    const failing = () => {
      throw new InvariantError("state is gone");
    };
    expect(() => executePossible([tx(0)], failing, () => {})).toThrow("state is gone");
  });
});
