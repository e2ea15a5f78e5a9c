import { ApiClient } from "../../src/api/client.ts";

/** The API of a node that is started again now and then: a connection that was lost is made anew by the next call. */
export class NodeApi {
  readonly #socket: string;
  #client: ApiClient | null = null;

  constructor(socket: string) {
    this.#socket = socket;
  }

  get client(): ApiClient {
    this.#client ??= new ApiClient({ kind: "unix", path: this.#socket });
    return this.#client;
  }

  /** Forgets the connection, and with it how long the library would wait before it tries again. */
  reconnect(): void {
    this.#client?.close();
    this.#client = null;
  }
}
