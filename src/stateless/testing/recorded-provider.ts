import { readFileSync } from "node:fs";
import type { StateSync } from "../../api/backend.ts";
import { ApiClient } from "../../api/client.ts";
import { createHandlers } from "../../api/handlers/create-handlers.ts";
import type { Call, Handlers } from "../../api/handlers.ts";
import { RecordedBackend } from "../../api/testing/recorded-backend.ts";
import { RecordingNode, startTestServer } from "../../api/testing/test-server.ts";
import { decodeBlock } from "../../chain/block.ts";
import { readRecordedChain } from "../../chain/recorded-chain.ts";
import { memoryEnvironment } from "../../storage/environment/memory-environment.ts";
import { MkvsTree } from "../../storage/mkvs/mkvs-tree.ts";
import { openNodeDb } from "../../storage/node-db/table-node-db.ts";
import type { Evidence, LightBlock, Parameters, Validators } from "../../types/api-consensus.ts";
import { ROOT_STATE } from "../../types/storage.ts";
import { stateSync } from "../../workers/state-sync.ts";

/** A recorded chain as a node of its own has it, with its state by proofs. */
export class RecordedNode extends RecordedBackend {
  override readonly sync: StateSync;
  readonly #times: ReadonlyMap<bigint, bigint>;

  /** @param files text of the genesis document, path of the recording */
  constructor(files: { readonly genesis: string; readonly chain: string }, at?: bigint) {
    super(readFileSync(files.genesis, "utf8"), files.chain, at);
    const ns = new Uint8Array(32);
    const db = openNodeDb(memoryEnvironment(), ns);
    let tree = MkvsTree.empty(ROOT_STATE, db);
    const times = new Map<bigint, bigint>();
    for (const { height, writes, block } of readRecordedChain(files.chain)) {
      times.set(height, decodeBlock(block).header.time);
      for (const { key, value } of writes ?? []) {
        if (value === null) tree.remove(key);
        else tree.insert(key, value);
      }
      const { root } = tree.commit(ns, height);
      db.finalize([root]);
      tree = MkvsTree.open(db, root);
    }
    this.sync = stateSync((root) => MkvsTree.open(db, root));
    this.#times = times;
  }

  /** Time of a recorded block, Unix nanoseconds, also of one that is not committed yet. */
  timeOf(height: bigint): bigint {
    return this.#times.get(height)!;
  }
}

/** Changes an answer before it is sent. */
export type Lie = (answer: never, request: never) => unknown;

/** A provider over a real connection. Some of its answers may be lies, by `Service/Method`. */
export class TestProvider implements AsyncDisposable {
  readonly name: string;
  readonly lies = new Map<string, Lie>();
  /** Calls that it answered, by `Service/Method`. */
  readonly calls: string[] = [];
  #server: Awaited<ReturnType<typeof startTestServer>> | null = null;
  #client: ApiClient | null = null;

  constructor(name: string) {
    this.name = name;
  }

  static async start(name: string, node: RecordedBackend): Promise<TestProvider> {
    const provider = new TestProvider(name);
    const { NodeController: _, ...handlers } = createHandlers({ node: new RecordingNode(), consensus: node });
    provider.#server = await startTestServer(provider.#lying(handlers));
    provider.#client = new ApiClient({ kind: "unix", path: provider.#server.socket });
    return provider;
  }

  async client(): Promise<ApiClient> {
    return this.#client!;
  }

  async getLightBlock(height: bigint, signal: AbortSignal): Promise<LightBlock> {
    return await this.#client!.call("Consensus", "GetLightBlock", height, { signal });
  }

  async getValidators(height: bigint, signal: AbortSignal): Promise<Validators> {
    return await this.#client!.call("Consensus", "GetValidators", height, { signal });
  }

  async getParameters(height: bigint, signal: AbortSignal): Promise<Parameters> {
    return await this.#client!.call("Consensus", "GetParameters", height, { signal });
  }

  async submitEvidence(evidence: Evidence, signal: AbortSignal): Promise<void> {
    await this.#client!.call("Consensus", "SubmitEvidence", evidence, { signal });
  }

  reject(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.close();
    await this.#server?.[Symbol.asyncDispose]();
  }

  #lying(handlers: Omit<Handlers, "NodeController">): Omit<Handlers, "NodeController"> {
    return Object.fromEntries(
      Object.entries(handlers).map(([service, methods]) => [
        service,
        Object.fromEntries(
          Object.entries(methods).map(([name, handler]) => {
            const path = `${service}/${name}`;
            if (name.startsWith("Watch")) return [name, handler];
            const answer = handler as (request: unknown, call: Call) => unknown;
            return [
              name,
              async (request: unknown, call: Call) => {
                this.calls.push(path);
                const truth = await answer(request, call);
                const lie = this.lies.get(path);
                return lie === undefined ? truth : lie(truth as never, request as never);
              },
            ];
          }),
        ),
      ]),
    );
  }
}
