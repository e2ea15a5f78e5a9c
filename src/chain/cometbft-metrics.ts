import type { MetricRegistry } from "../telemetry/metrics/metric-registry.ts";
import type { CommittedBlock } from "./block-executor.ts";
import { BLOCK_ID_FLAG } from "./commit.ts";
import type { ChainFigures } from "./metrics.ts";

export type CometbftMetrics = ReturnType<typeof cometbftMetrics>;

const secondsPerNanosecond = 1e-9;

/** What CometBFT, which the official node embeds, exports of its consensus and its mempool. */
export function cometbftMetrics(registry: MetricRegistry) {
  const labels = ["chain_id"] as const;
  const knownFrom = "cometbft";
  const height = registry.gauge({
    name: "cometbft_consensus_height",
    help: "Height of the block that is being decided.",
    labels,
    knownFrom,
  });
  const latestHeight = registry.gauge({
    name: "cometbft_consensus_latest_block_height",
    help: "Height of the last block.",
    labels,
    knownFrom,
  });
  const rounds = registry.gauge({
    name: "cometbft_consensus_rounds",
    help: "Round of the block that is being decided, from 0.",
    labels,
    knownFrom,
  });
  const validators = registry.gauge({
    name: "cometbft_consensus_validators",
    help: "Number of validators.",
    labels,
    knownFrom,
  });
  const power = registry.gauge({
    name: "cometbft_consensus_validators_power",
    help: "Voting power of all validators together.",
    labels,
    knownFrom,
  });
  const missing = registry.gauge({
    name: "cometbft_consensus_missing_validators",
    help: "Validators whose signature is missing in the commit of the block before the last one.",
    labels,
    knownFrom,
  });
  const interval = registry.histogram({
    name: "cometbft_consensus_block_interval_seconds",
    help: "Time between a block and the one before it, by their headers.",
    labels,
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 4, 5, 6, 7, 8, 10, 15, 20, 30, 60],
    knownFrom,
  });
  const txs = registry.gauge({
    name: "cometbft_consensus_num_txs",
    help: "Transactions in the last block.",
    labels,
    knownFrom,
  });
  const totalTxs = registry.counter({
    name: "cometbft_consensus_total_txs",
    help: "Transactions in all blocks since the start.",
    labels,
    knownFrom,
  });
  const size = registry.gauge({
    name: "cometbft_consensus_block_size_bytes",
    help: "Size of the last block.",
    labels,
    knownFrom,
  });
  const mempoolSize = registry.gauge({
    name: "cometbft_mempool_size",
    help: "Transactions that wait for a block.",
    labels,
    knownFrom,
  });
  const mempoolBytes = registry.gauge({
    name: "cometbft_mempool_size_bytes",
    help: "Bytes of the transactions that wait for a block.",
    labels,
    knownFrom,
  });
  let previousTime: bigint | null = null;
  return {
    committed: ({ block, size: blockSize }: CommittedBlock) => {
      const { header, last_commit } = block;
      const { chain_id } = header;
      if (previousTime !== null)
        interval.observe(Number(header.time - previousTime) * secondsPerNanosecond, { chain_id });
      previousTime = header.time;
      latestHeight.set(Number(header.height), { chain_id });
      txs.set(block.txs.length, { chain_id });
      totalTxs.add(block.txs.length, { chain_id });
      size.set(Number(blockSize), { chain_id });
      const absent = last_commit.signatures.filter((one) => one.block_id_flag === BLOCK_ID_FLAG.absent);
      missing.set(absent.length, { chain_id });
    },
    show: ({ chainId, status, latestHeight: latest, validators: set, mempool }: ChainFigures) => {
      const chain_id = chainId;
      latestHeight.set(Number(latest), { chain_id });
      height.set(Number(status.state === "running" ? status.height : latest), { chain_id });
      rounds.set(status.state === "running" ? status.round : null, { chain_id });
      validators.set(set === null ? null : set.size, { chain_id });
      power.set(set === null ? null : Number(set.totalVotingPower), { chain_id });
      mempoolSize.set(mempool.length, { chain_id });
      mempoolBytes.set(
        mempool.reduce((sum, tx) => sum + tx.length, 0),
        { chain_id },
      );
    },
  };
}
