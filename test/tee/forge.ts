import { sign } from "node:crypto";
import { concat, toBase64, toHex, utf8 } from "../../src/codec/bytes.ts";
import { sha256 } from "../../src/crypto/hash.ts";
import { readCertificate } from "../../src/tee/x509/certificate.ts";
import type { IntelRoots } from "../../src/tee/x509/intel-roots.ts";
import type { AVRBundle, QuoteBundle } from "../../src/types/sgx.ts";
import {
  basicConstraints,
  certificate,
  coordinates,
  type KeyPair,
  keyUsage,
  type PckFacts,
  p256KeyPair,
  pemChain,
  rsaKeyPair,
  sgxExtension,
  signP256,
} from "./certificates.ts";

/** Quotes, collateral and reports in the form of Intel's, signed with keys that a test has. */

export interface Forge {
  readonly roots: IntelRoots;
  readonly keys: {
    readonly root: KeyPair;
    readonly platformCa: KeyPair;
    readonly pck: KeyPair;
    readonly tcb: KeyPair;
    readonly attestation: KeyPair;
    readonly iasRoot: KeyPair;
    readonly ias: KeyPair;
  };
  readonly certificates: {
    readonly root: Uint8Array;
    readonly platformCa: Uint8Array;
    readonly pck: Uint8Array;
    readonly tcb: Uint8Array;
    readonly iasRoot: Uint8Array;
    readonly ias: Uint8Array;
  };
}

/** Names that Intel's certificates have. */
export const names = {
  root: "Intel SGX Root CA",
  platformCa: "Intel SGX PCK Platform CA",
  pck: "Intel SGX PCK Certificate",
  tcb: "Intel SGX TCB Signing",
  iasRoot: "Intel SGX Attestation Report Signing CA",
  ias: "Intel SGX Attestation Report Signing",
} as const;

/** Unix seconds at which everything forged is valid. */
export const FORGED_TIME = 1_700_000_000;
export const VALID_FROM = FORGED_TIME - 86_400 * 100;
export const VALID_TO = FORGED_TIME + 86_400 * 1000;

export const AUTHORITY = [basicConstraints(true, 0), keyUsage(0x06)];
export const ROOT_AUTHORITY = [basicConstraints(true, 1), keyUsage(0x06)];
export const LEAF = [basicConstraints(false, null), keyUsage(0xc0)];

export const PCK_FACTS: PckFacts = {
  fmspc: Uint8Array.of(0, 0x60, 0x6a, 0, 0, 0),
  componentSvns: Array.from({ length: 16 }, (_, i) => 5 + (i % 3)),
  pceSvn: 13,
};

export function createForge(): Forge {
  const keys = {
    root: p256KeyPair(),
    platformCa: p256KeyPair(),
    pck: p256KeyPair(),
    tcb: p256KeyPair(),
    attestation: p256KeyPair(),
    iasRoot: rsaKeyPair(),
    ias: rsaKeyPair(),
  };
  const valid = { notBefore: VALID_FROM, notAfter: VALID_TO };
  const byRoot = { ...valid, issuer: names.root, issuerKey: keys.root };
  const byIasRoot = { ...valid, issuer: names.iasRoot, issuerKey: keys.iasRoot };
  const certificates = {
    root: certificate({ ...byRoot, subject: names.root, key: keys.root, extensions: ROOT_AUTHORITY }),
    platformCa: certificate({
      ...byRoot,
      subject: names.platformCa,
      key: keys.platformCa,
      extensions: AUTHORITY,
    }),
    pck: certificate({
      ...valid,
      issuer: names.platformCa,
      issuerKey: keys.platformCa,
      subject: names.pck,
      key: keys.pck,
      extensions: [...LEAF, sgxExtension(PCK_FACTS)],
    }),
    tcb: certificate({ ...byRoot, subject: names.tcb, key: keys.tcb, extensions: LEAF }),
    iasRoot: certificate({
      ...byIasRoot,
      subject: names.iasRoot,
      key: keys.iasRoot,
      extensions: AUTHORITY,
    }),
    ias: certificate({ ...byIasRoot, subject: names.ias, key: keys.ias, extensions: LEAF }),
  };
  const roots = {
    sgx: readCertificate(certificates.root),
    reportSigning: readCertificate(certificates.iasRoot),
  };
  return { roots, keys, certificates };
}

export interface ReportParts {
  readonly miscSelect?: number;
  readonly flags?: bigint;
  readonly xfrm?: bigint;
  readonly mrEnclave?: Uint8Array;
  readonly mrSigner?: Uint8Array;
  readonly isvProdId?: number;
  readonly isvSvn?: number;
  readonly reportData?: Uint8Array;
}

/** An initialised 64-bit enclave. */
export const PRODUCTION_FLAGS = 5n;
/** The same in debug mode. */
export const DEBUG_FLAGS = 7n;
export const MR_ENCLAVE = new Uint8Array(32).fill(0xe1);
export const MR_SIGNER = new Uint8Array(32).fill(0x51);

export function sgxReport(parts: ReportParts = {}): Uint8Array {
  const report = new Uint8Array(384);
  const view = new DataView(report.buffer);
  view.setUint32(16, parts.miscSelect ?? 0, true);
  view.setBigUint64(48, parts.flags ?? PRODUCTION_FLAGS, true);
  view.setBigUint64(56, parts.xfrm ?? 3n, true);
  report.set(parts.mrEnclave ?? MR_ENCLAVE, 64);
  report.set(parts.mrSigner ?? MR_SIGNER, 128);
  view.setUint16(256, parts.isvProdId ?? 1, true);
  view.setUint16(258, parts.isvSvn ?? 1, true);
  report.set(parts.reportData ?? new Uint8Array(64), 320);
  return report;
}

export interface TdReportParts {
  readonly teeTcbSvn?: Uint8Array;
  readonly mrSeam?: Uint8Array;
  readonly mrSignerSeam?: Uint8Array;
  readonly attributes?: bigint;
  readonly reportData?: Uint8Array;
}

export function tdReport(parts: TdReportParts = {}): Uint8Array {
  const report = new Uint8Array(584).map((_, i) => (i >= 136 && i < 520 ? i & 0xff : 0));
  report.set(parts.teeTcbSvn ?? Uint8Array.of(3, 0, 6), 0);
  report.set(parts.mrSeam ?? new Uint8Array(48).fill(0x5e), 16);
  report.set(parts.mrSignerSeam ?? new Uint8Array(48), 64);
  new DataView(report.buffer).setBigUint64(120, parts.attributes ?? 0n, true);
  report.set(parts.reportData ?? new Uint8Array(64), 520);
  return report;
}

/** MRSIGNER of the quoting enclaves that the collateral knows. */
export const QE_SIGNER = new Uint8Array(32).fill(0x8c);
const QE_FACTS: ReportParts = { flags: 0x15n, xfrm: 7n, mrSigner: QE_SIGNER, isvProdId: 1, isvSvn: 8 };
const INTEL = Uint8Array.from("939a7233f79c4ca9940a0db3957f0607".match(/../g)!, (pair) =>
  Number.parseInt(pair, 16),
);

export interface QuoteParts {
  readonly version?: number;
  readonly teeType?: number;
  readonly body?: Uint8Array;
  readonly qe?: ReportParts;
  readonly authenticationData?: Uint8Array;
  readonly certificationType?: number;
  readonly certificationData?: Uint8Array;
  /** Changes the header before it is signed. */
  readonly header?: (header: Uint8Array) => void;
}

/** A DCAP quote of version 3, or 4 with the TEE type. */
export function forgeQuote(forge: Forge, parts: QuoteParts = {}): Uint8Array {
  const version = parts.version ?? 3;
  const header = new Uint8Array(48);
  const view = new DataView(header.buffer);
  view.setUint16(0, version, true);
  view.setUint16(2, 2, true);
  view.setUint32(4, parts.teeType ?? 0, true);
  header.set(INTEL, 12);
  parts.header?.(header);
  const body = parts.body ?? sgxReport();
  const signed = concat(header, body);

  const key = coordinates(forge.keys.attestation);
  const authentication = parts.authenticationData ?? new Uint8Array(32).fill(0xaa);
  const bound = concat(sha256(concat(key, authentication)), new Uint8Array(32));
  const qeReport = sgxReport({ ...QE_FACTS, reportData: bound, ...parts.qe });
  const { pck, platformCa, root } = forge.certificates;
  const data = parts.certificationData ?? pemChain(pck, platformCa, root);
  const certification = concat(
    qeReport,
    signP256(forge.keys.pck, qeReport),
    u16(authentication.length),
    authentication,
    u16(parts.certificationType ?? 5),
    u32(data.length),
    data,
  );
  const tuple = version === 4 ? concat(u16(6), u32(certification.length)) : new Uint8Array(0);
  const signature = concat(signP256(forge.keys.attestation, signed), key, tuple, certification);
  return concat(signed, u32(signature.length), signature);
}

export type Json = Record<string, unknown>;

const iso = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000", "");
const ISSUED = FORGED_TIME - 86_400 * 3;

/** TCB information that the forged platform reaches at its second level. */
export function tcbInfo(changes: Json = {}, id: "SGX" | "TDX" = "SGX"): Json {
  const components = (svns: readonly number[]) => svns.map((svn) => ({ svn }));
  const level = (raise: number, status: string) => ({
    tcb: {
      sgxtcbcomponents: components(PCK_FACTS.componentSvns.map((svn) => svn + raise)),
      pcesvn: PCK_FACTS.pceSvn,
      ...(id === "TDX" && { tdxtcbcomponents: components([3, 0, 6, ...Array(13).fill(0)]) }),
    },
    tcbDate: "2023-08-09T00:00:00Z",
    tcbStatus: status,
  });
  return {
    id,
    version: 3,
    issueDate: iso(ISSUED),
    nextUpdate: iso(ISSUED + 86_400 * 30),
    fmspc: toHex(PCK_FACTS.fmspc).toUpperCase(),
    pceId: "0000",
    tcbType: 0,
    tcbEvaluationDataNumber: 16,
    ...(id === "TDX" && {
      tdxModule: { mrsigner: "00".repeat(48), attributes: "00".repeat(8), attributesMask: "ff".repeat(8) },
      tdxModuleIdentities: [
        {
          id: "TDX_01",
          mrsigner: "00".repeat(48),
          attributes: "00".repeat(8),
          attributesMask: "ff".repeat(8),
          tcbLevels: [
            { tcb: { isvsvn: 3 }, tcbDate: "2023-08-09T00:00:00Z", tcbStatus: "UpToDate" },
            { tcb: { isvsvn: 2 }, tcbDate: "2022-08-09T00:00:00Z", tcbStatus: "OutOfDate" },
          ],
        },
      ],
    }),
    tcbLevels: [level(1, "UpToDate"), level(0, "SWHardeningNeeded"), level(-2, "OutOfDate")],
    ...changes,
  };
}

export function qeIdentity(changes: Json = {}, id: "QE" | "TD_QE" = "QE"): Json {
  return {
    id,
    version: 2,
    issueDate: iso(ISSUED),
    nextUpdate: iso(ISSUED + 86_400 * 30),
    tcbEvaluationDataNumber: 16,
    miscselect: "00000000",
    miscselectMask: "FFFFFFFF",
    attributes: `11${"00".repeat(15)}`,
    attributesMask: `fb${"ff".repeat(7)}${"00".repeat(8)}`,
    mrsigner: toHex(QE_SIGNER).toUpperCase(),
    isvprodid: 1,
    tcbLevels: [
      { tcb: { isvsvn: 8 }, tcbDate: "2023-08-09T00:00:00Z", tcbStatus: "UpToDate" },
      {
        tcb: { isvsvn: 6 },
        tcbDate: "2021-11-10T00:00:00Z",
        tcbStatus: "OutOfDate",
        advisoryIDs: ["INTEL-SA-00615"],
      },
    ],
    ...changes,
  };
}

export interface BundleParts {
  readonly quote?: Uint8Array;
  /** JSON text, signed as it is. */
  readonly tcbInfo?: string;
  readonly qeIdentity?: string;
  readonly certs?: Uint8Array;
}

/** A quote with its collateral. */
export function forgeBundle(forge: Forge, parts: BundleParts = {}): QuoteBundle {
  const info = utf8(parts.tcbInfo ?? JSON.stringify(tcbInfo()));
  const identity = utf8(parts.qeIdentity ?? JSON.stringify(qeIdentity()));
  return {
    quote: parts.quote ?? forgeQuote(forge),
    tcb: {
      tcb_info: { tcb_info: info, signature: toHex(signP256(forge.keys.tcb, info)) },
      qe_id: { enclave_identity: identity, signature: toHex(signP256(forge.keys.tcb, identity)) },
      certs: parts.certs ?? pemChain(forge.certificates.tcb, forge.certificates.root),
    },
  };
}

/** An EPID quote without its signature. */
export function epidQuote(report: ReportParts = {}, groupId = 0xbc5, version = 2): Uint8Array {
  const header = new Uint8Array(48);
  const view = new DataView(header.buffer);
  view.setUint16(0, version, true);
  view.setUint32(4, groupId, true);
  return concat(header, sgxReport(report));
}

/** Body of an attestation report. */
export function avrBody(changes: Json = {}): Json {
  return {
    id: "1234",
    timestamp: "2023-11-14T22:13:20.000000",
    version: 4,
    isvEnclaveQuoteStatus: "OK",
    isvEnclaveQuoteBody: toBase64(epidQuote()),
    ...changes,
  };
}

/** A report of a text, signed, with its certificates. */
export function forgeAvr(forge: Forge, body: string = JSON.stringify(avrBody())): AVRBundle {
  const bytes = utf8(body);
  const chain = new TextDecoder().decode(pemChain(forge.certificates.ias, forge.certificates.iasRoot));
  return {
    body: bytes,
    certificate_chain: utf8(encodeURIComponent(chain)),
    signature: utf8(toBase64(new Uint8Array(sign("sha256", bytes, forge.keys.ias.privateKey)))),
  };
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
}
