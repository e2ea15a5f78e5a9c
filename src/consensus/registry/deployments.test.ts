import { describe, expect, test } from "vitest";
import { encode } from "../../codec/schema.ts";
import { wirePair } from "../../types/errors.ts";
import { TEE_HARDWARE_INTEL_SGX, TEE_HARDWARE_NONE } from "../../types/node.ts";
import { ConsensusParameters } from "../../types/registry.ts";
import type { VersionInfo } from "../../types/runtime.ts";
import { TEEFeatures } from "../../types/sgx.ts";
import { SGXConstraints } from "../../types/sgx-attestation.ts";
import {
  activeDeployment,
  deploymentForVersion,
  nextDeployment,
  sameDeployment,
  validateDeployments,
} from "./deployments.ts";

const EPOCH = 10n;

function deployment(major: number, validFrom: bigint, rest: Partial<VersionInfo> = {}): VersionInfo {
  return {
    version: { major, minor: 0, patch: 0 },
    valid_from: validFrom,
    tee: null,
    bundle_checksum: null,
    ...rest,
  };
}

describe("deployment in force and the next one", () => {
  test.each([
    ["none", [], undefined, undefined],
    ["a future one", [deployment(1, 11n)], undefined, 1],
    ["one from this epoch", [deployment(1, 10n)], 1, undefined],
    ["two past ones in any order", [deployment(2, 5n), deployment(1, 0n)], 2, undefined],
    ["a past and a future one", [deployment(1, 0n), deployment(2, 11n)], 1, 2],
    ["two future ones", [deployment(3, 13n), deployment(2, 12n)], undefined, 2],
  ])("%s", (_, deployments, active, next) => {
    expect(activeDeployment({ deployments }, EPOCH)?.version.major).toBe(active);
    expect(nextDeployment({ deployments }, EPOCH)?.version.major).toBe(next);
  });

  test("by version", () => {
    const deployments = [deployment(1, 0n), deployment(2, 11n)];
    expect(deploymentForVersion({ deployments }, { major: 2, minor: 0, patch: 0 })).toBe(deployments[1]);
    expect(deploymentForVersion({ deployments }, { major: 2, minor: 0, patch: 1 })).toBeNull();
    expect(deploymentForVersion({ deployments: null }, { major: 2, minor: 0, patch: 1 })).toBeNull();
  });

  test("absent and empty bytes are the same", () => {
    const a = deployment(1, 0n);
    expect(sameDeployment(a, { ...a, tee: new Uint8Array(0) })).toBe(true);
    expect(sameDeployment(a, { ...a, bundle_checksum: new Uint8Array(32) })).toBe(false);
    expect(sameDeployment(a, { ...a, valid_from: 1n })).toBe(false);
    expect(sameDeployment(a, deployment(2, 0n))).toBe(false);
  });
});

describe("validation", () => {
  const checksum = (length: number) => deployment(1, 0n, { bundle_checksum: new Uint8Array(length) });
  const enclave = { mr_enclave: new Uint8Array(32), mr_signer: new Uint8Array(32) };
  const constraints = (parts: Parameters<typeof SGXConstraintsOf>[0]) =>
    deployment(1, 0n, { tee: encode(SGXConstraints, SGXConstraintsOf(parts)) });

  function SGXConstraintsOf(parts: Partial<SGXConstraints>): SGXConstraints {
    return { v: 1, enclaves: [enclave], policy: null, max_attestation_age: 0n, ...parts };
  }

  function outcome(
    deployments: (VersionInfo | null)[] | null,
    options: { hardware?: number; params?: Partial<ConsensusParameters>; feature261?: boolean } = {},
  ): string {
    const { hardware = TEE_HARDWARE_NONE, params = {}, feature261 = true } = options;
    try {
      validateDeployments(
        { deployments, tee_hardware: hardware },
        EPOCH,
        { ...PARAMS, ...params },
        feature261,
      );
      return "ok";
    } catch (error) {
      const { module, code } = wirePair(error);
      return `${module}/${code}`;
    }
  }

  const PARAMS = ConsensusParameters.zero();
  const PCS = TEEFeatures.zero();
  PCS.sgx.pcs = true;
  const sgx = { hardware: TEE_HARDWARE_INTEL_SGX, params: { tee_features: PCS } };
  const pcsPolicy = (whitelist: string[] | null, tdx: { allowed_tdx_modules: null } | null = null) => ({
    ias: null,
    pcs: {
      disabled: false,
      tcb_validity_period: 30,
      min_tcb_evaluation_data_number: 0,
      fmspc_whitelist: whitelist,
      fmspc_blacklist: null,
      tdx,
    },
  });

  test.each([
    ["none", outcome(null), "registry/1"],
    ["one", outcome([deployment(1, 0n)]), "ok"],
    ["two", outcome([deployment(1, 0n), deployment(2, 11n)]), "ok"],
    ["three, but two are allowed", outcome([1, 2, 3].map((n) => deployment(n, BigInt(n)))), "registry/1"],
    [
      "three of three",
      outcome(
        [1, 2, 3].map((n) => deployment(n, BigInt(n))),
        { params: { max_runtime_deployments: 3 } },
      ),
      "ok",
    ],
    [
      "a limit of one still allows two",
      outcome([deployment(1, 0n), deployment(2, 1n)], { params: { max_runtime_deployments: 1 } }),
      "ok",
    ],
    ["a null entry", outcome([deployment(1, 0n), null]), "registry/1"],
    ["the same version twice", outcome([deployment(1, 0n), deployment(1, 5n)]), "registry/1"],
    ["a newer version that starts earlier", outcome([deployment(1, 5n), deployment(2, 1n)]), "registry/1"],
    ["two versions that start together", outcome([deployment(1, 5n), deployment(2, 5n)]), "registry/1"],
    ["two in the future", outcome([deployment(1, 11n), deployment(2, 12n)]), "registry/1"],
    ["any order in the list", outcome([deployment(2, 5n), deployment(1, 0n)]), "ok"],
    ["constraints without TEE", outcome([deployment(1, 0n, { tee: new Uint8Array(0) })]), "registry/1"],
    ["a checksum", outcome([checksum(32)]), "ok"],
    ["an empty checksum", outcome([checksum(0)]), "ok"],
    ["a short checksum", outcome([checksum(31)]), "registry/1"],
    ["unknown hardware", outcome([deployment(1, 0n)], { hardware: 2 }), "registry/1"],
    ["SGX without constraints", outcome([deployment(1, 0n)], sgx), "registry/5"],
    ["SGX with garbage", outcome([deployment(1, 0n, { tee: Uint8Array.of(0xff) })], sgx), "registry/1"],
    ["SGX", outcome([constraints({})], sgx), "ok"],
    ["SGX without enclaves", outcome([constraints({ enclaves: null })], sgx), "registry/5"],
    ["SGX version 1 without PCS", outcome([constraints({})], { ...sgx, params: {} }), "registry/1"],
    [
      "SGX with a TDX policy",
      outcome([constraints({ policy: pcsPolicy(null, { allowed_tdx_modules: null }) })], sgx),
      "registry/1",
    ],
    [
      "SGX with chosen processors",
      outcome([constraints({ policy: pcsPolicy(["00606A000000"]) })], sgx),
      "ok",
    ],
    [
      "SGX with chosen processors before 26.1",
      outcome([constraints({ policy: pcsPolicy(["00606A000000"]) })], { ...sgx, feature261: false }),
      "registry/1",
    ],
  ])("%s", (_, actual, expected) => {
    expect(actual).toBe(expected);
  });
});
