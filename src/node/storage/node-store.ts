import { join } from "node:path";
import { ChainStore } from "../../chain/chain-store.ts";
import type { Namespace } from "../../codec/common-types.ts";
import type { Environment } from "../../storage/environment/environment.ts";
import { openEnvironment } from "../../storage/environment/lmdb-environment.ts";
import type { NodeDb } from "../../storage/node-db/node-db.ts";
import { openNodeDb } from "../../storage/node-db/table-node-db.ts";
import { type RoundHistory, StoredRoundHistory } from "../../workers/storage/round-history.ts";
import { RoundStore } from "../../workers/storage/round-store.ts";
import { workerTables } from "../../workers/storage/tables.ts";

/** What a node keeps of one ParaTime. */
export interface StoredRuntime {
  readonly runtimeId: Namespace;
  readonly db: NodeDb;
  readonly history: RoundHistory;
  readonly rounds: RoundStore;
}

/** Everything that a node keeps in its database, opened without running the node. */
export interface NodeStore {
  readonly dataDir: string;
  readonly environment: Environment;
  /** Versions of the consensus state. */
  readonly state: NodeDb;
  readonly chain: ChainStore;
  readonly runtimes: readonly StoredRuntime[];
}

/** Namespace of the consensus state. */
const CONSENSUS_NAMESPACE = new Uint8Array(32);

/** Where a node's database is. */
export function storePath(dataDir: string): string {
  return join(dataDir, "store");
}

/**
 * Opens a node's database. Close its environment when done.
 * @throws QanatError `storage/locked` while the node runs, unless it is only read; as openEnvironment
 */
export function openNodeStore(
  dataDir: string,
  runtimeIds: readonly Namespace[],
  options: { readonly readonly: boolean },
): NodeStore {
  const environment = openEnvironment(storePath(dataDir), options);
  return {
    dataDir,
    environment,
    state: openNodeDb(environment, CONSENSUS_NAMESPACE, { discardWriteLogs: true }),
    chain: new ChainStore(environment),
    runtimes: runtimeIds.map((runtimeId) => {
      const db = openNodeDb(environment, runtimeId);
      const history = new StoredRoundHistory(runtimeId, environment.table(workerTables.roundBlocks));
      const rounds = new RoundStore(runtimeId, {
        db,
        history,
        transaction: (body) => environment.transaction(body),
      });
      return { runtimeId, db, history, rounds };
    }),
  };
}
