import { toBase64, toHex } from "../../codec/bytes.ts";
import { BACKEND_COMETBFT, type Genesis } from "../../types/consensus.ts";
import type { CheckGenesisOptions, Report } from "./check-report.ts";

const MIN_TIMEOUT_COMMIT = 1_000_000n;
const MIN_CHECKPOINT_INTERVAL = 1000n;
const MIN_CHECKPOINT_CHUNK_SIZE = 1024n * 1024n;

/** oasis-core v26.1 go/consensus/genesis. */
export function checkConsensus(
  consensus: Genesis,
  { debug, blacklist }: CheckGenesisOptions,
  report: Report,
): void {
  const { params } = consensus;
  const at = (name: string) => `consensus.params.${name}`;
  if (consensus.backend !== BACKEND_COMETBFT) {
    report("consensus.backend", `must be "${BACKEND_COMETBFT}", is "${consensus.backend}"`);
  }
  if (params.timeout_commit < MIN_TIMEOUT_COMMIT && !params.skip_timeout_commit) {
    report(at("timeout_commit"), "must be at least 1 ms (1000000) unless skip_timeout_commit is set");
  }
  if (params.state_checkpoint_interval > 0n && !debug) {
    if (params.state_checkpoint_interval < MIN_CHECKPOINT_INTERVAL) {
      report(at("state_checkpoint_interval"), `must be 0 or at least ${MIN_CHECKPOINT_INTERVAL}`);
    }
    if (params.state_checkpoint_num_kept === 0n) {
      report(at("state_checkpoint_num_kept"), "must be positive while checkpoints are made");
    }
    if (params.state_checkpoint_chunk_size < MIN_CHECKPOINT_CHUNK_SIZE) {
      report(at("state_checkpoint_chunk_size"), `must be at least 1 MiB (${MIN_CHECKPOINT_CHUNK_SIZE})`);
    }
  }
  const seen = new Set<string>();
  for (const [i, key] of (params.public_key_blacklist ?? []).entries()) {
    const path = `${at("public_key_blacklist")}[${i}]`;
    if (seen.has(toHex(key))) report(path, `${toBase64(key)} is listed twice`);
    else if (blacklist.has(key))
      report(path, `${toBase64(key)} is never valid anyway and must not be listed`);
    seen.add(toHex(key));
  }
}
