import { type Namespace, namespace, type PublicKey } from "../codec/common-types.ts";
import { CodecError } from "../codec/errors.ts";
import { parsePublicKey } from "../types/address.ts";
import { parseIp, splitHostPort } from "../types/ip.ts";
import { booleanOf, integerOf, numberOf, type Scalar } from "./scalar.ts";

/** A type of single configuration values. */
export interface Kind<T> {
  /** Short name for the reference page. */
  readonly name: string;
  /** What the value has to be, for error messages: `expected …`. */
  readonly expects: string;
  /** Schema of the value as it is written in the file. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  /** The value, or undefined when the scalar is of another type. */
  parse(scalar: Scalar): T | undefined;
}

const MAX_U64 = (1n << 64n) - 1n;

export const text: Kind<string> = {
  name: "text",
  expects: "text",
  jsonSchema: { type: "string" },
  parse: ({ source }) => source,
};

/** Path of a file or folder; relative ones are resolved when the file is loaded. */
export const path: Kind<string> = { ...text, name: "path", expects: "a path" };

export const boolean: Kind<boolean> = {
  name: "boolean",
  expects: "true or false",
  jsonSchema: { type: "boolean" },
  parse: booleanOf,
};

/** Integer from `min` to `max` that JavaScript holds exactly. */
export function integer(
  min: number,
  max: number,
  expects = `a whole number from ${min} to ${max}`,
): Kind<number> {
  return {
    name: "integer",
    expects,
    jsonSchema: { type: "integer", minimum: min, maximum: max },
    parse: (scalar) => {
      const value = integerOf(scalar);
      return value !== undefined && value >= BigInt(min) && value <= BigInt(max) ? Number(value) : undefined;
    },
  };
}

/** A count of things that fit into memory. */
export const count = integer(0, Number.MAX_SAFE_INTEGER, "a whole number, 0 or more");
export const port = integer(0, 0xffff, "a port from 0 to 65535");
export const u8 = integer(0, 0xff);
export const u32 = integer(0, 0xffff_ffff);

/** A 64-bit protocol number: height, epoch, gas price. */
export const u64: Kind<bigint> = {
  name: "integer",
  expects: "a whole number from 0 to 18446744073709551615",
  jsonSchema: { type: "integer", minimum: 0 },
  parse: (scalar) => {
    const value = integerOf(scalar);
    return value !== undefined && value >= 0n && value <= MAX_U64 ? value : undefined;
  },
};

export const fraction: Kind<number> = {
  name: "number",
  expects: "a number from 0 to 1",
  jsonSchema: { type: "number", minimum: 0, maximum: 1 },
  parse: (scalar) => {
    const value = numberOf(scalar);
    return value !== undefined && value >= 0 && value <= 1 ? value : undefined;
  },
};

const DURATION = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const DURATION_PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const NS_PER_MS = 1e6;

/** Go duration text; the value is a number of milliseconds. */
export const duration: Kind<number> = {
  name: "duration",
  expects: "a duration with unit, such as 30s, 2m0s or 24h",
  jsonSchema: { type: "string", pattern: DURATION.source },
  parse: (scalar) => {
    const bare = scalar.generous ? integerOf(scalar) : undefined;
    if (bare !== undefined) return bare >= 0n ? Number(bare) / NS_PER_MS : undefined;
    if (!DURATION.test(scalar.source) || scalar.source.startsWith("-")) return undefined;
    let total = 0;
    for (const [, amount, unit] of scalar.source.matchAll(DURATION_PART))
      total += Number(amount) * UNIT_NS[unit!]!;
    return total / NS_PER_MS;
  },
};

const SIZE = /^(\d+)\s*(b|kb|mb|gb)?$/i;
const SIZE_UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** A size such as `64mb`, units of 1024; the value is a number of bytes. */
export const size: Kind<number> = {
  name: "size",
  expects: "a size such as 512kb, 64mb or 1gb",
  jsonSchema: { type: "string", pattern: SIZE.source },
  parse: ({ source }) => {
    const match = SIZE.exec(source.trim());
    return match === null ? undefined : Number(match[1]) * SIZE_UNITS[(match[2] ?? "b").toLowerCase()]!;
  },
};

/** A size of so many megabytes or more. */
export function sizeFromMb(megabytes: number): Kind<number> {
  const min = megabytes * SIZE_UNITS.mb!;
  return {
    ...size,
    expects: `${size.expects}, at least ${megabytes}mb`,
    parse: (scalar) => {
      const value = size.parse(scalar);
      return value !== undefined && value >= min ? value : undefined;
    },
  };
}

/** One of a few words; `anyCase` takes them in upper case, too. */
export function oneOf<const W extends string>(
  words: readonly W[],
  options: { anyCase?: boolean } = {},
): Kind<W> {
  const listed = words.map((word) => (word === "" ? '""' : word));
  return {
    name: listed.join(" \\| "),
    expects: `one of ${listed.join(", ")}`,
    jsonSchema: { enum: words },
    parse: ({ source, generous }) => {
      const wanted = options.anyCase || generous ? source.toLowerCase() : source;
      return words.find((word) => word === wanted);
    },
  };
}

/** Hexadecimal id of a ParaTime. */
export const runtimeId: Kind<Namespace> = {
  name: "ParaTime id",
  expects: "a ParaTime id: 64 hexadecimal digits",
  jsonSchema: { type: "string", pattern: "^[0-9a-fA-F]{64}$" },
  parse: ({ source }) => {
    if (!/^[0-9a-fA-F]{64}$/.test(source)) return undefined;
    return orUndefined(() => namespace.fromJson(source.toLowerCase(), ""));
  },
};

/** Ed25519 public key. */
export const publicKey: Kind<PublicKey> = {
  name: "public key",
  expects: "a public key: 32 bytes in base64",
  jsonSchema: { type: "string", pattern: "^[A-Za-z0-9+/]{43}=$" },
  parse: ({ source }) => parsePublicKey(source) ?? undefined,
};

/** SHA-256 in hexadecimal digits. */
export const hash: Kind<string> = {
  name: "hash",
  expects: "a block hash: 64 hexadecimal digits",
  jsonSchema: { type: "string", pattern: "^([0-9a-fA-F]{64})?$" },
  parse: ({ source }) => (/^(?:[0-9a-fA-F]{64})?$/.test(source) ? source.toLowerCase() : undefined),
};

/** `host:port` where the host may be a name; `""` means off. */
export const listenAddress: Kind<string> = {
  name: "host:port",
  expects: 'an address such as 127.0.0.1:8545, or "" for none',
  jsonSchema: { type: "string" },
  parse: ({ source }) => (source === "" || isHostPort(source) ? source : undefined),
};

/** `tcp://host:port`. */
export const tcpUrl: Kind<string> = {
  name: "tcp://host:port",
  expects: "an address such as tcp://203.0.113.7:26656",
  jsonSchema: { type: "string", pattern: "^$|^tcp://" },
  parse: ({ source }) =>
    source === "" || (isHostPort(source.replace(/^tcp:\/\//, "")) && source.startsWith("tcp://"))
      ? source
      : undefined,
};

/** `IP:port` that is put into the node descriptor. */
export const ipPort: Kind<string> = {
  name: "IP:port",
  expects: "a numeric address such as 203.0.113.7:9200 or [2001:db8::1]:9200",
  jsonSchema: { type: "string" },
  parse: ({ source }) => {
    const host = splitHostPort(source)?.host;
    return host !== undefined && isHostPort(source) && parseIp(host) !== null ? source : undefined;
  },
};

export const ip: Kind<string> = {
  name: "IP",
  expects: "a numeric IP address",
  jsonSchema: { type: "string" },
  parse: ({ source }) => (parseIp(source) === null ? undefined : source),
};

/** `<public key>@host:port`, or the `<CometBFT id>@host:port` of the 21.x form. */
export const peer: Kind<string> = {
  name: "key@host:port",
  expects: "a peer such as <base64 public key>@203.0.113.7:26656",
  jsonSchema: { type: "string", pattern: "@.+:[0-9]+$" },
  parse: ({ source }) => {
    const at = source.indexOf("@");
    const [id, address] = [source.slice(0, at), source.slice(at + 1).replace(/^tcp:\/\//, "")];
    return at > 0 && isPeerId(id) && isHostPort(address) ? `${normalId(id)}@${address}` : undefined;
  },
};

/** `<TLS public key>@host:port`. */
export const tlsPeer: Kind<string> = {
  name: "key@host:port",
  expects: "an address with the TLS key, such as <base64 public key>@203.0.113.7:9009",
  jsonSchema: { type: "string", pattern: "@.+:[0-9]+$" },
  parse: ({ source }) => {
    const at = source.indexOf("@");
    return at > 0 && parsePublicKey(source.slice(0, at)) !== null && isHostPort(source.slice(at + 1))
      ? source
      : undefined;
  },
};

/** Public key or CometBFT id of a peer. */
export const peerId: Kind<string> = {
  name: "key",
  expects: "a peer's public key in base64",
  jsonSchema: { type: "string" },
  parse: ({ source }) => (isPeerId(source) ? normalId(source) : undefined),
};

export const url: Kind<string> = {
  name: "URL",
  expects: "a URL such as https://example.org/bundles/",
  jsonSchema: { type: "string", format: "uri" },
  parse: ({ source }) => (URL.canParse(source) ? source : undefined),
};

function isHostPort(value: string): boolean {
  const parts = splitHostPort(value);
  return parts !== null && parts.host !== "" && /^\d{1,5}$/.test(parts.port) && Number(parts.port) <= 0xffff;
}

function isPeerId(id: string): boolean {
  return COMET_ID.test(id) || parsePublicKey(id) !== null;
}

/** Hexadecimal ids may be written in upper case; base64 keys are as they are. */
function normalId(id: string): string {
  return COMET_ID.test(id) ? id.toLowerCase() : id;
}

/** First 20 bytes of the hash of a node's P2P key. */
const COMET_ID = /^[0-9a-fA-F]{40}$/;

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
