import { invalid } from "../errors.ts";
import { checkLightBlock, decodeLightBlock, type LightBlock } from "../light-block.ts";
import type { LightProvider } from "./provider.ts";
import { checkAddresses } from "./verify-light-block.ts";

/** How long a provider has for an answer. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** Aborts with `signal`, and when a request has taken too long. */
export function requestSignal(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
}

/**
 * A provider's block of a height, of this chain and in itself without contradiction; signatures are not verified. A
 * provider whose answer is no such block is rejected.
 * @param height 0: the newest
 * @throws ChainError, CodecError for such an answer, whatever the provider throws, the signal's reason
 */
export async function fetchLightBlock(
  provider: LightProvider,
  chainId: string,
  height: bigint,
  signal: AbortSignal,
): Promise<LightBlock> {
  signal.throwIfAborted();
  const answer = await provider.getLightBlock(height, requestSignal(signal));
  try {
    if (height !== 0n && answer.height !== height) {
      throw invalid("the answer is of another height", { got: answer.height, want: height });
    }
    const block = decodeLightBlock(answer.meta ?? new Uint8Array(0));
    if (block.header.height !== answer.height) throw invalid("the block is of another height");
    checkLightBlock(chainId, block);
    checkAddresses(block.validators);
    return block;
  } catch (error) {
    provider.reject(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
