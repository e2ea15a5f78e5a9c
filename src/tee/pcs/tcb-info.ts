import type { JsonFields } from "../json-fields.ts";
import { type CollateralHead, readHead } from "./collateral.ts";
import { type EnclaveTcbLevel, readEnclaveLevels, readStatus, type TcbStatus } from "./tcb-status.ts";

/** What Intel says of the security versions of one kind of platform. facts/sgx.md 4.6. */
export interface TcbInfo extends CollateralHead {
  /** Hex, as it was written. */
  readonly fmspc: string;
  readonly tdxModules: readonly TdxModuleIdentity[];
  /** From the newest to the oldest. */
  readonly levels: readonly TcbLevel[];
}

export interface TdxModuleIdentity {
  readonly id: string;
  readonly levels: readonly EnclaveTcbLevel[];
}

export interface TcbLevel {
  readonly pceSvn: number;
  readonly sgxSvns: readonly number[];
  readonly tdxSvns: readonly number[];
  /** Null where the level names none. */
  readonly status: TcbStatus | null;
}

const COMPONENTS = 16;

/** @throws QanatError when a member is of another type than it has to be */
export function readTcbInfo(fields: JsonFields): TcbInfo {
  fields.text("pceId");
  fields.int("tcbType");
  readModule(fields.object("tdxModule"));
  return {
    ...readHead(fields),
    fmspc: fields.text("fmspc"),
    tdxModules: fields.list("tdxModuleIdentities", (identity) => {
      readModule(identity);
      return { id: identity.text("id"), levels: readEnclaveLevels(identity) };
    }),
    levels: fields.list("tcbLevels", readLevel),
  };
}

function readModule(module: JsonFields): void {
  for (const name of ["mrsigner", "attributes", "attributesMask"]) module.text(name);
}

function readLevel(fields: JsonFields): TcbLevel {
  const tcb = fields.object("tcb");
  fields.text("tcbDate");
  fields.texts("advisoryIDs");
  return {
    pceSvn: tcb.u16("pcesvn"),
    sgxSvns: readComponents(tcb, "sgxtcbcomponents"),
    tdxSvns: readComponents(tcb, "tdxtcbcomponents"),
    status: readStatus(fields),
  };
}

/** Always 16: what is missing is 0, what is more does not count. */
function readComponents(tcb: JsonFields, name: string): number[] {
  const svns = tcb.list(name, (component) => {
    component.text("category");
    component.text("type");
    return component.i32("svn");
  });
  return Array.from({ length: COMPONENTS }, (_, i) => svns[i] ?? 0);
}
