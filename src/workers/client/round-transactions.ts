import { toHex } from "../../codec/bytes.ts";
import { decode } from "../../codec/schema.ts";
import type { ReadonlyTree } from "../../storage/tree.ts";
import {
  InputArtifacts,
  inputKey,
  OutputArtifacts,
  outputKey,
  parseIoKey,
  TRANSACTION_PREFIX,
} from "../../types/io-tree.ts";

/** An executed transaction of a round's I/O tree; null when it is not in it. */
export function findTransaction(
  io: ReadonlyTree,
  hash: Uint8Array,
): { output: Uint8Array; batchOrder: number } | null {
  const input = io.get(inputKey(hash));
  const output = io.get(outputKey(hash));
  if (input === null || output === null) return null;
  return {
    output: decode(OutputArtifacts, output)[0] ?? new Uint8Array(),
    batchOrder: decode(InputArtifacts, input)[1],
  };
}

/** Hashes in hex of all transactions of a round's I/O tree. */
export function transactionHashes(io: ReadonlyTree): string[] {
  const hashes: string[] = [];
  for (const [key] of io.prefix(TRANSACTION_PREFIX)) {
    const parsed = parseIoKey(key);
    if (parsed?.kind === "input") hashes.push(toHex(parsed.txHash));
  }
  return hashes;
}
