import { toHex } from "../../codec/bytes.ts";
import { sha256 } from "../../crypto/hash.ts";
import { parsePublicKey } from "../../types/address.ts";
import { type KnownNetwork, SEED_PORTS, type Seed } from "./network.ts";

/** First bytes of the hash of a P2P key that make a CometBFT id (facts/cometbft.md 1.2). */
const COMET_ID_BYTES = 20;

/** Seeds as 26.1 has them, `<base64 public key>@host:port`: each on the port of either peer network. */
export function seedAddresses({ seeds }: Pick<KnownNetwork, "seeds">): string[] {
  return seeds.flatMap(({ publicKey, host }) => SEED_PORTS.map((port) => `${publicKey}@${host}:${port}`));
}

/** Seeds as 21.x has them, `<CometBFT id>@host:port`. */
export function classicSeedAddresses({ seeds }: Pick<KnownNetwork, "seeds">): string[] {
  return seeds.map((seed) => `${cometId(seed)}@${seed.host}:${SEED_PORTS[0]}`);
}

function cometId({ publicKey }: Seed): string {
  const key = parsePublicKey(publicKey);
  if (key === null) throw new TypeError(`"${publicKey}" is no public key`);
  return toHex(sha256(key).subarray(0, COMET_ID_BYTES));
}
