import { equal, toHex } from "../../codec/bytes.ts";
import type { Hash } from "../../codec/common-types.ts";
import { activeDeployment } from "../../consensus/registry/deployments.ts";
import type { Version } from "../../types/common.ts";
import { compareVersions, formatVersion } from "../../types/versions.ts";
import type { RoundContext } from "../round-context.ts";

/** What a bundle says of itself. */
export interface BundleFacts {
  readonly version: Version;
  /** Hash of the manifest, which has the digests of all its files. */
  readonly manifestHash: Hash;
}

/** Why a ParaTime binary may not work, and what to do about it. */
export interface BinaryMismatch {
  readonly for: string;
  readonly cause: string;
  readonly remedy: string;
}

/** The deployment of the ParaTime that is in force in the round's epoch; null when there is none. */
export function deployedVersion(round: Pick<RoundContext, "descriptor" | "epoch">): Version | null {
  return activeDeployment(round.descriptor, round.epoch)?.version ?? null;
}

/**
 * Compares what is installed with what the consensus layer has deployed: results of another version would be refused,
 * and a bundle whose manifest is not the registered one is not what the ParaTime's owner has published.
 *
 * Deployments may lack the checksum, and plain executables (`bundle` null) have none. The official node compares it with
 * what it downloads (oasis-core v26.1 go/runtime/bundle/manager.go), not with what it finds under `runtime.paths`.
 * @param running version that the process has reported
 * @returns null when all is well
 */
export function binaryMismatch(
  running: Version,
  bundle: BundleFacts | null,
  round: Pick<RoundContext, "descriptor" | "epoch">,
): BinaryMismatch | null {
  const deployment = activeDeployment(round.descriptor, round.epoch);
  if (deployment === null) {
    return versionMismatch(`no version is deployed in epoch ${round.epoch}`);
  }
  const { version, bundle_checksum: checksum } = deployment;
  if (compareVersions(version, running) !== 0) {
    return versionMismatch(
      `the binary is version ${formatVersion(running)}, the consensus layer has deployed ${formatVersion(version)}`,
    );
  }
  if (bundle === null || checksum === null || checksum.length === 0 || equal(checksum, bundle.manifestHash)) {
    return null;
  }
  return {
    for: "the deployed bundle of the ParaTime",
    cause:
      `the bundle's manifest has hash ${toHex(bundle.manifestHash)}, ` +
      `the deployment of version ${formatVersion(version)} names ${toHex(checksum)}`,
    remedy:
      "install the bundle that the ParaTime's owner has published for this version (`runtime.paths`) and restart the node",
  };
}

function versionMismatch(cause: string): BinaryMismatch {
  return {
    for: "a ParaTime binary of the deployed version",
    cause,
    remedy: "install the binary or bundle of the deployed version (`runtime.paths`) and restart the node",
  };
}
