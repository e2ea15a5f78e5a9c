import { describe, expect, test } from "vitest";
import { World } from "../../test/consensus-world.ts";
import { stakingErrors } from "../types/errors.ts";
import { InvariantError, NoSubscribersError, TxError } from "./errors.ts";
import { MessageDispatcher, messages, onMessage, type Subscriber } from "./messages.ts";

const ctx = new World().context("beginBlock");
const kind = messages.beforeSchedule;

function publish(
  ...subscribers: (Omit<Subscriber, "name" | "handler"> & { handle: (epoch: bigint) => unknown })[]
) {
  const dispatcher = new MessageDispatcher(
    subscribers.map(({ handle, ...rest }, i) => ({
      ...rest,
      name: `subscriber ${i}`,
      handler: onMessage(kind, (_, epoch) => handle(epoch)),
    })),
  );
  return dispatcher.publish(ctx, kind, 7n);
}

describe("messages", () => {
  test("reach all subscribers in order, and the one result comes back", () => {
    const seen: bigint[] = [];
    const answer = (result: unknown) => (epoch: bigint) => {
      seen.push(epoch);
      return result;
    };
    const result = publish({ handle: answer(null) }, { handle: answer("result") }, { handle: answer(null) });
    expect(result).toBe("result");
    expect(seen).toEqual([7n, 7n, 7n]);
  });

  test("fail without subscribers, also when all are disabled", () => {
    expect(() => publish()).toThrow(NoSubscribersError);
    expect(() => publish({ handle: () => null, enabled: () => false })).toThrow(NoSubscribersError);
  });

  test("two results break an invariant", () => {
    expect(() => publish({ handle: () => 1 }, { handle: () => 2 })).toThrow(InvariantError);
  });

  test("all are delivered although one fails; a coded failure counts before others", () => {
    let delivered = 0;
    const fail = (error: Error) => () => {
      delivered++;
      throw error;
    };
    const attempt = () =>
      publish(
        { handle: fail(new TxError("first")) },
        { handle: fail(stakingErrors.forbidden()) },
        {
          handle: () => {
            delivered++;
            return null;
          },
        },
      );
    expect(attempt).toThrow(stakingErrors.forbidden().message);
    expect(delivered).toBe(3);
  });

  test("failures that stop the block pass at once", () => {
    const attempt = () =>
      publish(
        {
          handle: () => {
            throw new TypeError("bug");
          },
        },
        { handle: () => expect.unreachable() },
      );
    expect(attempt).toThrow(TypeError);
  });
});
