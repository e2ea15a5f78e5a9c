import { toHex } from "../../codec/bytes.ts";
import type { Hash } from "../../codec/common-types.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import type { ProtocolClient } from "../../p2p/libp2p/committee-network.ts";
import { getTxs, MAX_ASKED_TXS } from "./tx-sync-protocol.ts";

/**
 * Asks peers for transactions, the best first, until all were given or nobody is left; at most as many as one call may
 * ask for. Whoever gives what nobody asked for has failed.
 * @returns what was given, in no order
 */
export async function fetchTxs(
  { rpc, scores }: Pick<ProtocolClient, "rpc" | "scores">,
  hashes: readonly Hash[],
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const asked = hashes.slice(0, MAX_ASKED_TXS);
  const wanted = new Set(asked.map(toHex));
  const found = new Map<string, Uint8Array>();
  await rpc.callMulti(scores.best(), getTxs, { txs: asked }, signal, {
    onAnswer: ({ value, feedback }) => {
      const given = (value.txs ?? []).map((tx) => tx ?? new Uint8Array());
      const named = given.map((tx) => [toHex(sha512_256(tx)), tx] as const);
      if (given.length > asked.length || named.some(([hash]) => !wanted.has(hash))) {
        feedback.poor();
        return true;
      }
      for (const [hash, tx] of named) found.set(hash, tx);
      if (given.length > 0) feedback.good();
      return found.size < wanted.size;
    },
  });
  return [...found.values()];
}
