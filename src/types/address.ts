import { toBase64 } from "../codec/bytes.ts";
import { type PublicKey, publicKey } from "../codec/common-types.ts";
import { CodecError } from "../codec/errors.ts";
import { bytes, type Codec, type Infer, i64, struct, text, withText } from "../codec/schema.ts";
import { formatIp, joinHostPort, parseIp, splitHostPort } from "./ip.ts";
import { orMalformed } from "./text-form.ts";

const AddressStruct = struct("Address", { IP: bytes, Port: i64, Zone: text });
export type Address = Infer<typeof AddressStruct>;

/**
 * A TCP address in a node descriptor: `host:port` in JSON, a map with capitalised keys in CBOR.
 *
 * The length of `IP` (4 or 16 bytes) is part of the signed descriptor, so it is kept as it came
 * (facts/formats.md 1.2). oasis-core v26.1 go/common/node/address.go.
 */
export const Address: Codec<Address> = withText(
  AddressStruct,
  formatAddress,
  orMalformed(parseAddress, "IP:port or [IPv6]:port"),
);

/** `host:port` with the numeric host. */
export function formatAddress(address: Address): string {
  const zone = address.Zone === "" ? "" : `%${address.Zone}`;
  return joinHostPort(formatIp(address.IP) + zone, address.Port);
}

/** Parses `IP:port`; null when malformed. The `IP` of the result always has 16 bytes. */
export function parseAddress(value: string): Address | null {
  const parts = splitHostPort(value);
  if (parts === null || !/^\d{1,5}$/.test(parts.port) || Number(parts.port) > 0xffff) return null;
  const [host, zone = ""] = parts.host.split("%");
  const ip = host === "" ? null : parseIp(host!);
  if (host !== "" && ip === null) return null;
  return { IP: ip, Port: BigInt(parts.port), Zone: zone };
}

const ConsensusAddressStruct = struct("ConsensusAddress", { id: publicKey, address: Address });
export type ConsensusAddress = Infer<typeof ConsensusAddressStruct>;

/** A consensus peer: `<base64 key>@IP:port` in JSON. The key may be a sentry's, not the node's own. */
export const ConsensusAddress: Codec<ConsensusAddress> = withText(
  ConsensusAddressStruct,
  formatConsensusAddress,
  orMalformed(parseConsensusAddress, "<base64 public key>@IP:port"),
);

/** `<base64 key>@IP:port`. */
export function formatConsensusAddress(peer: ConsensusAddress): string {
  return `${toBase64(peer.id)}@${formatAddress(peer.address)}`;
}

/** Inverse of {@link formatConsensusAddress}; null when malformed. */
export function parseConsensusAddress(value: string): ConsensusAddress | null {
  const keyed = parseKeyedAddress(value);
  return keyed === null ? null : { id: keyed.key, address: keyed.address };
}

const TLSAddressStruct = struct("TLSAddress", { pub_key: publicKey, address: Address });
export type TLSAddress = Infer<typeof TLSAddressStruct>;

/** A TLS endpoint of version 2 node descriptors: `<base64 key>@IP:port` in JSON. */
export const TLSAddress: Codec<TLSAddress> = withText(
  TLSAddressStruct,
  (endpoint) => `${toBase64(endpoint.pub_key)}@${formatAddress(endpoint.address)}`,
  orMalformed((value) => {
    const keyed = parseKeyedAddress(value);
    return keyed === null ? null : { pub_key: keyed.key, address: keyed.address };
  }, "<base64 public key>@IP:port"),
);

function parseKeyedAddress(value: string): { key: PublicKey; address: Address } | null {
  const parts = value.split("@");
  if (parts.length !== 2) return null;
  const key = parsePublicKey(parts[0]!);
  const address = parseAddress(parts[1]!);
  return key !== null && address !== null ? { key, address } : null;
}

/** An Ed25519 public key in base64; null when malformed. */
export function parsePublicKey(value: string): PublicKey | null {
  try {
    return publicKey.fromJson(value, "");
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
