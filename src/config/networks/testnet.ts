import type { KnownNetwork } from "./network.ts";

/** Testnet. Source: the page "Testnet" and the stake requirements in the Oasis documentation. */
export const testnet = {
  name: "testnet",
  title: "Testnet",
  chainContext: "0b91b8e4e44b2003a7c5e23ddadb5e14ef5345c0ebcb3ddcae07fa2f244cab76",
  genesis: {
    release: "2023-10-12",
    url: "https://github.com/oasisprotocol/testnet-artifacts/releases/download/2023-10-12/genesis.json",
    sha256: "02ce385c050b2a5c7cf0e5e34f5e4930f7804bb21efba2d1d3aa8215123aab68",
  },
  seeds: [
    { publicKey: "HcDFrTp/MqRHtju5bCx6TIhIMd6X/0ZQ3lUG73q5898=", host: "35.247.24.212" },
    { publicKey: "kqsc8ETIgG9LCmW5HhSEUW80WIpwKhS7hRQd8FrnkJ0=", host: "34.140.116.202" },
  ],
  token: { symbol: "TEST", exponent: 9 },
  maxValidators: 110,
  stake: { entity: 100, node: 100, paraTime: 10_000 },
  paraTimes: [
    {
      name: "sapphire",
      id: "000000000000000000000000000000000000000000000000a6d1e3ebf60dff6c",
      computeStake: 0,
    },
    {
      name: "cipher",
      id: "0000000000000000000000000000000000000000000000000000000000000000",
      computeStake: 0,
    },
    {
      name: "emerald",
      id: "00000000000000000000000000000000000000000000000072c8215e60d5bca7",
      computeStake: 0,
    },
    {
      name: "pontusx_dev",
      id: "0000000000000000000000000000000000000000000000004febe52eb412b421",
      computeStake: 0,
    },
    {
      name: "pontusx_test",
      id: "00000000000000000000000000000000000000000000000004a6f9071c007069",
      computeStake: 0,
    },
  ],
  keyManager: "4000000000000000000000000000000000000000000000004a1a53dff2ae482d",
} as const satisfies KnownNetwork;
