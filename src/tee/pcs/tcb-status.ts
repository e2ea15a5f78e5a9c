import type { JsonFields } from "../json-fields.ts";

/** How a platform or enclave stands among the known security versions. facts/sgx.md 4.6. */
export type TcbStatus =
  | "UpToDate"
  | "SWHardeningNeeded"
  | "ConfigurationNeeded"
  | "ConfigurationAndSWHardeningNeeded"
  | "OutOfDate"
  | "OutOfDateConfigurationNeeded"
  | "Revoked";

const statuses: ReadonlyMap<string, TcbStatus> = new Map(
  (
    [
      "UpToDate",
      "SWHardeningNeeded",
      "ConfigurationNeeded",
      "ConfigurationAndSWHardeningNeeded",
      "OutOfDate",
      "OutOfDateConfigurationNeeded",
      "Revoked",
    ] as const
  ).map((status) => [status, status]),
);

/** A security version of an enclave or TDX module, and how those stand that have it. */
export interface EnclaveTcbLevel {
  readonly isvSvn: number;
  /** Null where the level names none. */
  readonly status: TcbStatus | null;
}

/** The status of a level; null where it names none. */
export function readStatus(level: JsonFields): TcbStatus | null {
  return level.oneOf("tcbStatus", statuses);
}

/** The levels of an enclave, from the newest to the oldest. */
export function readEnclaveLevels(fields: JsonFields): EnclaveTcbLevel[] {
  return fields.list("tcbLevels", (level) => {
    level.text("tcbDate");
    level.texts("advisoryIDs");
    return { isvSvn: level.object("tcb").u16("isvsvn"), status: readStatus(level) };
  });
}

/** The first level that a security version reaches. */
export function enclaveLevel(levels: readonly EnclaveTcbLevel[], isvSvn: number): EnclaveTcbLevel | null {
  return levels.find((level) => level.isvSvn <= isvSvn) ?? null;
}
