import { toHex } from "../codec/bytes.ts";
import { QuoteError } from "./quote-error.ts";

/** How strict a node is with attestations. All nodes of a network have to be equally strict. */
export interface QuoteRules {
  /** Enclaves in debug mode are accepted, and no others (`debug.allow_debug_enclaves`). */
  readonly allowDebugEnclaves: boolean;
  /** Enclaves signed with the key that everybody knows are accepted (`debug.allow_test_keys`). */
  readonly allowTestSigner: boolean;
  /** The signatures of DCAP quotes and of their collateral are not looked at (`debug.skip_quote_verify`). */
  readonly skipPcsVerification: boolean;
  /** The signatures of EPID reports are not looked at (`ias.debug_skip_verify`). */
  readonly skipIasVerification: boolean;
  /** Platforms that are out of date or need configuration are accepted (`debug.tcb_lax_verify`). */
  readonly isLaxAboutTcb: boolean;
}

/** The rules of networks that are not for debugging. */
export const STRICT_RULES: QuoteRules = {
  allowDebugEnclaves: false,
  allowTestSigner: false,
  skipPcsVerification: false,
  skipIasVerification: false,
  isLaxAboutTcb: false,
};

/** MRSIGNER of the signing key that is public, since it comes with the tools for enclaves (facts/sgx.md 2.3). */
const TEST_SIGNER = "9affcfae47b848ec2caf1c49b4b283531e1cc425f93582b36806e52a43d78d1a";

/** @throws QuoteError when the enclave was signed with a key that everybody knows and that is not accepted */
export function checkSigner(mrSigner: Uint8Array, rules: QuoteRules): void {
  if (!rules.allowTestSigner && toHex(mrSigner) === TEST_SIGNER) {
    throw new QuoteError("the enclave is signed with a test key");
  }
}

/** @throws QuoteError when the enclave is in debug mode and the network is not, or the other way round */
export function checkDebugMode(isDebug: boolean, rules: QuoteRules): void {
  if (isDebug === rules.allowDebugEnclaves) return;
  throw new QuoteError(isDebug ? "the enclave is in debug mode" : "the enclave is not in debug mode");
}
