import type { ApiClient } from "../../api/client.ts";
import { equal, toHex } from "../../codec/bytes.ts";
import type { Namespace, PublicKey } from "../../codec/common-types.ts";
import { CodedError } from "../../codec/errors.ts";
import { schedulerIndex } from "../../consensus/roothash/committee.ts";
import { roothashErrors } from "../../types/errors.ts";
import type { Event, RoundResults } from "../../types/roothash.ts";
import {
  type Block,
  HEADER_EPOCH_TRANSITION,
  HEADER_NORMAL,
  HEADER_ROUND_FAILED,
  HEADER_SUSPENDED,
} from "../../types/roothash-block.ts";
import { type Committee, ROLE_BACKUP_WORKER, ROLE_WORKER } from "../../types/scheduler.ts";
import { type EntityStats, noEntityStats, noStats, type RuntimeStats } from "./runtime-stats.ts";

/** Follows the rounds of a ParaTime block by block, by what a node says of each height. */
export class RuntimeStatsCollector {
  readonly stats: RuntimeStats = noStats();
  readonly #client: Pick<ApiClient, "call">;
  readonly #runtimeId: Namespace;
  /** Entity by the hex of the node's id: of all nodes that were seen. */
  readonly #entities = new Map<string, PublicKey>();
  /** Round 0 is the genesis of the ParaTime: nobody worked on it. */
  #round = 0n;
  #committee: Committee | null = null;
  #isDisputed = false;
  #isFirst = true;

  constructor(client: Pick<ApiClient, "call">, runtimeId: Namespace) {
    this.#client = client;
    this.#runtimeId = runtimeId;
  }

  /** Takes the next height. @throws CallError, or the error of the network that the node gives */
  async take(height: bigint, signal: AbortSignal): Promise<void> {
    const request = { runtime_id: this.#runtimeId, height };
    for (const node of (await this.#client.call("Registry", "GetNodes", height, { signal })) ?? []) {
      this.#entities.set(toHex(node.id), node.entity_id);
    }
    const block = await this.#client
      .call("RootHash", "GetLatestBlock", request, { signal })
      .catch(nullIfUnknown);
    if (block === null) return;
    const events = (await this.#client.call("RootHash", "GetEvents", height, { signal })) ?? [];
    // What happened at a height belongs to the round that ran until then; of the first height it is not known.
    const results = () => this.#client.call("RootHash", "GetLastRoundResults", request, { signal });
    if (!this.#isFirst) await this.#takeEvents(events, block, results);
    this.#isFirst = false;
    if (block.header.round === this.#round) return;
    this.#round = block.header.round;
    this.#countRound(block);
    const state = await this.#client.call("RootHash", "GetRuntimeState", request, { signal });
    const isRunning = block.header.header_type !== HEADER_SUSPENDED && state.commitment_pool !== null;
    this.#committee = isRunning ? state.committee : null;
    this.#isDisputed = false;
    if (this.#committee !== null) this.#countElected(this.#committee, this.#round);
  }

  async #takeEvents(
    events: readonly Event[],
    { header }: Block,
    results: () => Promise<RoundResults>,
  ): Promise<void> {
    for (const { runtime_id, execution_discrepancy, finalized } of events) {
      if (!equal(runtime_id, this.#runtimeId)) continue;
      if (execution_discrepancy !== null) {
        this.#isDisputed = true;
        if (execution_discrepancy.timeout) this.stats.timeouts++;
        else this.stats.discrepancies++;
      }
      const isOfCommittee =
        header.header_type !== HEADER_EPOCH_TRANSITION && header.header_type !== HEADER_SUSPENDED;
      if (finalized !== null && this.#committee !== null && isOfCommittee) {
        this.#countCommitments(this.#committee, await results());
      }
    }
  }

  #countRound({ header }: Block): void {
    this.stats.rounds++;
    if (header.header_type === HEADER_NORMAL) this.stats.successful++;
    if (header.header_type === HEADER_EPOCH_TRANSITION) this.stats.epochTransitions++;
    if (header.header_type === HEADER_ROUND_FAILED) this.stats.failed++;
    if (header.header_type === HEADER_SUSPENDED) this.stats.suspended++;
  }

  #countElected(committee: Committee, round: bigint): void {
    const members = committee.members ?? [];
    const proposer = members[schedulerIndex(committee, round, 0n) ?? -1];
    const seen = new Set<string>();
    for (const { public_key, role } of members) {
      const stats = this.#entity(public_key);
      const node = toHex(public_key);
      // A node may be in a committee in both roles.
      if (!seen.has(node)) stats.elected++;
      seen.add(node);
      if (role === ROLE_WORKER) stats.primary++;
      if (role === ROLE_BACKUP_WORKER) stats.backup++;
      if (proposer !== undefined && equal(public_key, proposer.public_key)) stats.proposer++;
    }
  }

  #countCommitments(committee: Committee, results: RoundResults): void {
    const isIn = (entities: readonly PublicKey[] | null, id: PublicKey) =>
      entities?.some((entity) => equal(entity, id)) ?? false;
    for (const { public_key, role } of committee.members ?? []) {
      const stats = this.#entity(public_key);
      const isGood = isIn(results.good_compute_entities, stats.id);
      const isBad = isIn(results.bad_compute_entities, stats.id);
      if (role === ROLE_WORKER) {
        stats.primaryRequired++;
        if (isGood) stats.primaryGood++;
        else if (isBad) stats.primaryBad++;
        else stats.primaryMissed++;
      } else if (role === ROLE_BACKUP_WORKER && this.#isDisputed) {
        stats.backupRequired++;
        if (isGood) stats.backupGood++;
        else if (isBad) stats.backupBad++;
        else stats.backupMissed++;
      }
    }
  }

  /** The entity of a node; a node that no height has shown counts as one by itself. */
  #entity(node: PublicKey): EntityStats {
    const id = this.#entities.get(toHex(node)) ?? node;
    const key = toHex(id);
    const known = this.stats.entities.get(key) ?? noEntityStats(id);
    this.stats.entities.set(key, known);
    return known;
  }
}

/** Before a ParaTime is registered there is nothing to count. */
function nullIfUnknown(error: unknown): null {
  if (error instanceof CodedError && roothashErrors.invalidRuntime().matches(error)) return null;
  throw error;
}
