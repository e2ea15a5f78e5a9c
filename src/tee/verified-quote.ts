/** What a quote proves: which enclave runs, and the 64 bytes that it had quoted. */
export interface VerifiedQuote {
  readonly mrEnclave: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly reportData: Uint8Array;
}
