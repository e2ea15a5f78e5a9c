import { lookup } from "node:dns/promises";
import type { ResolveHost } from "../p2p/comet/peer-address.ts";

/** The addresses of a name as the machine resolves it. */
export const resolveHost: ResolveHost = async (host) => {
  return (await lookup(host, { all: true })).map(({ address }) => address);
};
