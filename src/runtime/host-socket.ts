import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostFailureError } from "./failure.ts";

/** Longest path of a socket on Linux. */
const MAX_SOCKET_PATH = 107;

/** A socket that one process may connect to. */
export interface HostSocket {
  readonly path: string;
  /** The first connection; there is no second. */
  readonly visitor: Promise<Socket>;
  /** Removes the socket; a connection through it stays. */
  close(): void;
}

/**
 * Listens on a socket in a temporary directory of its own.
 * @throws HostFailureError when that cannot be
 */
export async function openHostSocket(): Promise<HostSocket> {
  let directory: string | undefined;
  let server: Server | undefined;
  const close = () => {
    server?.close();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  };
  try {
    directory = mkdtempSync(join(tmpdir(), "oasis-runtime"));
    const path = join(directory, "host.sock");
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
      throw new Error(`the path is longer than ${MAX_SOCKET_PATH} bytes`);
    const { promise: visitor, resolve } = Promise.withResolvers<Socket>();
    let taken = false;
    server = createServer((socket) => {
      // Nobody may be interested in it any more; then it closes with the process.
      socket.on("error", () => {});
      if (taken) socket.destroy();
      else resolve(socket);
      taken = true;
    });
    const listening = server;
    await new Promise<void>((resolve, reject) => {
      listening.once("error", reject);
      listening.listen(path, resolve);
    });
    return { path, visitor, close };
  } catch (error) {
    close();
    const reason = (error as Error).message;
    throw new HostFailureError({
      kind: "socketUnusable",
      path: join(tmpdir(), "oasis-runtime…/host.sock"),
      reason,
    });
  }
}
