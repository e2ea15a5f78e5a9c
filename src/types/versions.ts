import type { ProtocolVersions, Version } from "./common.ts";

/** Version of the protocol between consensus nodes that this node speaks. facts/formats.md section 4. */
export const CONSENSUS_PROTOCOL: Version = { major: 7, minor: 0, patch: 0 };

/** Version of the protocol between node and ParaTime that this node speaks. */
export const RUNTIME_HOST_PROTOCOL: Version = { major: 5, minor: 1, patch: 0 };

/** Version of the protocol inside a ParaTime committee that this node speaks. */
export const RUNTIME_COMMITTEE_PROTOCOL: Version = { major: 5, minor: 0, patch: 0 };

/** All protocol versions of this node, as upgrade descriptors compare them. */
export const PROTOCOL_VERSIONS: ProtocolVersions = {
  consensus_protocol: CONSENSUS_PROTOCOL,
  runtime_host_protocol: RUNTIME_HOST_PROTOCOL,
  runtime_committee_protocol: RUNTIME_COMMITTEE_PROTOCOL,
};

/** Release of the official node whose behaviour this node has. */
export const COMPATIBLE_SOFTWARE_VERSION = "26.1";

/** The only feature gate of this release: consensus parameter `feature_version` of at least this enables it. */
export const FEATURE_26_1: Version = { major: 26, minor: 1, patch: 0 };

/** `major << 32 | minor << 16 | patch`, the form in which versions are compared and put into block headers. */
export function packVersion(v: Version): bigint {
  return (BigInt(v.major) << 32n) | (BigInt(v.minor) << 16n) | BigInt(v.patch);
}

/** Inverse of {@link packVersion}. */
export function unpackVersion(packed: bigint): Version {
  return {
    major: Number((packed >> 32n) & 0xffffn),
    minor: Number((packed >> 16n) & 0xffffn),
    patch: Number(packed & 0xffffn),
  };
}

/** Value of `version.app` in every block header: the consensus protocol with minor and patch cleared. */
export const CONSENSUS_APP_VERSION: bigint = packVersion({ ...CONSENSUS_PROTOCOL, minor: 0, patch: 0 });

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`. */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** `major.minor.patch`. */
export function formatVersion(v: Version): string {
  return `${v.major}.${v.minor}.${v.patch}`;
}

/** Whether the consensus parameters' `feature_version` (null: none) switches on what came with `wanted`. */
export function isFeatureVersion(featureVersion: Version | null, wanted: Version): boolean {
  return featureVersion !== null && packVersion(featureVersion) >= packVersion(wanted);
}
