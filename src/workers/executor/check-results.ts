import { equal } from "../../codec/bytes.ts";
import { hashOf } from "../../crypto/hash.ts";
import { Header } from "../../types/roothash-block.ts";
import type { ComputeResultsHeader } from "../../types/roothash-commitment.ts";
import type { RoundContext } from "../round-context.ts";

/**
 * Whether the ParaTime answered for the round that it was asked about, completely.
 * @throws Error when it did not
 */
export function checkResults(round: Pick<RoundContext, "block">, header: ComputeResultsHeader): void {
  if (header.round !== round.block.header.round + 1n)
    throw new Error(`the ParaTime computed round ${header.round}`);
  if (!equal(header.previous_hash, hashOf(Header, round.block.header))) {
    throw new Error("the ParaTime computed on another block");
  }
  if (header.io_root === null || header.state_root === null)
    throw new Error("the ParaTime left out its roots");
}
