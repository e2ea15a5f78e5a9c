import { readFileSync } from "node:fs";
import type { QuoteBundle } from "../../src/types/sgx.ts";
import { sharedPath } from "../shared.ts";

/** A file of the recorded quotes and collateral (facts/sgx.md 4.9). */
export function vector(name: string): Uint8Array {
  return new Uint8Array(readFileSync(sharedPath("vectors", "sgx", name)));
}

/** The recorded DCAP quote of an SGX enclave, valid at 1671497404. */
export function sgxBundle(): QuoteBundle {
  return bundle(
    "quote_v3_ecdsa_p256_pck_chain.bin",
    "tcb_info_v3_fmspc_00606A000000.json",
    "qe_identity_v2.json",
  );
}

/** A recorded quote of a trust domain. */
export function tdxBundle(quote: string, fmspc: string, qeIdentity: string): QuoteBundle {
  return bundle(quote, `tcb_info_v3_tdx_fmspc_${fmspc}.json`, qeIdentity);
}

function bundle(quote: string, tcbInfo: string, qeIdentity: string): QuoteBundle {
  const info = signedPart(tcbInfo, "tcbInfo");
  const identity = signedPart(qeIdentity, "enclaveIdentity");
  return {
    quote: vector(quote),
    tcb: {
      tcb_info: { tcb_info: info.text, signature: info.signature },
      qe_id: { enclave_identity: identity.text, signature: identity.signature },
      certs: vector("tcb_info_v3_fmspc_00606A000000_certs.pem"),
    },
  };
}

/** The signed part of an answer of Intel's service, as it was sent: `{"<member>":<this>,"signature":"<hex>"}`. */
function signedPart(file: string, member: string): { text: Uint8Array; signature: string } {
  const answer = new TextDecoder().decode(vector(file)).trim();
  const start = answer.indexOf(":") + 1;
  const end = answer.lastIndexOf(',"signature"');
  if (!answer.startsWith(`{"${member}":`)) throw new Error(`${file} is no answer with ${member}`);
  const { signature } = JSON.parse(answer) as { signature: string };
  return { text: new TextEncoder().encode(answer.slice(start, end)), signature };
}
