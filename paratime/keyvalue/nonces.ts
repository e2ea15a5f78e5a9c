import { concat, readU64be, u64be } from "../../src/codec/bytes.ts";
import { MethodError } from "../kit/methods.ts";
import type { TxContext } from "../kit/paratime.ts";

/** Keys of nonces: this byte and the sender; the value is a u64, big-endian. */
const NONCE_PREFIX = Uint8Array.of(0xff);

/** The next nonce of a sender. */
export async function nextNonce({ state }: TxContext, sender: Uint8Array): Promise<bigint> {
  const stored = await state.get(concat(NONCE_PREFIX, sender));
  return stored === null ? 0n : readU64be(stored);
}

/**
 * Checks and uses up a nonce. While a transaction is only checked, a nonce that is ahead may still become right.
 * @throws MethodError
 */
export async function useNonce(context: TxContext, sender: Uint8Array, nonce: bigint): Promise<void> {
  const next = await nextNonce(context, sender);
  if (nonce < next || (!context.checkOnly && nonce !== next))
    throw new MethodError(`Invalid nonce: ${nonce}`);
  if (!context.checkOnly) context.state.insert(concat(NONCE_PREFIX, sender), u64be(nonce + 1n));
}
