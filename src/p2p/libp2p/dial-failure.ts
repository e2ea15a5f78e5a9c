import type { Multiaddr } from "./multiaddr.ts";
import type { PeerId } from "./peer-id.ts";

/** What became of the last attempt to reach a peer that is not connected. */
export interface DialFailure {
  readonly peer: PeerId;
  readonly addresses: readonly Multiaddr[];
  readonly reason: string;
  readonly atMs: number;
}

/** The first cause, in the words of system and library, on one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0]!.slice(0, 200);
}
