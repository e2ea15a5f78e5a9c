/** What decides whether a connection may go. */
export interface TrimCandidate {
  readonly openedAtMs: number;
  /** How much its peer is worth: the sum of its tags. */
  readonly value: number;
  readonly isProtected: boolean;
}

export interface TrimLimits {
  /** More connections than this, and some are closed… */
  readonly high: number;
  /** …until this many are left. */
  readonly low: number;
  /** A younger connection is spared. */
  readonly graceMs: number;
}

/**
 * Which connections to close when there are too many: those of the least valued peers, newest first among equals, but
 * neither protected nor young ones. That may be too few; the host has a hard limit besides.
 *
 * As go-libp2p's connection manager does, with the limits of oasis-core v26.1 go/p2p/host.go.
 */
export function connectionsToTrim<T extends TrimCandidate>(
  connections: readonly T[],
  { high, low, graceMs }: TrimLimits,
  nowMs: number,
): T[] {
  if (connections.length <= high) return [];
  return connections
    .filter(({ isProtected, openedAtMs }) => !isProtected && nowMs - openedAtMs >= graceMs)
    .sort((a, b) => a.value - b.value || b.openedAtMs - a.openedAtMs)
    .slice(0, connections.length - low);
}
