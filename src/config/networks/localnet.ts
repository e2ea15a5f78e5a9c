import type { KnownNetwork } from "./network.ts";

/** What `oasis-node localnet` makes: a network of one's own, with a genesis document of its own. */
export const localnet = {
  name: "localnet",
  title: "Localnet",
  chainContext: null,
  genesis: null,
  seeds: [],
  token: { symbol: "TEST", exponent: 9 },
  maxValidators: 100,
  stake: { entity: 0, node: 0, paraTime: 0 },
  paraTimes: [
    {
      name: "keyvalue",
      id: "8000000000000000000000000000000000000000000000000000000000000000",
      computeStake: 0,
    },
  ],
  keyManager: null,
} as const satisfies KnownNetwork;
