import { bytes, type Infer, i64, map, nullable, optional, struct, text } from "../codec/schema.ts";
import { unixTimeNs } from "../codec/time.ts";
import * as beacon from "./beacon.ts";
import * as consensus from "./consensus.ts";
import * as governance from "./governance.ts";
import * as keymanager from "./keymanager.ts";
import * as registry from "./registry.ts";
import * as roothash from "./roothash.ts";
import * as scheduler from "./scheduler.ts";
import * as staking from "./staking.ts";
import * as vault from "./vault.ts";

/**
 * The genesis document. Its canonical CBOR is hashed into the chain context.
 *
 * `genesis_time` is Unix nanoseconds: CometBFT takes all of it, the hash only whole seconds.
 * oasis-core v26.1 go/genesis/api.
 */
export const Document = struct("Document", {
  height: i64,
  genesis_time: unixTimeNs,
  chain_id: text,
  registry: registry.Genesis,
  roothash: roothash.Genesis,
  staking: staking.Genesis,
  keymanager: keymanager.Genesis,
  scheduler: scheduler.Genesis,
  beacon: beacon.Genesis,
  governance: governance.Genesis,
  vault: optional(nullable(vault.Genesis)),
  consensus: consensus.Genesis,
  extra_data: map(text, bytes),
});
export type Document = Infer<typeof Document>;
