import { equal } from "../../codec/bytes.ts";
import { hashOf } from "../../crypto/hash.ts";
import type { NodeDb } from "../../storage/node-db/node-db.ts";
import { Header } from "../../types/roothash-block.ts";
import { ROOT_IO, ROOT_STATE } from "../../types/storage.ts";
import type { RoundHistory } from "./round-history.ts";

/**
 * Looks at every stored round of a ParaTime: whether its block can be read, follows the one before, and has its state
 * and its inputs and outputs.
 * @param report is told what is wrong, in words
 */
export function* verifyRounds(
  history: RoundHistory,
  db: NodeDb,
  report: (problem: string) => void,
): Generator<bigint, void> {
  const [first, last] = [history.first(), history.last()];
  if (first === null || last === null) return;
  let previous: Header | null = null;
  for (let round = first.block.header.round; round <= last.block.header.round; round++) {
    const header: Header | null = history.get(round)?.block.header ?? null;
    if (header === null) {
      report(`round ${round}: its block is missing`);
    } else {
      if (header.round !== round) report(`round ${round}: it has the block of round ${header.round}`);
      if (previous !== null && !equal(header.previous_hash, hashOf(Header, previous))) {
        report(`round ${round}: its block follows another one`);
      }
      for (const [root_type, hash, what] of [
        [ROOT_STATE, header.state_root, "state"],
        [ROOT_IO, header.io_root, "inputs and outputs"],
      ] as const) {
        const isKept = round >= db.earliestVersion() && round <= (db.latestVersion() ?? -1n);
        if (isKept && !db.hasRoot({ ns: db.namespace, version: round, root_type, hash })) {
          report(`round ${round}: its ${what} are missing`);
        }
      }
    }
    previous = header;
    yield round;
  }
}
