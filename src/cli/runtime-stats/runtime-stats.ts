/** What the rounds of a ParaTime came to, over a range of heights. */
export interface RuntimeStats {
  rounds: number;
  successful: number;
  epochTransitions: number;
  failed: number;
  suspended: number;
  /** Discrepancies between commitments, and those declared because some did not come in time. */
  discrepancies: number;
  timeouts: number;
  /** By entity id in hex. */
  readonly entities: Map<string, EntityStats>;
}

/** Rounds of an entity's nodes, counted for each node and role. */
export interface EntityStats {
  readonly id: Uint8Array;
  elected: number;
  primary: number;
  backup: number;
  proposer: number;
  /** Rounds that asked for its commitments: of workers all that were finalized, of backup workers those in dispute. */
  primaryRequired: number;
  primaryGood: number;
  primaryBad: number;
  primaryMissed: number;
  backupRequired: number;
  backupGood: number;
  backupBad: number;
  backupMissed: number;
}

export function noStats(): RuntimeStats {
  return {
    rounds: 0,
    successful: 0,
    epochTransitions: 0,
    failed: 0,
    suspended: 0,
    discrepancies: 0,
    timeouts: 0,
    entities: new Map(),
  };
}

export function noEntityStats(id: Uint8Array): EntityStats {
  return {
    id,
    ...{ elected: 0, primary: 0, backup: 0, proposer: 0 },
    ...{ primaryRequired: 0, primaryGood: 0, primaryBad: 0, primaryMissed: 0 },
    ...{ backupRequired: 0, backupGood: 0, backupBad: 0, backupMissed: 0 },
  };
}
