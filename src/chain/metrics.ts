import { equal } from "../codec/bytes.ts";
import { flag, type MetricRegistry } from "../telemetry/metrics/metric-registry.ts";
import type { CommittedBlock } from "./block-executor.ts";
import type { ChainStatus } from "./chain-engine.ts";
import { BLOCK_ID_FLAG } from "./commit.ts";
import type { SignatureOutcome } from "./own-signatures.ts";
import type { ValidatorSet } from "./validator-set.ts";

export type ChainMetrics = ReturnType<typeof chainMetrics>;

/** What of the chain is shown at a reading. */
export interface ChainFigures {
  readonly chainId: string;
  readonly status: ChainStatus;
  /** 0 before the first block. */
  readonly latestHeight: bigint;
  readonly oldestHeight: bigint;
  /** Of the next block; null before the first. */
  readonly validators: ValidatorSet | null;
  readonly mempool: readonly Uint8Array[];
}

const OUTCOMES: readonly SignatureOutcome[] = ["included", "late", "nil", "none"];
const secondsPerNanosecond = 1e-9;

/** Blocks, and this node's part in them. */
export function chainMetrics(registry: MetricRegistry) {
  const backend = { backend: "cometbft" };
  const proposed = registry.counter({
    name: "oasis_consensus_proposed_blocks",
    help: "Blocks that this node proposed.",
    labels: ["backend"],
    knownFrom: "oasis-node",
  });
  const signed = registry.counter({
    name: "oasis_consensus_signed_blocks",
    help: "Blocks that this node signed, counted with the block after them.",
    labels: ["backend"],
    knownFrom: "oasis-node",
  });
  const precommits = registry.counter({
    name: "oasis_consensus_precommits_total",
    help: "Blocks decided while this node was a validator, by what became of its signature: included in the next block, signed too late for it, a vote for nil, or none.",
    labels: ["outcome"],
  });
  const blockTime = registry.gauge({
    name: "oasis_consensus_latest_block_timestamp_seconds",
    help: "Time in the header of the last block, as Unix time.",
  });
  const oldest = registry.gauge({
    name: "oasis_consensus_oldest_height",
    help: "Height of the oldest block that is kept.",
  });
  const halted = registry.gauge({
    name: "oasis_consensus_halted",
    help: "1 when the chain has halted and this node cannot go on, else 0.",
  });
  const stepSince = registry.gauge({
    name: "oasis_consensus_step_since_timestamp_seconds",
    help: "When the current step of the current round began, as Unix time.",
  });
  proposed.add(0, backend);
  signed.add(0, backend);
  for (const outcome of OUTCOMES) precommits.add(0, { outcome });
  return {
    /** @param ownAddress of the node as validator */
    committed: ({ block: { header, last_commit } }: CommittedBlock, ownAddress: Uint8Array) => {
      blockTime.set(Number(header.time) * secondsPerNanosecond);
      if (equal(header.proposer_address, ownAddress)) proposed.add(1, backend);
      const isSigner = last_commit.signatures.some(
        ({ block_id_flag, validator_address }) =>
          block_id_flag === BLOCK_ID_FLAG.commit && equal(validator_address, ownAddress),
      );
      if (isSigner) signed.add(1, backend);
    },
    precommitted: (outcome: SignatureOutcome) => precommits.add(1, { outcome }),
    show: ({ status, oldestHeight }: ChainFigures) => {
      oldest.set(Number(oldestHeight));
      halted.set(flag(status.state === "halted"));
      stepSince.set(status.state === "running" ? status.sinceMs / 1000 : null);
    },
  };
}
