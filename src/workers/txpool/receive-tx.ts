import { MessageFault } from "../../p2p/libp2p/gossip/message-fault.ts";
import type { TxPool } from "./tx-pool.ts";

/**
 * Takes a transaction that a peer published: others get it from us when the ParaTime accepts it (facts/runtime.md 4.3).
 * @throws MessageFault when it does not, or the pool does not take it; the signal's reason
 */
export async function receiveTx(
  pool: Pick<TxPool, "submit">,
  raw: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const check = pool.submit(raw, { discard: false, origin: "peer" });
  const { error } = await Promise.race([check, aborted(signal)]).catch((cause) => {
    if (signal.aborted) throw signal.reason;
    throw new MessageFault("drop", cause instanceof Error ? cause.message : String(cause));
  });
  if (error.code !== 0 || error.module !== "") throw new MessageFault("drop", error.message);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
