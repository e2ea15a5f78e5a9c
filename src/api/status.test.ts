import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodedError, QanatError } from "../codec/errors.ts";
import { consensusErrors, unknownErrors } from "../types/errors.ts";
import { percentEncode, RpcError, statusOf } from "./status.ts";
import { decodeStatusDetails, encodeStatusDetails } from "./status-details.ts";
import { submitError } from "./submit-errors.ts";

describe("status of an error", () => {
  const versionNotFound = { module: "consensus", code: 3 };
  const cases = [
    { id: "coded", error: consensusErrors.versionNotFound(), code: 2, coded: versionNotFound },
    {
      id: "coded below a prefix",
      error: new QanatError(
        "x",
        "failed to get consensus status: consensus: version not found",
        {},
        {
          cause: consensusErrors.versionNotFound(),
        },
      ),
      code: 2,
      coded: versionNotFound,
    },
    { id: "unregistered module", error: unknownErrors.unknown(), code: 2, coded: null },
    { id: "plain", error: new Error("no such file"), code: 2, coded: null },
    { id: "own status", error: new RpcError(7, "no"), code: 7, coded: null },
    { id: "cancelled", error: AbortSignal.abort().reason as unknown, code: 1, coded: null },
    { id: "not an error", error: "text", code: 2, coded: null },
  ];
  test.each(cases)("$id", ({ error, code, coded }) => {
    expect(statusOf(error)).toMatchObject({ code, coded });
  });
});

test("details decode to the pair they were made from", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(0xffff_ffff), (message, module, code) => {
      const text = encodeStatusDetails({ code: 2, message, coded: { module, code } })!;
      expect(text).not.toContain("=");
      expect(decodeStatusDetails(Buffer.from(text, "base64"))).toEqual({ module, code });
    }),
  );
});

test("details of other shapes have no pair", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      decodeStatusDetails(bytes);
    }),
  );
  for (const text of ["", "0802", "0802120178", "08021a00", "08021a001a00", "08021a020a00"]) {
    const pair = decodeStatusDetails(Buffer.from(text, "hex"));
    expect(pair?.module ?? "", text).toBe("");
  }
});

test("grpc-message survives the encoding", () => {
  expect(percentEncode("100% über\n")).toBe("100%25 %C3%BCber%0A");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const encoded = percentEncode(text);
      expect(encoded).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeURIComponent(encoded)).toBe(text);
    }),
  );
});

test.each([
  {
    module: "staking",
    code: 3,
    log: "staking: insufficient balance",
    message: "staking: insufficient balance",
  },
  {
    module: "staking",
    code: 3,
    log: "foo: staking: insufficient balance",
    message: "staking: insufficient balance: foo: staking: insufficient balance",
  },
  {
    module: "staking",
    code: 3,
    log: "staking: insufficient balance: 5",
    message: "staking: insufficient balance: 5",
  },
  { module: "staking", code: 3, log: "", message: "staking: insufficient balance" },
  { module: "evm", code: 9, log: "reverted", message: "reverted" },
  { module: "unknown", code: 1, log: "out of gas", message: "out of gas" },
])("failed transaction $module/$code $log", ({ module, code, log, message }) => {
  const error = submitError(module, code, log);
  expect(error).toBeInstanceOf(CodedError);
  expect({ module: error.module, code: error.wireCode, message: error.message }).toEqual({
    module,
    code,
    message,
  });
});
