import { QanatError } from "../../codec/errors.ts";
import { invalid } from "../errors.ts";
import { checkLightBlock, fromLightBlockProto, type LightBlock, LightBlockProto } from "../light-block.ts";
import { decode } from "../wire.ts";
import type { LightProvider } from "./provider.ts";
import { checkAddresses } from "./verify-light-block.ts";

/** How long a provider has for an answer. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** Aborts with `signal`, and when a request has taken too long. */
export function requestSignal(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
}

/** A provider only knows who will sign the block. */
class NotYet extends QanatError {
  constructor(message: string) {
    super("light/not-yet", message);
    this.name = "NotYet";
  }
}

/**
 * A provider's block of a height, of this chain and in itself without contradiction; signatures are not verified. A
 * provider whose answer is no such block is rejected.
 * @param height 0: the newest
 * @throws ChainError, CodecError for such an answer, QanatError `light/not-yet`, whatever the provider throws, the
 *   signal's reason
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
    const proto = decode(LightBlockProto, answer.meta ?? new Uint8Array(0));
    if (proto.signed_header === null) {
      // What an honest node says of the height after its last one.
      throw new NotYet(`${provider.name} has no block ${answer.height} yet`);
    }
    const block = fromLightBlockProto(proto);
    if (block.header.height !== answer.height) throw invalid("the block is of another height");
    checkLightBlock(chainId, block);
    checkAddresses(block.validators);
    return block;
  } catch (error) {
    if (error instanceof NotYet) throw error;
    provider.reject(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
