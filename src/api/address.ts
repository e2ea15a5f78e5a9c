import { QanatError } from "../codec/errors.ts";

/** Where an API client connects to. */
export type DialAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/**
 * Reads an address as the official command line takes it: `unix:PATH` (relative to the working directory) or
 * `HOST:PORT`, optionally with `tcp:` or `http://` in front.
 * @throws QanatError for anything else
 */
export function parseDialAddress(text: string): DialAddress {
  const unix = /^unix:(?:\/\/)?(.+)$/.exec(text);
  if (unix !== null) return { kind: "unix", path: unix[1]! };
  const tcp = /^(?:tcp:(?:\/\/)?|http:\/\/)?(\[[0-9a-fA-F:.]+\]|[^:/[\]]+):(\d{1,5})\/?$/.exec(text);
  const port = Number(tcp?.[2]);
  if (tcp === null || port < 1 || port > 65_535) {
    throw new QanatError(
      "api/address",
      `not an address: ${JSON.stringify(text)} (expected unix:PATH or HOST:PORT)`,
    );
  }
  return { kind: "tcp", host: tcp[1]!.replace(/^\[|\]$/g, ""), port };
}

/** The address as gRPC libraries name it. */
export function dialTarget(address: DialAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return address.host.includes(":")
    ? `ipv6:[${address.host}]:${address.port}`
    : `dns:${address.host}:${address.port}`;
}
