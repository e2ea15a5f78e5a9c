import type { PeerFault } from "../errors.ts";
import type { PeerCounts } from "../net/peer-set.ts";
import type { NetAddress } from "../net-address.ts";
import type { NodeId } from "../node-id.ts";
import type { Peer } from "../peer.ts";
import type { PeerAddress } from "../peer-address.ts";

/** What peer exchange needs of the network. */
export interface PexNetwork {
  readonly counts: PeerCounts;
  readonly peers: readonly Peer[];
  /** Why dialing the address makes no sense now; null when it does. */
  obstacleTo(address: NetAddress): PeerFault | null;
  isPersistent(id: NodeId): boolean;
  /** @throws PeerFault */
  dial(address: NetAddress): Promise<Peer>;
  /** {@link dial} after a lookup of the name. @throws PeerFault */
  dialName(address: PeerAddress): Promise<Peer>;
}
