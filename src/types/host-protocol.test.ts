import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../codec/bytes.ts";
import { CodecError } from "../codec/errors.ts";
import { decode, encode } from "../codec/schema.ts";
import { hostCalls } from "./host-protocol-host-calls.ts";
import {
  decodeHostMessage,
  Empty,
  encodeHostMessage,
  MESSAGE_REQUEST,
  MESSAGE_RESPONSE,
} from "./host-protocol-message.ts";
import {
  Features,
  RuntimeCheckTxBatchResponse,
  RuntimeConsensusSyncRequest,
  RuntimeInfoResponse,
  runtimeCalls,
} from "./host-protocol-runtime-calls.ts";

/** facts/runtime.md 11.1. */
const knownMessages = [
  {
    what: "ping",
    message: () => encodeHostMessage(1n, MESSAGE_REQUEST, "RuntimePingRequest", Empty, {}),
    hex: "a36269640164626f6479a17252756e74696d6550696e6752657175657374a06c6d6573736167655f7479706501",
  },
  {
    what: "empty reply",
    message: () => encodeHostMessage(1n, MESSAGE_RESPONSE, "Empty", Empty, {}),
    hex: "a36269640164626f6479a165456d707479a06c6d6573736167655f7479706502",
  },
  {
    what: "consensus sync",
    message: () =>
      encodeHostMessage(4n, MESSAGE_REQUEST, "RuntimeConsensusSyncRequest", RuntimeConsensusSyncRequest, {
        height: 5n,
      }),
    hex: "a36269640464626f6479a1781b52756e74696d65436f6e73656e73757353796e6352657175657374a166686569676874056c6d6573736167655f7479706501",
  },
  {
    what: "info reply with all features",
    message: () =>
      encodeHostMessage(0n, MESSAGE_RESPONSE, "RuntimeInfoResponse", RuntimeInfoResponse, {
        protocol_version: { major: 5, minor: 1, patch: 0 },
        runtime_version: { major: 0, minor: 0, patch: 0 },
        features: Features.make({
          schedule_control: { initial_batch_size: 100 },
          key_manager_quote_policy_updates: true,
          key_manager_status_updates: true,
          endorsed_capability_tee: true,
        }),
      }),
    hex: "a36269640064626f6479a17352756e74696d65496e666f526573706f6e7365a3686665617475726573a4707363686564756c655f636f6e74726f6ca172696e697469616c5f62617463685f73697a65186477656e646f727365645f6361706162696c6974795f746565f5781a6b65795f6d616e616765725f7374617475735f75706461746573f578206b65795f6d616e616765725f71756f74655f706f6c6963795f75706461746573f56f72756e74696d655f76657273696f6ea07070726f746f636f6c5f76657273696f6ea2656d616a6f7205656d696e6f72016c6d6573736167655f7479706502",
  },
];

test.each(knownMessages)("encodes and decodes: $what", ({ message, hex }) => {
  const bytes = message();
  expect(toHex(bytes)).toBe(hex);
  const decoded = decodeHostMessage(bytes);
  expect(decoded.name).not.toBeNull();
});

test("a successful check result (facts/runtime.md 11.1), and what the official ParaTime library sends", () => {
  const success = RuntimeCheckTxBatchResponse.make({
    results: [{ error: { module: "", code: 0, message: "" }, meta: null }],
  });
  expect(toHex(encode(RuntimeCheckTxBatchResponse, success))).toBe("a167726573756c747381a1656572726f72a0");
  const withNullMeta = fromHex("a167726573756c747381a2646d657461f6656572726f72a0");
  expect(decode(RuntimeCheckTxBatchResponse, withNullMeta, "rpc")).toEqual(success);
});

describe("decodeHostMessage", () => {
  test("takes message and body apart", () => {
    const bytes = encodeHostMessage(
      7n,
      MESSAGE_REQUEST,
      "RuntimeConsensusSyncRequest",
      RuntimeConsensusSyncRequest,
      {
        height: 5n,
      },
    );
    expect(decodeHostMessage(bytes)).toMatchObject({
      id: 7n,
      type: MESSAGE_REQUEST,
      name: "RuntimeConsensusSyncRequest",
    });
    expect(decode(RuntimeConsensusSyncRequest, decodeHostMessage(bytes).body, "rpc")).toEqual({ height: 5n });
  });

  test.each([
    ["no body", "a16269640a", null],
    ["a body without a name", "a264626f6479a0626964 0a".replaceAll(" ", ""), null],
    ["a body with two names", "a264626f6479a26141a06142a06269640a", null],
  ])("has no name for %s", (_what, hex, name) => {
    expect(decodeHostMessage(fromHex(hex))).toMatchObject({ id: 10n, name });
  });

  test.each([
    ["nothing", ""],
    ["no map", "80"],
    ["two ids", "a26269640a6269640a"],
    ["bytes behind it", "a16269640a00"],
    ["indefinite length", "bf6269640aff"],
    ["body that is no map", "a164626f647980"],
  ])("refuses %s", (_what, hex) => {
    expect(() => decodeHostMessage(fromHex(hex))).toThrow(CodecError);
  });

  test("throws nothing but CodecError", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...knownMessages),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        (known, changes) => {
          const bytes = fromHex(known.hex);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          try {
            const { name, body } = decodeHostMessage(bytes);
            const call = runtimeCalls[name as keyof typeof runtimeCalls];
            if (call) decode(call.request, body, "rpc");
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        },
      ),
    );
  });
});

test("every body survives encoding and decoding as its zero value", () => {
  for (const [name, { request, reply }] of [...Object.entries(runtimeCalls), ...Object.entries(hostCalls)]) {
    for (const codec of [request, reply]) {
      const bytes = encode(codec, codec.zero());
      expect(decode(codec, bytes, "rpc"), name).toEqual(codec.zero());
    }
  }
});
