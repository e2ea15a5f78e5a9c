import { createServer } from "node:net";

let hosts = 0;

/**
 * An address on loopback that no other test process uses, and no program but tests: what listens there is in nobody's way,
 * whatever port it has. Outgoing connections have ports of 127.0.0.1, so those cannot be taken by one either.
 */
export function ownLoopbackHost(): string {
  // 127.0.0.0/16 and 127.255.0.0/16 are left to others.
  const number = (process.pid * 4 + (hosts++ % 4)) % (254 << 16);
  return `127.${1 + (number >> 16)}.${(number >> 8) & 0xff}.${number & 0xff}`;
}

/** Below the ports of outgoing connections, and beside those that local networks choose. */
const PORTS = { first: 12_000, count: 8000 };

/** A port for what listens on every address. Each test process looks at a place of its own first. */
export async function freePortEverywhere(): Promise<number> {
  for (let i = 0; i < PORTS.count; i++) {
    const port = PORTS.first + ((process.pid * 8 + i) % PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${PORTS.first} on is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "0.0.0.0", () => server.close(() => resolve(true)));
  });
}
