import { parentPort, workerData } from "node:worker_threads";
import { type AheadNetwork, BlockVerifier } from "./block-verifier.ts";
import type { FromVerifier, ToVerifier } from "./blocks-ahead.ts";

/** The thread behind `BlocksAhead`. */
const verifier = new BlockVerifier(workerData as AheadNetwork);
const send = (message: FromVerifier) => parentPort!.postMessage(message);

parentPort!.on("message", (message: ToVerifier) => {
  switch (message.kind) {
    case "block":
      send({ kind: "verified", block: verifier.verify(message.encoded) });
      break;
    case "keys":
      verifier.addKeys(message.validators);
      break;
    case "vrf":
      for (const claim of verifier.setVrfInput(message.input)) send({ kind: "late", claim });
      break;
  }
});
