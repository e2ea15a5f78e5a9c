import { QanatError } from "../../codec/errors.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { PeerClock } from "../comet/clock.ts";

/** A signal that aborts when its parent does or when time is up, until it is disposed of. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly dispose: Disposer;
}

/** @param what names what took too long, for the error: "the answer of a peer" */
export function deadline(
  what: string,
  timeoutMs: number,
  { clock, signal: parent }: { readonly clock: PeerClock; readonly signal: AbortSignal },
): Deadline {
  const controller = new AbortController();
  const cancel = clock.schedule(
    () => controller.abort(new QanatError("p2p/timeout", `${what} took longer than ${timeoutMs} ms`)),
    timeoutMs,
  );
  const follow = () => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    dispose: () => {
      cancel();
      parent.removeEventListener("abort", follow);
    },
  };
}
