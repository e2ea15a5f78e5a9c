import { ChainStore } from "../../src/chain/chain-store.ts";
import { consensusParamsHash } from "../../src/chain/consensus-params.ts";
import { headerHash } from "../../src/chain/header.ts";
import { LightClient } from "../../src/chain/light/light-client.ts";
import { TrustedStore } from "../../src/chain/light/trusted-store.ts";
import { LIGHT_VERIFY_DEFAULTS } from "../../src/chain/light/verify-light-block.ts";
import { StateSync } from "../../src/chain/state-sync/state-sync.ts";
import { NANOS_PER_MILLISECOND } from "../../src/chain/time.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import { testGenesis } from "../chain/engine-fixture.ts";
import { chainProvider, LIGHT_CHAIN_ID, lightChain, timeAt } from "../chain/light-chain.ts";
import { type TestCheckpoint, testCheckpoint, wholeSlices } from "../chain/test-checkpoint.ts";
import { FakeClock } from "../fake-clock.ts";

const logger = silentLogging.logger("state-sync");
const genesis = { ...testGenesis(4), chain_id: LIGHT_CHAIN_ID };

/** What peers may offer: the same state at two heights. */
export const OFFERED = { first: 20, second: 25 } as const;

/** A node that offers a checkpoint and looks for one itself. */
export interface RestoringNode {
  readonly sync: StateSync;
  readonly clock: FakeClock;
  /** What it serves, and what some peer may have. */
  readonly checkpoint: TestCheckpoint;
  /** A newer one that it does not have. */
  readonly newer: TestCheckpoint;
  /** Restores what peers offer; resolves with the height at which the chain goes on. */
  restore(signal: AbortSignal): Promise<bigint>;
}

/** Sets one up; its light client knows the chain that both checkpoints are of. */
export async function restoringNode(): Promise<RestoringNode> {
  const checkpoint = await testCheckpoint(BigInt(OFFERED.first), 200);
  const newer = await testCheckpoint(BigInt(OFFERED.second), 200);
  const { hash } = checkpoint.checkpoint.root;
  const blocks = lightChain({
    length: 30,
    validators: () => [1, 2, 3, 4],
    header: () => ({ consensus_hash: consensusParamsHash(genesis.consensus_params), app_hash: hash }),
  });
  const clock = new FakeClock(Number(timeAt(30) / NANOS_PER_MILLISECOND));
  const environment = memoryEnvironment();
  const sync = new StateSync({ source: checkpoint.source, clock, logger, sliceClock: wholeSlices });
  const light = new LightClient(
    {
      verify: { ...LIGHT_VERIFY_DEFAULTS, chainId: LIGHT_CHAIN_ID },
      anchor: { kind: "block", root: { height: 1n, hash: headerHash(blocks[0]!.header) } },
    },
    {
      providers: [chainProvider("a", blocks), chainProvider("b", blocks)],
      store: new TrustedStore(environment),
      ...{ clock, logger },
    },
  );
  const target = {
    ...{ genesis, environment, light, store: new ChainStore(environment), onRestored: () => {} },
    db: openNodeDb(environment, new Uint8Array(32), {}),
  };
  return {
    ...{ sync, clock, checkpoint, newer },
    restore: async (signal) => (await sync.run(target, signal)).last_block_height,
  };
}
