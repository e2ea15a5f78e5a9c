import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { testNode } from "../../../test/chain/engine-fixture.ts";
import { sharedPath } from "../../../test/shared.ts";
import { fromBase64 } from "../../codec/bytes.ts";
import { decodeLightBlock, type LightBlock } from "../light-block.ts";
import { NANOS_PER_SECOND } from "../time.ts";
import { ValidatorSet } from "../validator-set.ts";
import { LIGHT_VERIFY_DEFAULTS, verifyLightBlock } from "./verify-light-block.ts";

const read = (height: number): LightBlock =>
  decodeLightBlock(
    fromBase64(
      JSON.parse(readFileSync(sharedPath("vectors", "mainnet", `light_block_${height}.json`), "utf8")).meta,
    ),
  );
const trusted = read(25_300_000);
const next = read(25_300_001);
const options = { ...LIGHT_VERIFY_DEFAULTS, chainId: trusted.header.chain_id };
const now = next.header.time + NANOS_PER_SECOND;

test("a Mainnet block is verified from the one before it", () => {
  verifyLightBlock(options, trusted, next, now);
});

test("heights may be skipped while the validators are known", () => {
  const { engine, clock, controller } = testNode();
  engine.start(controller.signal);
  clock.advance(10_000);
  const first = engine.lightBlockAt(1n)!;
  const last = engine.lightBlockAt(10n)!;
  verifyLightBlock({ ...options, chainId: "test-chain" }, first, last, last.header.time);
});

describe("refused", () => {
  const withHeader = (change: Partial<LightBlock["header"]>): LightBlock => ({
    ...next,
    header: { ...next.header, ...change },
  });
  test.each<[string, LightBlock, bigint]>([
    ["with an expired trusted block", next, trusted.header.time + LIGHT_VERIFY_DEFAULTS.trustingPeriod],
    ["from the future", next, next.header.time - 11n * NANOS_PER_SECOND],
    ["of the same height", trusted, now],
    ["of another chain", withHeader({ chain_id: "other" }), now],
    ["with a header that was not signed", withHeader({ app_hash: new Uint8Array(32) }), now],
    [
      "with other validators",
      { ...next, validators: new ValidatorSet(next.validators.validators.slice(1), null) },
      now,
    ],
    ["with a commit of another height", { ...next, commit: { ...next.commit, height: 5n } }, now],
    [
      "with an address that is not the key's",
      {
        ...next,
        validators: new ValidatorSet(
          next.validators.validators.map((v) => ({ ...v, address: new Uint8Array(20) })),
          null,
        ),
      },
      now,
    ],
  ])("%s", (_, block, time) => {
    expect(() => verifyLightBlock(options, trusted, block, time)).toThrow(
      expect.objectContaining({ name: "ChainError" }),
    );
  });
});
