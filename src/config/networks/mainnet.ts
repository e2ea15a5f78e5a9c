import type { KnownNetwork } from "./network.ts";

/** Mainnet. Source: the page "Mainnet" and the stake requirements in the Oasis documentation. */
export const mainnet = {
  name: "mainnet",
  title: "Mainnet",
  chainContext: "bb3d748def55bdfb797a2ac53ee6ee141e54cd2ab2dc2375f4a0703a178e6e55",
  genesis: {
    release: "2023-11-29",
    url: "https://github.com/oasisprotocol/mainnet-artifacts/releases/download/2023-11-29/genesis.json",
    sha256: "b14e45e97da0216a16c25096fd216f591e4d526aa6abac110ac23cb327b64ba1",
  },
  seeds: [
    { publicKey: "H6u9MtuoWRKn5DKSgarj/dzr2Z9BsjuRHgRAoXITOcU=", host: "34.187.216.34" },
    { publicKey: "90em3ItdQkFy15GtWqCKHi5j7uEUmZPZIzBt7I5d6w4=", host: "146.148.13.130" },
  ],
  token: { symbol: "ROSE", exponent: 9 },
  maxValidators: 120,
  stake: { entity: 100, node: 100, paraTime: 50_000 },
  paraTimes: [
    {
      name: "sapphire",
      id: "000000000000000000000000000000000000000000000000f80306c9858e7279",
      computeStake: 5_000_000,
    },
    {
      name: "cipher",
      id: "000000000000000000000000000000000000000000000000e199119c992377cb",
      computeStake: 0,
    },
    {
      name: "emerald",
      id: "000000000000000000000000000000000000000000000000e2eaa99fc008f87f",
      computeStake: 5_000_000,
    },
  ],
  keyManager: "4000000000000000000000000000000000000000000000008c5ea5e49b4bc9ac",
} as const satisfies KnownNetwork;
