import { expect, test } from "vitest";
import { toHex } from "../../codec/bytes.ts";
import { Runtime, VersionInfo } from "../../types/runtime.ts";
import { binaryMismatch, deployedVersion } from "./binary-mismatch.ts";

const version = (minor: number) => ({ major: 1, minor, patch: 0 });
const published = new Uint8Array(32).fill(1);
const other = new Uint8Array(32).fill(2);

/** Version 1.0.0 with its checksum is in force until epoch 10, then 1.1.0 without one. */
function roundIn(epoch: bigint) {
  const deployments = [
    VersionInfo.make({ version: version(0), valid_from: 5n, bundle_checksum: published }),
    VersionInfo.make({ version: version(1), valid_from: 10n }),
  ];
  return { epoch, descriptor: Runtime.make({ ...Runtime.zero(), deployments }) };
}

test("a bundle must be the one that is deployed", () => {
  const bundle = { version: version(0), manifestHash: published };
  expect(binaryMismatch(version(0), bundle, roundIn(5n))).toBeNull();
  const mismatch = binaryMismatch(version(0), { ...bundle, manifestHash: other }, roundIn(9n));
  expect(mismatch).toEqual({
    for: "the deployed bundle of the ParaTime",
    cause: expect.stringContaining(toHex(published)),
    remedy: expect.stringContaining("runtime.paths"),
  });
  expect(mismatch!.cause).toContain(toHex(other));
});

test("a deployment without checksum and a plain executable are compared by version alone", () => {
  expect(binaryMismatch(version(0), null, roundIn(5n))).toBeNull();
  expect(binaryMismatch(version(1), { version: version(1), manifestHash: other }, roundIn(10n))).toBeNull();
  const emptyChecksum = roundIn(5n);
  emptyChecksum.descriptor.deployments![0]!.bundle_checksum = new Uint8Array(0);
  expect(binaryMismatch(version(0), { version: version(0), manifestHash: other }, emptyChecksum)).toBeNull();
});

test("the version must be the deployed one, whatever the bundle", () => {
  expect(binaryMismatch(version(0), null, roundIn(10n))?.cause).toBe(
    "the binary is version 1.0.0, the consensus layer has deployed 1.1.0",
  );
  expect(binaryMismatch(version(0), null, roundIn(4n))?.cause).toBe("no version is deployed in epoch 4");
  expect(deployedVersion(roundIn(4n))).toBeNull();
  expect(deployedVersion(roundIn(9n))).toEqual(version(0));
});
