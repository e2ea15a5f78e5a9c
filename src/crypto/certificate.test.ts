import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/bytes.ts";
import { CodecError } from "../codec/errors.ts";
import { createCertificate, NODE_COMMON_NAME, signerFromKeyPem } from "./certificate.ts";
import { MemorySigner, TEST_ENTITY, testSigner } from "./memory-signer.ts";
import { encodePem } from "./pem.ts";

const signer = testSigner(TEST_ENTITY);

describe("node certificates", () => {
  // Bytes as Go's x509.CreateCertificate makes them from the official template.
  test.each([
    [
      "2026-01-02T03:04:05Z",
      "308201093081bca003020102020101300506032b65703015311330110603550403130a6f617369732d6e6f6465301e170d3236303130323032303430355a170d3237303130323033303430355a3015311330110603550403130a6f617369732d6e6f6465302a300506032b65700321004ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35a331302f300e0603551d0f0101ff0404030202a4301d0603551d250416301406082b0601050507030106082b06010505070302300506032b657003410061fb25cb7f570d41abe8ea8d0d4ccfcb52701b6d23b3fd179b36ca9e840ecff67f49a79c23a528f004752f9b42307edaddaf4ce2385666b3f67aa98e60841401",
    ],
    [
      "2028-02-29T12:00:00Z",
      "308201093081bca003020102020101300506032b65703015311330110603550403130a6f617369732d6e6f6465301e170d3238303232393131303030305a170d3239303330313132303030305a3015311330110603550403130a6f617369732d6e6f6465302a300506032b65700321004ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35a331302f300e0603551d0f0101ff0404030202a4301d0603551d250416301406082b0601050507030106082b06010505070302300506032b657003410073f9a11f7758d77f0e4a2082247edbf89361d394db63d175cb26806fcaff33b6b36c0553d8759e4fa8e3d5de01a7e4f5f8940b7e1b926acbf19dec487287300a",
    ],
    [
      "2049-06-01T00:00:00Z",
      "3082010b3081bea003020102020101300506032b65703015311330110603550403130a6f617369732d6e6f64653020170d3439303533313233303030305a180f32303530303630313030303030305a3015311330110603550403130a6f617369732d6e6f6465302a300506032b65700321004ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35a331302f300e0603551d0f0101ff0404030202a4301d0603551d250416301406082b0601050507030106082b06010505070302300506032b6570034100ee39b671ee1ce49c7b35dafaf7ee0c81921688f21e9c21af5f57af86fb5d4833f158fb418a079b30c111de73c8dcb3a56c4b2d2ccfa1e8d375050e8e93771406",
    ],
  ])("made at %s are byte for byte those of the official node", (now, der) => {
    expect(toHex(createCertificate(signer, NODE_COMMON_NAME, new Date(now)).der)).toBe(der);
  });

  test("Node's TLS reads them", () => {
    const { certificatePem } = createCertificate(MemorySigner.generate(), NODE_COMMON_NAME, new Date());
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.subject).toBe("CN=oasis-node");
    expect(certificate.issuer).toBe("CN=oasis-node");
    expect(certificate.serialNumber).toBe("01");
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });
});

describe("PKCS#8 keys", () => {
  test("known answer, read back", () => {
    const { keyPem } = createCertificate(signer, NODE_COMMON_NAME, new Date(0));
    expect(keyPem).toBe(
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIKmKQzomnmTiJltWTOu4YwWKH68qvqkMc0+h8vwnBE3X\n-----END PRIVATE KEY-----\n",
    );
    expect(signerFromKeyPem(keyPem).publicKey).toEqual(signer.publicKey);
  });

  test.each([
    ["another type", encodePem("CERTIFICATE", new Uint8Array(48))],
    ["other content", encodePem("PRIVATE KEY", new Uint8Array(48))],
    ["no PEM", "hello"],
  ])("%s is refused", (_, text) => {
    expect(() => signerFromKeyPem(text)).toThrow(CodecError);
  });
});
