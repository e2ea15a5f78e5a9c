import { toHex } from "../../codec/bytes.ts";
import type { CheckpointFiles } from "../../storage/checkpoint/checkpoint-files.ts";
import type { NodeDb } from "../../storage/node-db/node-db.ts";
import { consensusCheckpoints, runtimeCheckpoints } from "../open-checkpoints.ts";
import type { NodeStore } from "./node-store.ts";

/** Versions of one part of the database. Names as in the official node's JSON. */
export interface PartStatus {
  /** Whether there is anything. */
  readonly ok: boolean;
  readonly latest_version: bigint;
  readonly last_retained_version: bigint;
}

/** What a node keeps. `checkpoints` and `database` are our additions. */
export interface StoreStatus {
  readonly consensus: {
    readonly state_db: PartStatus;
    readonly block_history: PartStatus;
    /** Heights. */
    readonly checkpoints: readonly bigint[];
  };
  /** By id in hex. */
  readonly runtimes: Readonly<
    Record<
      string,
      {
        readonly state_db: PartStatus;
        readonly light_history: PartStatus;
        /** Rounds. */
        readonly checkpoints: readonly bigint[];
      }
    >
  >;
  readonly database: {
    /** Bytes in use. */
    readonly used_bytes: number;
    /** Bytes taken on disk. */
    readonly file_bytes: number;
  };
}

/** Reads what a node's database holds. */
export function inspectStore({ dataDir, environment, state, chain, runtimes }: NodeStore): StoreStatus {
  return {
    consensus: {
      state_db: treesStatus(state),
      block_history: {
        ok: chain.height > 0n,
        latest_version: chain.height,
        last_retained_version: chain.base,
      },
      checkpoints: versions(consensusCheckpoints(dataDir)),
    },
    runtimes: Object.fromEntries(
      runtimes.map(({ runtimeId, db, history }) => {
        const [first, last] = [history.first(), history.last()];
        const light_history = {
          ok: last !== null,
          latest_version: last?.block.header.round ?? 0n,
          last_retained_version: first?.block.header.round ?? 0n,
        };
        const checkpoints = versions(runtimeCheckpoints(dataDir, runtimeId));
        return [toHex(runtimeId), { state_db: treesStatus(db), light_history, checkpoints }];
      }),
    ),
    database: { used_bytes: environment.size(), file_bytes: environment.fileSize() },
  };
}

function treesStatus(db: NodeDb): PartStatus {
  const latest = db.latestVersion();
  return {
    ok: latest !== null,
    latest_version: latest ?? 0n,
    last_retained_version: db.earliestVersion(),
  };
}

function versions(files: CheckpointFiles): bigint[] {
  return [...new Set(files.list().map(({ root }) => root.version))];
}
