import type { Stream } from "@libp2p/interface";
import { QanatError } from "../../../codec/errors.ts";
import { encodeFrame, FrameReader } from "../../../codec/frame.ts";

/** Sends one message; the other side is not waited for. */
export function sendMessage(stream: Stream, payload: Uint8Array): void {
  stream.send(encodeFrame(payload));
}

/**
 * Reads one message.
 * @param maxBytes longest message; memory grows with what arrives, not with what was announced
 * @throws CodecError when it is longer, QanatError `p2p/closed` when the stream ends before; the signal's reason
 */
export async function readMessage(
  stream: Stream,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  signal.throwIfAborted();
  const onAbort = () => stream.abort(reasonOf(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const frames = new FrameReader(maxBytes);
    for await (const chunk of stream) {
      const [payload] = frames.push(chunk.subarray());
      if (payload !== undefined) return payload;
    }
    throw new QanatError("p2p/closed", "the stream ended before the message did");
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}
