import type { Duplex } from "node:stream";
import { PeerFault } from "./errors.ts";

/**
 * The next bytes of a stream, which is paused before and after.
 * @throws PeerFault of kind `closed` when there are none; the signal's reason
 */
export function nextChunk(stream: Duplex, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      stream.off("data", onData);
      stream.off("end", onEnd);
      stream.off("close", onEnd);
      stream.off("error", onError);
      signal.removeEventListener("abort", onAbort);
      stream.pause();
      settle();
    };
    const onData = (chunk: Uint8Array) => finish(() => resolve(chunk));
    const onEnd = () => finish(() => reject(closed()));
    const onError = (error: Error) => finish(() => reject(closed(error)));
    const onAbort = () => finish(() => reject(signal.reason));
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    if (stream.destroyed || stream.readableEnded) {
      reject(closed(stream.errored ?? undefined));
      return;
    }
    stream.on("data", onData);
    stream.on("end", onEnd);
    stream.on("close", onEnd);
    stream.on("error", onError);
    signal.addEventListener("abort", onAbort);
    stream.resume();
  });
}

/** The fault of a stream that ended, with the system's reason when there is one. */
export function closed(cause?: Error): PeerFault {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const message = code === "ECONNRESET" ? "the peer reset the connection" : "the peer closed the connection";
  return new PeerFault("closed", message, {}, cause === undefined ? {} : { cause });
}
