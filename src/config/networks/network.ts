/** A seed: a node that tells others where the network's nodes are. */
export interface Seed {
  /** Its P2P public key, base64. */
  readonly publicKey: string;
  readonly host: string;
}

/** A ParaTime that runs on a network. */
export interface KnownParaTime {
  readonly name: string;
  /** Hex. */
  readonly id: string;
  /** Escrow in whole tokens that a compute node's entity needs beside that of its nodes; 0 when there is no such rule. */
  readonly computeStake: number;
}

/** What must be in escrow, in whole tokens. */
export interface StakeThresholds {
  readonly entity: number;
  readonly node: number;
  /** For registering a new ParaTime. */
  readonly paraTime: number;
}

/** A network that everybody knows. */
export interface KnownNetwork {
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  /** Hash of the genesis document, hex; null where every network of the name has its own. */
  readonly chainContext: string | null;
  /** Where the genesis document is published; null where it is made on the spot. */
  readonly genesis: { readonly release: string; readonly url: string; readonly sha256: string } | null;
  readonly seeds: readonly Seed[];
  readonly token: { readonly symbol: string; readonly exponent: number };
  /** Largest number of validators. */
  readonly maxValidators: number;
  readonly stake: StakeThresholds;
  readonly paraTimes: readonly KnownParaTime[];
  /** Hex id of the key manager that the ParaTimes with trusted hardware share; null when there is none. */
  readonly keyManager: string | null;
}

/** Ports of a seed: for consensus peers and for ParaTime peers. The official configurations list each seed on both. */
export const SEED_PORTS = [26656, 9200] as const;
