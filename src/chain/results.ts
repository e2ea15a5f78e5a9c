import type { BlockResults, TxResult } from "./application.ts";
import { ConsensusParamsProto } from "./consensus-params.ts";
import { merkleRoot } from "./merkle.ts";
import { PublicKey } from "./validator.ts";
import {
  bool,
  bytes,
  decode,
  embedded,
  encode,
  type Infer,
  int64,
  message,
  optional,
  repeated,
  scalar,
  text,
  uint32,
} from "./wire.ts";

const EventAttribute = message("tendermint.abci.EventAttribute", {
  key: scalar(1, text),
  value: scalar(2, text),
  index: scalar(3, bool),
});

const Event = message("tendermint.abci.Event", {
  type: scalar(1, text),
  attributes: repeated(2, EventAttribute),
});

const ResponseDeliverTx = message("tendermint.abci.ResponseDeliverTx", {
  code: scalar(1, uint32),
  data: scalar(2, bytes),
  log: scalar(3, text),
  info: scalar(4, text),
  gas_wanted: scalar(5, int64),
  gas_used: scalar(6, int64),
  events: repeated(7, Event),
  codespace: scalar(8, text),
});

/** What of a result counts for `last_results_hash` (cometbft.md 4.2). */
const DeterministicResult = message("tendermint.abci.ResponseDeliverTx", {
  code: scalar(1, uint32),
  data: scalar(2, bytes),
  gas_wanted: scalar(5, int64),
  gas_used: scalar(6, int64),
});

const ValidatorUpdate = message("tendermint.abci.ValidatorUpdate", {
  public_key: embedded(1, PublicKey),
  power: scalar(2, int64),
});

const ResponseEndBlock = message("tendermint.abci.ResponseEndBlock", {
  validator_updates: repeated(1, ValidatorUpdate),
  consensus_param_updates: optional(2, ConsensusParamsProto),
  events: repeated(3, Event),
});

const ResponseBeginBlock = message("tendermint.abci.ResponseBeginBlock", { events: repeated(1, Event) });

/** What the official node stores of a block's execution, `tendermint.state.ABCIResponses`. */
const AbciResponses = message("tendermint.state.ABCIResponses", {
  deliver_txs: repeated(1, ResponseDeliverTx),
  end_block: optional(2, ResponseEndBlock),
  begin_block: optional(3, ResponseBeginBlock),
});
type AbciResponses = Infer<typeof AbciResponses>;

/** Encodes results as `tendermint.state.ABCIResponses`, the form of the results store and of recorded chains. */
export function encodeResults(results: BlockResults): Uint8Array {
  return encode(AbciResponses, toAbciResponses(results));
}

/**
 * Decodes `tendermint.state.ABCIResponses`. Parameter updates other than the application version, which the
 * application of this network never returns, are dropped.
 * @throws CodecError
 */
export function decodeResults(encoded: Uint8Array): BlockResults {
  const { deliver_txs, end_block, begin_block } = decode(AbciResponses, encoded);
  return {
    beginEvents: begin_block?.events ?? [],
    txResults: deliver_txs,
    endEvents: end_block?.events ?? [],
    validatorUpdates: end_block?.validator_updates ?? [],
    appVersion: end_block?.consensus_param_updates?.version?.app ?? 0n,
  };
}

/** Root over the deterministic parts of the results: the `last_results_hash` of the next header. */
export function resultsHash(results: readonly TxResult[]): Uint8Array {
  return merkleRoot(results.map(resultLeaf));
}

/** The leaf of one result. */
export function resultLeaf(result: TxResult): Uint8Array {
  return encode(DeterministicResult, result);
}

function toAbciResponses({
  beginEvents,
  txResults,
  endEvents,
  validatorUpdates,
  appVersion,
}: BlockResults): AbciResponses {
  return {
    deliver_txs: txResults,
    end_block: {
      validator_updates: validatorUpdates,
      consensus_param_updates:
        appVersion === 0n ? null : { ...ConsensusParamsProto.zero(), version: { app: appVersion } },
      events: endEvents,
    },
    begin_block: { events: beginEvents },
  };
}
