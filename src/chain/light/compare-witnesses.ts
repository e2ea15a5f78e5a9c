import { equal, toHex } from "../../codec/bytes.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { headerHash } from "../header.ts";
import type { LightBlock } from "../light-block.ts";
import { LightError } from "./errors.ts";
import { fetchLightBlock } from "./fetch-light-block.ts";
import { prioritiesHash } from "./priorities-hash.ts";
import type { LightProvider } from "./provider.ts";

/** What a witness says of a block. */
export type Testimony =
  | { readonly kind: "same" }
  /** It has none, or does not answer. */
  | { readonly kind: "none"; readonly reason: string }
  | { readonly kind: "conflict"; readonly witness: LightProvider; readonly block: LightBlock };

/**
 * Asks all witnesses for their block of a height.
 * @throws LightError `conflict` when one has the same block and other proposer priorities: nobody can be blamed for
 *   that, and nobody believed
 */
export async function compareWitnesses(
  chainId: string,
  block: LightBlock,
  witnesses: readonly LightProvider[],
  logger: Logger,
  signal: AbortSignal,
): Promise<Testimony[]> {
  const { height } = block.header;
  return await Promise.all(
    witnesses.map(async (witness): Promise<Testimony> => {
      let other: LightBlock;
      try {
        other = await fetchLightBlock(witness, chainId, height, signal);
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        logger.debug({ height, witness: witness.name, reason }, "no light block from a witness");
        return { kind: "none", reason };
      }
      if (!equal(headerHash(other.header), headerHash(block.header))) {
        return { kind: "conflict", witness, block: other };
      }
      const [ours, theirs] = [prioritiesHash(block.validators), prioritiesHash(other.validators)];
      if (!equal(ours, theirs)) {
        witness.reject("it has other proposer priorities");
        throw new LightError(
          "conflict",
          `${witness.name} has other proposer priorities for block ${height} than the primary provider`,
          { height, ours: toHex(ours), theirs: toHex(theirs) },
        );
      }
      return { kind: "same" };
    }),
  );
}
