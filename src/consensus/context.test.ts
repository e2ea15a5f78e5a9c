import { beforeEach, describe, expect, test } from "vitest";
import { eventKinds, World } from "../../test/consensus-world.ts";
import { utf8 } from "../codec/bytes.ts";
import { u64 } from "../codec/schema.ts";
import { testSigner } from "../crypto/memory-signer.ts";
import { stakingAddress } from "../types/account-address.ts";
import type { Context } from "./context.ts";
import { InvariantError } from "./errors.ts";
import { eventKind } from "./events.ts";
import { LimitedGas } from "./gas.ts";

const one = eventKind("100_staking", "one", u64);
const two = eventKind("100_staking", "two", u64, { provable: true });
const key = (n: number) => Uint8Array.of(0xee, n);
const costs = new Map([["op", 10n]]);
const signer = testSigner("signer").publicKey;
const other = stakingAddress(testSigner("other").publicKey);

let world: World;
let ctx: Context;

beforeEach(() => {
  world = new World();
  ctx = world.context("deliverTx", signer);
});

describe("transaction", () => {
  test("keeps state and events of work that returns, in order", () => {
    ctx.emit(one, 1n);
    const result = ctx.transaction((child) => {
      child.state.insert(key(1), utf8("inside"));
      child.emit(two, 2n);
      expect(world.state.get(key(1))).toBeNull();
      expect(ctx.events).toHaveLength(1);
      return "result";
    });
    expect(result).toBe("result");
    expect(world.state.get(key(1))).toEqual(utf8("inside"));
    expect(eventKinds(ctx)).toEqual(["one", "two"]);
  });

  test("drops state and events of work that throws, but not its gas", () => {
    const attempt = () =>
      ctx.transaction((child) => {
        child.state.insert(key(1), utf8("inside"));
        child.emit(one, 1n);
        child.useGas(1, "op", costs);
        throw new Error("no");
      });
    expect(attempt).toThrow("no");
    expect(world.state.get(key(1))).toBeNull();
    expect(ctx.events).toEqual([]);
    expect(ctx.gas.used).toBe(10n);
  });

  test("writes around the overlay stay, and the overlay wins on equal keys", () => {
    ctx.transaction((child) => {
      child.state.insert(key(1), utf8("overlay"));
      ctx.state.insert(key(1), utf8("direct"));
      ctx.state.insert(key(2), utf8("direct"));
    });
    expect(world.state.get(key(1))).toEqual(utf8("overlay"));
    expect(world.state.get(key(2))).toEqual(utf8("direct"));
  });
});

describe("asCaller", () => {
  test("changes the caller, not the signer, and keeps the events of work that throws", () => {
    const attempt = () =>
      ctx.asCaller(other, (child) => {
        expect(child.caller).toEqual(other);
        expect(child.txSigner).toEqual(signer);
        child.state.insert(key(1), utf8("kept"));
        child.emit(one, 1n);
        throw new Error("no");
      });
    expect(attempt).toThrow("no");
    expect(ctx.caller).toEqual(stakingAddress(signer));
    expect(eventKinds(ctx)).toEqual(["one"]);
    expect(world.state.get(key(1))).toEqual(utf8("kept"));
  });

  test("a gas meter of its own does not reach the outer context", () => {
    ctx.asCaller(other, (child) => {
      child.setGas(new LimitedGas(1000n));
      child.useGas(1, "op", costs);
    });
    expect(ctx.gas.used).toBe(0n);
  });
});

describe("simulate", () => {
  test("charges gas and drops everything else", () => {
    ctx.simulate((child) => {
      expect(child.isSimulation).toBe(true);
      child.useGas(2, "op", costs);
      child.emit(one, 1n);
      child.state.insert(key(1), utf8("lost"));
      child.asCaller(other, (grandchild) => grandchild.emit(one, 2n));
    });
    expect(ctx.gas.used).toBe(20n);
    expect(ctx.events).toEqual([]);
    expect(world.state.get(key(1))).toBeNull();
  });
});

describe("facts", () => {
  test("depth grows with each child", () => {
    ctx.transaction((child) => child.asCaller(other, (grandchild) => expect(grandchild.depth).toBe(2)));
    expect(ctx.depth).toBe(0);
  });

  test("hooks have neither signer nor caller", () => {
    const hook = world.context("beginBlock");
    expect(hook.isTransaction).toBe(false);
    expect(() => hook.txSigner).toThrow(InvariantError);
    expect(() => hook.caller).toThrow(InvariantError);
  });

  test("time is in whole seconds, rounded down", () => {
    expect(ctx.time).toBe(world.facts.time);
    expect(ctx.timeNs).toBe(world.facts.time * 1_000_000_000n);
  });

  test("hasEvent looks only at events of finished children", () => {
    ctx.transaction((child) => {
      child.emit(one, 1n);
      expect(ctx.hasEvent(one)).toBe(false);
    });
    expect(ctx.hasEvent(one)).toBe(true);
    expect(ctx.hasEvent(two)).toBe(false);
  });

  test("only provable kinds have a provable form", () => {
    ctx.emit(one, 1n);
    ctx.emit(two, 2n);
    ctx.emitPlain("200_registry", [{ key: "plain", value: "1" }]);
    expect(ctx.events.map(({ provable }) => provable)).toEqual([null, Uint8Array.of(2), null]);
  });
});
