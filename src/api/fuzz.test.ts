import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { silentLogging } from "../telemetry/logger.ts";
import { Dispatcher } from "./dispatcher.ts";
import { ByteBudget, FRAME_HEADER_LENGTH, frame, RequestReader } from "./framing.ts";
import type { Handlers } from "./handlers.ts";
import type { Method, ServiceTable } from "./method.ts";
import { services } from "./method-table.ts";
import { code, RpcError, type RpcStatus } from "./status.ts";

/** Every method of the table, answering with the zero value. */
const zeroHandlers = Object.fromEntries(
  Object.entries(services as Record<string, ServiceTable>).map(([service, table]) => [
    service,
    Object.fromEntries(
      Object.entries(table).map(([name, method]: [string, Method]) => [
        name,
        method.kind === "stream" ? () => () => {} : () => method.response?.zero(),
      ]),
    ),
  ]),
) as unknown as Handlers;

const dispatcher = new Dispatcher({ handlers: zeroHandlers, logger: silentLogging.logger("api") });
const paths = Object.entries(services as Record<string, ServiceTable>).flatMap(([service, table]) =>
  Object.keys(table).map((name) => `/oasis-core.${service}/${name}`),
);

function call(path: string, message: Uint8Array): { status: RpcStatus | null; messages: Uint8Array[] } {
  const messages: Uint8Array[] = [];
  let status: RpcStatus | null = null;
  const running = dispatcher.run(
    dispatcher.resolve(path, () => true),
    message,
    {
      send: (bytes) => messages.push(bytes) > 0,
      finish: (ended) => {
        status = ended;
      },
    },
  );
  running.cancel("cancelled");
  return { status, messages };
}

describe("any request to any method", () => {
  test("the zero value of every request is accepted, and every zero response is sent", () => {
    for (const path of paths) {
      const { status, messages } = call(path, new Uint8Array(0));
      const { method } = dispatcher.resolve(path, () => true);
      expect(status?.code, path).toBe(method.kind === "stream" ? code.cancelled : code.ok);
      if (method.response === null) expect(messages, path).toEqual([new Uint8Array(0)]);
    }
  });

  test("random bytes give an answer or a decoding error", () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.uint8Array({ maxLength: 200 }), (path, message) => {
        const { status } = call(path, message);
        expect([code.ok, code.cancelled, code.internal]).toContain(status?.code);
      }),
      { numRuns: 3000 },
    );
    expect(dispatcher.running).toBe(0);
  });

  test("a mutated request too", () => {
    const seed = Buffer.from(
      "a2656f776e65725500f7c4ded62113e2c282ea867223a544ed55d6ba6e6668656967687400",
      "hex",
    );
    fc.assert(
      fc.property(fc.nat(seed.length - 1), fc.nat(255), fc.constantFrom(...paths), (index, byte, path) => {
        const mutated = Uint8Array.from(seed);
        mutated[index] = byte;
        const { status } = call(path, mutated);
        expect([code.ok, code.cancelled, code.internal]).toContain(status?.code);
      }),
      { numRuns: 3000 },
    );
  });

  test("any path", () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        expect(() => dispatcher.resolve(path, () => true)).toThrow(RpcError);
      }),
    );
  });
});

describe("framing", () => {
  test("a message is the same however the body is cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(20)), (message, cuts) => {
        const budget = new ByteBudget(10_000);
        const reader = new RequestReader(1000, budget);
        const body = frame(message);
        let offset = 0;
        let isComplete = false;
        for (const length of [...cuts, body.length]) {
          isComplete = reader.push(body.subarray(offset, offset + length));
          offset += length;
        }
        expect(isComplete).toBe(true);
        expect(new Uint8Array(reader.finish())).toEqual(message);
        reader.dispose();
        expect(budget.used).toBe(0);
      }),
    );
  });

  test("any bytes: a message, an error, or more to come; memory is what arrived", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (chunks) => {
        const budget = new ByteBudget(10_000);
        const reader = new RequestReader(100, budget);
        const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        try {
          for (const chunk of chunks) reader.push(chunk);
          reader.finish();
        } catch (error) {
          expect(error).toBeInstanceOf(RpcError);
        }
        expect(budget.used).toBeLessThanOrEqual(total);
        reader.dispose();
        reader.dispose();
        expect(budget.used).toBe(0);
      }),
    );
  });

  test("a server that holds too much refuses and recovers", () => {
    const budget = new ByteBudget(100);
    const first = new RequestReader(1000, budget);
    first.push(frame(new Uint8Array(90)).subarray(0, 90));
    const second = new RequestReader(1000, budget);
    expect(() => second.push(new Uint8Array(FRAME_HEADER_LENGTH + 10))).toThrow("too many requests");
    first.dispose();
    expect(second.push(frame(new Uint8Array(10)))).toBe(true);
  });
});
