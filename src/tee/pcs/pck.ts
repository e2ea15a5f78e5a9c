import type { KeyObject } from "node:crypto";
import { QuoteError } from "../quote-error.ts";
import type { Certificate } from "../x509/certificate.ts";
import { DerReader, integerValue, objectIdText, tags } from "../x509/der-reader.ts";

/** What the certificate of a platform's key says about the platform. facts/sgx.md 4.5. */
export interface PckInfo {
  readonly publicKey: KeyObject;
  /** Family, model and stepping: 6 bytes. */
  readonly fmspc: Uint8Array;
  /** The 16 security versions of the platform's components. */
  readonly componentSvns: readonly number[];
  readonly pceSvn: number;
}

const EXTENSION = "1.2.840.113741.1.13.1";
const FMSPC = `${EXTENSION}.4`;
const TCB = `${EXTENSION}.2`;
const FMSPC_LENGTH = 6;
const COMPONENTS = 16;
const PCE_SVN = 17;
const CPU_SVN = 18;
const MAX_U16 = 0xffffn;
const MIN_I32 = -(2n ** 31n);
const MAX_I32 = 2n ** 31n - 1n;

/** @throws QuoteError */
export function readPckInfo(certificate: Certificate): PckInfo {
  const { publicKey, extensions } = certificate;
  if (publicKey.asymmetricKeyType !== "ec") throw new QuoteError("the platform's key is not for ECDSA");
  let fmspc: Uint8Array | null = null;
  const svns: Svns = { componentSvns: Array.from({ length: COMPONENTS }, () => 0), pceSvn: 0 };
  const extension = extensions.get(EXTENSION);
  for (const { id, value } of extension === undefined ? [] : namedItems(extension.value)) {
    if (id === FMSPC) fmspc = value.content(tags.octetString);
    else if (id === TCB) readSvns(value.item().raw, svns);
  }
  if (fmspc?.length !== FMSPC_LENGTH) throw new QuoteError("the platform's certificate has no FMSPC");
  return { publicKey, fmspc, ...svns };
}

interface Svns {
  readonly componentSvns: number[];
  pceSvn: number;
}

function readSvns(sequence: Uint8Array, svns: Svns): void {
  for (const { id, value } of namedItems(sequence)) {
    const component = Number(id.slice(id.lastIndexOf(".") + 1));
    if (component === CPU_SVN) {
      value.content(tags.octetString);
    } else if (component === PCE_SVN) {
      svns.pceSvn = integer(value, 0n, MAX_U16);
    } else if (component >= 1 && component <= COMPONENTS) {
      svns.componentSvns[component - 1] = integer(value, MIN_I32, MAX_I32);
    }
  }
}

function integer(value: DerReader, min: bigint, max: bigint): number {
  const found = integerValue(value.content(tags.integer));
  if (found < min || found > max) throw new QuoteError("a security version is out of range");
  return Number(found);
}

/** The items of a sequence of pairs of identifier and value. */
function namedItems(bytes: Uint8Array): { id: string; value: DerReader }[] {
  const items: { id: string; value: DerReader }[] = [];
  const list = new DerReader(bytes).inside(tags.sequence);
  while (!list.isEmpty) {
    const value = list.inside(tags.sequence);
    items.push({ id: objectIdText(value.content(tags.objectId)), value });
  }
  return items;
}
