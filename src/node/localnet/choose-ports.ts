import { createServer } from "node:net";
import { QanatError } from "../../codec/errors.ts";
import type { NodePorts } from "./localnet-files.ts";

/** First ports that are tried: those that every guide to the official node has. */
const FIRST_CONSENSUS_PORT = 26656;
const FIRST_P2P_PORT = 9200;
/** Ports that are tried from there on before it is given up. */
const MAX_TRIED = 1000;

/** A free port on loopback for either peer network of each node. @throws QanatError `localnet/ports` */
export async function choosePorts(names: readonly string[]): Promise<Record<string, NodePorts>> {
  const consensus = await freePorts(FIRST_CONSENSUS_PORT, names.length);
  const p2p = await freePorts(FIRST_P2P_PORT, names.length);
  return Object.fromEntries(
    names.map((name, i) => [name, { consensus: consensus[i]!, p2p: p2p[i]! }] as const),
  );
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

/** The wanted port, or another free one when somebody listens there. */
export async function freePortNear(wanted: number): Promise<number> {
  if (await isFree(wanted)) return wanted;
  return await listenOnce(0);
}

async function freePorts(first: number, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = first; found.length < count; port++) {
    if (port >= first + MAX_TRIED) {
      throw new QanatError(
        "localnet/ports",
        `there are not ${count} free ports among ${first} to ${first + MAX_TRIED - 1} of 127.0.0.1. Stop programs that listen there.`,
      );
    }
    if (await isFree(port)) found.push(port);
  }
  return found;
}

async function isFree(port: number): Promise<boolean> {
  return await listenOnce(port).then(
    () => true,
    () => false,
  );
}

/** Listens for a moment; resolves with the port. */
function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : port));
    });
  });
}
