import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CONSENSUS_APP_VERSION,
  compareVersions,
  FEATURE_26_1,
  formatVersion,
  isFeatureVersion,
  packVersion,
  unpackVersion,
} from "./versions.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const version = fc.record({ major: u16, minor: u16, patch: u16 });

describe("versions", () => {
  // facts/formats.md 3.3, 3.4
  it("pack to the known numbers", () => {
    expect(CONSENSUS_APP_VERSION).toBe(30_064_771_072n);
    expect(packVersion(FEATURE_26_1)).toBe(111_669_215_232n);
    expect(formatVersion(FEATURE_26_1)).toBe("26.1.0");
  });

  it("unpack, and compare as their packed forms do", () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(unpackVersion(packVersion(a))).toEqual(a);
        const packed = packVersion(a) - packVersion(b);
        expect(Math.sign(compareVersions(a, b))).toBe(packed === 0n ? 0 : packed < 0n ? -1 : 1);
      }),
    );
  });

  it.each([
    [null, false],
    [{ major: 26, minor: 0, patch: 9 }, false],
    [{ major: 26, minor: 1, patch: 0 }, true],
    [{ major: 100, minor: 0, patch: 0 }, true],
  ])("feature version %j has what came with 26.1: %s", (featureVersion, has) => {
    expect(isFeatureVersion(featureVersion, FEATURE_26_1)).toBe(has);
  });
});
