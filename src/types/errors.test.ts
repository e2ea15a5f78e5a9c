import { describe, expect, it } from "vitest";
import { CodedError, QanatError } from "../codec/errors.ts";
import { findWireError, registryErrors, stakingErrors, wireErrors, wirePair } from "./errors.ts";

describe("wire errors", () => {
  it("has every module and code pair once", () => {
    const pairs = wireErrors.map((e) => `${e.module}/${e.code}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it("has every text once, so that a client can tell errors apart by text", () => {
    const texts = wireErrors.map((e) => e.text);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("has no code 0, which means success", () => {
    expect(wireErrors.filter((e) => e.code === 0)).toEqual([]);
  });

  it("makes a fresh error with the registered text and keeps the pair when context is added", () => {
    const error = stakingErrors.insufficientBalance();
    expect(error).toBeInstanceOf(CodedError);
    expect(error).not.toBe(stakingErrors.insufficientBalance());
    expect(error.message).toBe("staking: insufficient balance");
    const withContext = error.with("source account");
    expect(wirePair(withContext)).toEqual({ module: "staking", code: 3 });
    expect(stakingErrors.insufficientBalance.matches(withContext)).toBe(true);
    expect(stakingErrors.forbidden.matches(withContext)).toBe(false);
  });

  it.each([
    ["a coded error", registryErrors.noSuchNode(), "registry", 10],
    ["a coded cause", new Error("outer", { cause: registryErrors.noSuchNode() }), "registry", 10],
    ["an uncoded error", new QanatError("x", "y"), "unknown", 1],
    ["something thrown that is no error", "boom", "unknown", 1],
  ])("gives the pair of %s", (_, error, module, code) => {
    expect(wirePair(error)).toEqual({ module, code });
  });

  it("finds registered pairs only", () => {
    expect(findWireError("registry", 10)).toBe(registryErrors.noSuchNode);
    expect(findWireError("some-paratime", 1)).toBeUndefined();
  });
});
