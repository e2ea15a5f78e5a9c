import { createServer } from "node:net";
import { readU64be, utf8 } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { sha256 } from "../../crypto/hash.ts";
import type { NodePorts } from "./localnet-files.ts";

/**
 * Where ports for consensus peers and for ParaTime peers are looked for. Below those that the system gives to outgoing
 * connections, which come and go.
 */
const CONSENSUS_RANGE = { first: 20_000, count: 5000 };
const P2P_RANGE = { first: 25_000, count: 5000 };
/** Where ports for the API are looked for when the usual ones cannot be had. */
const API_RANGE = { first: 30_000, count: 2500 };

type PortRange = typeof CONSENSUS_RANGE;

/**
 * A free port on loopback for either peer network of each node. The search begins at a place of the folder's own: networks
 * that are set up at the same time, or run at different times, do not want the same.
 * @throws QanatError `localnet/ports`
 */
export async function choosePorts(names: readonly string[], dir: string): Promise<Record<string, NodePorts>> {
  const consensus = await freePorts(CONSENSUS_RANGE, dir, names.length);
  const p2p = await freePorts(P2P_RANGE, dir, names.length);
  return Object.fromEntries(
    names.map((name, i) => [name, { consensus: consensus[i]!, p2p: p2p[i]! }] as const),
  );
}

/** Ports for the API of a local network. */
export interface ApiPorts {
  readonly grpcPort: number;
  readonly httpPort: number;
}

/**
 * The wanted ports for the API, or where one of them is taken two in a place of the folder's own.
 * @throws QanatError `localnet/ports`
 */
export async function chooseApiPorts(dir: string, wanted: ApiPorts): Promise<ApiPorts> {
  const areFree = (await isFree(wanted.grpcPort)) && (await isFree(wanted.httpPort));
  return areFree ? wanted : await otherApiPorts(dir);
}

/**
 * Two free ports for the API, in a place of the folder's own: for who could not have the wanted ones, of which every
 * network looks whether they are free.
 * @throws QanatError `localnet/ports`
 */
export async function otherApiPorts(dir: string): Promise<ApiPorts> {
  const [grpcPort, httpPort] = await freePorts(API_RANGE, dir, 2);
  return { grpcPort: grpcPort!, httpPort: httpPort! };
}

/** Ports are in the keys and addresses of a network, so they stay; somebody else may have taken one meanwhile. */
export async function requireFreePorts(
  ports: Readonly<Record<string, NodePorts>>,
  settingsPath: string,
): Promise<void> {
  for (const [name, { consensus, p2p }] of Object.entries(ports)) {
    for (const port of [consensus, p2p]) {
      if (await isFree(port)) continue;
      throw new QanatError(
        "localnet/port-taken",
        `port ${port} of 127.0.0.1, which ${name} of this network has, is taken by another program. Stop that one ` +
          `("ss -ltnp 'sport = :${port}'" names it), or write another port into ${settingsPath}.`,
      );
    }
  }
}

async function freePorts({ first, count }: PortRange, dir: string, wanted: number): Promise<number[]> {
  const start = Number(readU64be(sha256(utf8(dir))) % BigInt(count));
  const found: number[] = [];
  for (let i = 0; found.length < wanted; i++) {
    if (i === count) {
      throw new QanatError(
        "localnet/ports",
        `there are not ${wanted} free ports among ${first} to ${first + count - 1} of 127.0.0.1. Stop programs that listen there.`,
      );
    }
    const port = first + ((start + i) % count);
    if (await isFree(port)) found.push(port);
  }
  return found;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
