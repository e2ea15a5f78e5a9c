import { describe, expect, it } from "vitest";
import {
  basicConstraints,
  type CertificateParts,
  certificate,
  extension,
  keyUsage,
  rsaKeyPair,
} from "../../../test/tee/certificates.ts";
import { der } from "../../../test/tee/encode-der.ts";
import {
  AUTHORITY,
  createForge,
  FORGED_TIME,
  LEAF,
  names,
  VALID_FROM,
  VALID_TO,
} from "../../../test/tee/forge.ts";
import { readCertificate } from "./certificate.ts";
import { verifyChain } from "./verify-chain.ts";

const { keys, roots } = createForge();
const valid = { notBefore: VALID_FROM, notAfter: VALID_TO };
const NS = 1_000_000_000n;

const leafOf = (parts: Partial<CertificateParts> = {}): Uint8Array =>
  certificate({
    ...valid,
    subject: names.pck,
    key: keys.pck,
    issuer: names.platformCa,
    issuerKey: keys.platformCa,
    extensions: LEAF,
    ...parts,
  });
const authorityOf = (parts: Partial<CertificateParts> = {}): Uint8Array =>
  certificate({
    ...valid,
    subject: names.platformCa,
    key: keys.platformCa,
    issuer: names.root,
    issuerKey: keys.root,
    extensions: AUTHORITY,
    ...parts,
  });
const usage = (...ids: string[]) => extension("2.5.29.37", false, der.sequence(...ids.map(der.objectId)));
const SERVERS = "1.3.6.1.5.5.7.3.1";
const CLIENTS = "1.3.6.1.5.5.7.3.2";

describe("a chain of certificates", () => {
  it.each<[string, RegExp | null, Partial<CertificateParts>, Partial<CertificateParts>]>([
    ["as Intel makes it", null, {}, {}],
    ["of a leaf that is not valid yet", /not valid yet/, { notBefore: FORGED_TIME + 1 }, {}],
    ["of a leaf from now on", null, { notBefore: FORGED_TIME }, {}],
    ["of a leaf until now", null, { notAfter: FORGED_TIME }, {}],
    ["of a leaf that has expired", /not valid any more/, { notAfter: FORGED_TIME - 1 }, {}],
    ["of an authority that has expired", /0 ways/, {}, { notAfter: FORGED_TIME - 1 }],
    ["of an authority of another name", /0 ways/, {}, { subject: names.tcb }],
    ["of an authority with another key", /0 ways/, {}, { key: keys.tcb }],
    ["of an authority with an RSA key", /0 ways/, {}, { key: rsaKeyPair() }],
    ["of an authority that signed itself", /0 ways/, {}, { issuerKey: keys.platformCa }],
    ["of an authority that is none", /0 ways/, {}, { extensions: [basicConstraints(false, null)] }],
    ["of an authority that says nothing", /0 ways/, {}, { extensions: [] }],
    ["of an authority of version 1", /0 ways/, {}, { extensions: [], version: 0 }],
    [
      "of an authority for other things",
      /0 ways/,
      {},
      { extensions: [basicConstraints(true, 0), keyUsage(0xc0)] },
    ],
    ["of an authority for anything", null, {}, { extensions: [basicConstraints(true, null)] }],
    [
      "with an unknown extension",
      null,
      { extensions: [...LEAF, extension("1.2.3.4", false, der.integer(1n))] },
      {},
    ],
    [
      "with a critical unknown extension",
      /unknown critical/,
      { extensions: [...LEAF, extension("1.2.3.4", true, der.integer(1n))] },
      {},
    ],
    ["of a leaf for servers", null, { extensions: [...LEAF, usage(CLIENTS, SERVERS)] }, {}],
    ["of a leaf for clients", /0 ways/, { extensions: [...LEAF, usage(CLIENTS)] }, {}],
    ["of an authority for clients", /0 ways/, {}, { extensions: [...AUTHORITY, usage(CLIENTS)] }],
  ])("%s", (_, error, leaf, authority) => {
    const check = () =>
      verifyChain(
        readCertificate(leafOf(leaf)),
        [readCertificate(authorityOf(authority))],
        roots.sgx,
        BigInt(FORGED_TIME) * NS,
      );
    if (error === null) expect(check).not.toThrow();
    else expect(check).toThrow(error);
  });

  it("must not be longer than its authorities allow", () => {
    // The root allows one between itself and the leaf.
    const lower = authorityOf({
      ...{ subject: "lower", key: keys.tcb, issuer: names.platformCa, issuerKey: keys.platformCa },
    });
    const leaf = readCertificate(leafOf({ issuer: "lower", issuerKey: keys.tcb }));
    const between = [lower, authorityOf()].map(readCertificate);
    expect(() => verifyChain(leaf, between, roots.sgx, BigInt(FORGED_TIME) * NS)).toThrow(/0 ways/);
  });

  it("ends a nanosecond after its last second", () => {
    const leaf = readCertificate(leafOf({ notAfter: FORGED_TIME }));
    const authority = [readCertificate(authorityOf())];
    const end = BigInt(FORGED_TIME) * NS;
    expect(() => verifyChain(leaf, authority, roots.sgx, end)).not.toThrow();
    expect(() => verifyChain(leaf, authority, roots.sgx, end + 1n)).toThrow(/not valid any more/);
  });
});
