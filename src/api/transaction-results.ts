import type { TxResult } from "../chain/application.ts";
import { sha512_256 } from "../crypto/hash.ts";
import { type Result, ResultEvent } from "../types/consensus.ts";
import {
  governanceEvents,
  readEvents,
  registryEvents,
  roothashEvents,
  stakingEvents,
} from "./service-events.ts";

/**
 * Results of a block's transactions as the API gives them: events by service in the order staking, registry,
 * roothash, governance, and none of the other services (api.md 2.3). `height` goes into the events as it is.
 */
export function transactionResults(
  height: bigint,
  txs: readonly Uint8Array[],
  results: readonly TxResult[],
): Result[] {
  return results.map((result, index) => {
    const origin = { height, tx_hash: sha512_256(txs[index]!) };
    const empty = ResultEvent.zero();
    const events = [
      ...readEvents(stakingEvents, result.events, origin).map((staking) => ({ ...empty, staking })),
      ...readEvents(registryEvents, result.events, origin).map((registry) => ({ ...empty, registry })),
      ...readEvents(roothashEvents, result.events, origin).map((roothash) => ({ ...empty, roothash })),
      ...readEvents(governanceEvents, result.events, origin).map((governance) => ({ ...empty, governance })),
    ];
    return {
      error: { module: result.codespace, code: result.code, message: result.log },
      events: events.length === 0 ? null : events,
      gas_used: BigInt.asUintN(64, result.gas_used),
    };
  });
}
