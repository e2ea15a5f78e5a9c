/** Verdicts of Intel's EPID attestation service about a quote. facts/sgx.md 4.3. */
const quoteStatusNames = [
  "OK",
  "SIGNATURE_INVALID",
  "GROUP_REVOKED",
  "SIGNATURE_REVOKED",
  "KEY_REVOKED",
  "SIGRL_VERSION_MISMATCH",
  "GROUP_OUT_OF_DATE",
  "CONFIGURATION_NEEDED",
  "SW_HARDENING_NEEDED",
  "CONFIGURATION_AND_SW_HARDENING_NEEDED",
] as const;
export type QuoteStatus = (typeof quoteStatusNames)[number];

/** Verdicts about the manifest of the platform's services. */
const manifestStatusNames = [
  "OK",
  "UNKNOWN",
  "INVALID",
  "OUT_OF_DATE",
  "REVOKED",
  "RL_VERSION_MISMATCH",
] as const;
export type ManifestStatus = (typeof manifestStatusNames)[number];

export const quoteStatuses: ReadonlyMap<string, QuoteStatus> = byName(quoteStatusNames);
export const manifestStatuses: ReadonlyMap<string, ManifestStatus> = byName(manifestStatusNames);

function byName<T extends string>(names: readonly T[]): ReadonlyMap<string, T> {
  return new Map(names.map((name) => [name, name]));
}
