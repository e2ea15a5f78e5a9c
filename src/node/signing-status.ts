import type { SignatureFigures } from "../chain/own-signatures.ts";
import { SigningStatus } from "../types/api-control.ts";

/** What became of the node's signatures as a validator; null when there is nothing to say. */
export function signingStatus(figures: SignatureFigures | null): SigningStatus | null {
  if (figures === null) return null;
  const { sinceHeight, lastMissed, included, late, nil, none } = figures;
  return {
    ...SigningStatus.zero(),
    ...{ since_height: sinceHeight, included, late, nil, none },
    last_missed: lastMissed?.height ?? null,
  };
}
