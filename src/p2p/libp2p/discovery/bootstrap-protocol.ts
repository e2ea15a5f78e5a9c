import { bytes, duration, int, list, optional, struct, text } from "../../../codec/schema.ts";
import { rpcMethod } from "../rpc/rpc-method.ts";

/** The protocol between nodes and seeds. It names no chain: one seed serves several. */
export const BOOTSTRAP_PROTOCOL = "/oasis/bootstrap/1.0.0";

/** Most peers that a seed gives in one answer (oasis-core v26.1 go/p2p/discovery/bootstrap/params.go). */
export const MAX_DISCOVERED = 100;

const AdvertiseRequest = struct("AdvertiseRequest", { namespace: optional(text) });
/** How long the seed remembers, in nanoseconds. */
const AdvertiseResponse = struct("AdvertiseResponse", { ttl: optional(duration) });
/** No limit: as many as the seed gives. */
const DiscoverRequest = struct("DiscoverRequest", { namespace: optional(text), limit: optional(int) });
/** Peers as JSON, see {@link encodePeer}. */
const DiscoverResponse = struct("DiscoverResponse", { peers: optional(list(bytes)) });

/** Tells a seed that this node serves a protocol or topic; where it can be reached the seed knows from identify. */
export const advertise = rpcMethod("advertise", AdvertiseRequest, AdvertiseResponse);
/** Asks a seed who serves a protocol or topic. */
export const discover = rpcMethod("discover", DiscoverRequest, DiscoverResponse);
