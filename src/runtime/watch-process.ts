import { CodedError, type QanatError } from "../codec/errors.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { HostClock } from "./clock.ts";
import type { HostFailure, HostFailureError } from "./failure.ts";
import type { ConnectionEnd, ParaTimeConnection } from "./protocol/connection.ts";

/** The process is pinged so often while it runs. */
export const PING_INTERVAL_MS = 15_000;
/** How long it has to answer a ping. */
export const PING_TIMEOUT_MS = 5_000;
/** A process that has closed its connection is given so long to end by itself. */
const EXIT_GRACE_MS = 500;

/**
 * What the end of a connection means. A process that ends by itself closes its connection a moment before; then its
 * exit tells more.
 */
export async function hangUpFailure(
  end: ConnectionEnd,
  gone: Promise<never>,
  clock: HostClock,
): Promise<HostFailure> {
  if (end.kind === "violation") return { kind: "protocolViolation", reason: end.reason };
  const { promise, resolve } = Promise.withResolvers<HostFailure>();
  const cancel = clock.schedule(
    () => resolve({ kind: "protocolViolation", reason: "it closed the connection" }),
    EXIT_GRACE_MS,
  );
  const exit = gone.catch((error: unknown) => (error as HostFailureError).failure);
  return Promise.race([promise, exit]).finally(cancel);
}

/** Pings the process while it runs; the disposer ends that. */
export function pingRegularly(
  connection: ParaTimeConnection,
  clock: HostClock,
  onFailure: (failure: HostFailure) => void,
): Disposer {
  let cancel: Disposer = () => {};
  let stopped = false;
  const ping = async () => {
    try {
      await connection.call("RuntimePingRequest", {}, { timeoutMs: PING_TIMEOUT_MS });
      if (!stopped) cancel = clock.schedule(() => void ping(), PING_INTERVAL_MS);
    } catch (error) {
      if (stopped) return;
      if (error instanceof CodedError)
        onFailure({
          kind: "protocolViolation",
          reason: `it answered a ping with an error: ${error.message}`,
        });
      else if ((error as QanatError).code === "runtime/timeout")
        onFailure({ kind: "pingTimeout", timeoutMs: PING_TIMEOUT_MS });
    }
  };
  cancel = clock.schedule(() => void ping(), PING_INTERVAL_MS);
  return () => {
    stopped = true;
    cancel();
  };
}
