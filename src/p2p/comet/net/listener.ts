import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { QanatError } from "../../../codec/errors.ts";

/** Accepts TCP connections. */
export class Listener {
  readonly #server: Server;
  /** The port, also when it was chosen by the system. */
  readonly port: number;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /**
   * Begins to listen.
   * @param onSocket takes paused sockets
   * @throws QanatError when the address cannot be listened on
   */
  static async open(host: string, port: number, onSocket: (socket: Socket) => void): Promise<Listener> {
    const server = createServer({ pauseOnConnect: true, noDelay: true }, onSocket);
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => {
        const inUse = cause.code === "EADDRINUSE" ? ": another process uses it" : "";
        const message = `cannot listen for consensus peers on ${host}:${port}${inUse}`;
        reject(new QanatError("p2p/listen", message, { host, port, code: cause.code }, { cause }));
      });
      server.listen({ host, port }, resolve);
    });
    server.removeAllListeners("error");
    // Out of file descriptors: the connection is lost, the next one may find one again.
    server.on("error", () => {});
    return new Listener(server);
  }

  /** Accepts no more connections. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
