import type { Logger } from "../telemetry/logger.ts";
import type { Dispatcher, MethodFilter } from "./dispatcher.ts";
import type { ByteBudget } from "./framing.ts";

/** What the transports of one listener share. */
export interface TransportContext {
  readonly dispatcher: Dispatcher;
  readonly allows: MethodFilter;
  /** Largest request message. */
  readonly maxRequestBytes: number;
  readonly budget: ByteBudget;
  readonly logger: Logger;
  /** Set: why this client may call nothing. */
  readonly refusal?: string;
}

/** A client that has begun a request message must have sent it by then. */
export const REQUEST_TIMEOUT_MS = 120_000;
