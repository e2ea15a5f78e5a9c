import { QuoteError } from "../quote-error.ts";
import type { QuoteRules } from "../quote-rules.ts";
import type { TcbInfo, TcbLevel } from "./tcb-info.ts";
import { enclaveLevel } from "./tcb-status.ts";

/** The security versions of a platform, from its certificate and, for TDX, its report. */
export interface PlatformSvns {
  readonly componentSvns: readonly number[];
  readonly pceSvn: number;
  /** `teeTcbSvn` of the trust domain's report; null for SGX. */
  readonly tdxSvns: Uint8Array | null;
}

/**
 * Checks that the first level that the platform reaches is one that is good enough, and for TDX its module's, too.
 * facts/sgx.md 4.7 steps 9 and 10.
 * @throws QuoteError
 */
export function checkPlatformTcb(info: TcbInfo, platform: PlatformSvns, rules: QuoteRules): void {
  const level = info.levels.find((each) => reaches(platform, each));
  if (level === undefined) throw new QuoteError("the platform reaches no known TCB level");
  if (level.status === null) throw new QuoteError("the platform's TCB level has no status");
  if (info.id === "TDX") checkTdxModuleTcb(info, platform.tdxSvns);
  switch (level.status) {
    case "UpToDate":
    case "SWHardeningNeeded":
      return;
    case "OutOfDate":
    case "ConfigurationNeeded":
    case "OutOfDateConfigurationNeeded":
      if (rules.isLaxAboutTcb) return;
  }
  throw new QuoteError(`the platform's TCB is not up to date: ${level.status}`);
}

function reaches(platform: PlatformSvns, level: TcbLevel): boolean {
  const { componentSvns, pceSvn, tdxSvns } = platform;
  if (level.sgxSvns.some((wanted, i) => componentSvns[i]! < wanted) || pceSvn < level.pceSvn) return false;
  // With a module of its own version (index 1), the module's versions are judged by its identity instead.
  const from = tdxSvns?.[1] === 0 ? 0 : 2;
  return tdxSvns === null || level.tdxSvns.slice(from).every((wanted, i) => tdxSvns[from + i]! >= wanted);
}

function checkTdxModuleTcb(info: TcbInfo, tdxSvns: Uint8Array | null): void {
  if (tdxSvns === null) throw new QuoteError("the quote has no TDX security versions");
  const [svn = 0, version = 0] = tdxSvns;
  if (version === 0) return;
  const id = `TDX_${String(version).padStart(2, "0")}`;
  const module = info.tdxModules.find((each) => each.id === id);
  if (module === undefined) throw new QuoteError(`TDX module ${id} is not supported`);
  const level = enclaveLevel(module.levels, svn);
  if (level === null) throw new QuoteError(`TDX module ${id} reaches no known TCB level`);
  if (level.status !== "UpToDate")
    throw new QuoteError(`TDX module ${id} is not up to date: ${level.status}`);
}
