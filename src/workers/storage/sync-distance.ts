/** So many rounds behind a node does not work, and works again when it is less (facts/runtime.md 6.5). */
const MAX_BEHIND = 15n;
const FEW_BEHIND = 10n;

/**
 * Whether the stored rounds are too far behind those that the consensus layer knows.
 * @param last the last stored round; null: none
 * @param wasBehind what this said before
 */
export function isFarBehind(last: bigint | null, target: bigint, wasBehind: boolean): boolean {
  return last === null || target - last > (wasBehind ? FEW_BEHIND : MAX_BEHIND);
}
