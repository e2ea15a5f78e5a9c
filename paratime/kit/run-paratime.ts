import { toHex } from "../../src/codec/bytes.ts";
import { CodedError } from "../../src/codec/errors.ts";
import { sha512_256 } from "../../src/crypto/hash.ts";
import {
  Features,
  type RuntimeInfoRequest,
  type RuntimeInfoResponse,
} from "../../src/types/host-protocol-runtime-calls.ts";
import { RoundResults } from "../../src/types/roothash.ts";
import type { Header } from "../../src/types/roothash-block.ts";
import { ROOT_STATE } from "../../src/types/storage.ts";
import { formatVersion, RUNTIME_HOST_PROTOCOL } from "../../src/types/versions.ts";
import { HostConnection } from "./host-connection.ts";
import { log } from "./log.ts";
import type { ParaTime } from "./paratime.ts";
import { checkBatch } from "./round/check-batch.ts";
import { executeBatch } from "./round/execute-batch.ts";
import { Round } from "./round/round.ts";
import { FetchedNodes } from "./state/fetched-nodes.ts";
import { State } from "./state/state.ts";
import { type FetchProof, StateTree } from "./state/state-tree.ts";

/** Environment variable with the path of the host's socket. */
const SOCKET_VARIABLE = "OASIS_WORKER_HOST";

/** Runs a ParaTime for the host that started this process, until the host is gone. */
export function runParaTime(paratime: ParaTime): void {
  const socketPath = process.env[SOCKET_VARIABLE];
  if (socketPath === undefined) {
    log("error", "runtime", `${SOCKET_VARIABLE} is not set: ParaTimes are started by a node`);
    process.exitCode = 1;
    return;
  }
  new RunningParaTime(paratime, socketPath);
}

class RunningParaTime {
  readonly #paratime: ParaTime;
  readonly #connection: HostConnection;
  #nodes: FetchedNodes | null = null;
  /** Replaced when the host aborts what is running. */
  #batches = new AbortController();

  constructor(paratime: ParaTime, socketPath: string) {
    this.#paratime = paratime;
    this.#connection = new HostConnection(
      socketPath,
      {
        RuntimeInfoRequest: (request) => this.#introduce(request),
        RuntimePingRequest: () => ({}),
        RuntimeAbortRequest: () => this.#abort(),
        // There is no light client inside: what a round needs of the consensus layer comes with each request.
        RuntimeConsensusSyncRequest: () => ({}),
        RuntimeCheckTxBatchRequest: async (request) => ({
          results: await checkBatch(paratime, request, this.#treeAt(request.block.header)),
        }),
        RuntimeExecuteTxBatchRequest: (request) =>
          executeBatch(paratime, request, this.#treeAt(request.block.header), this.#batches.signal),
        RuntimeQueryRequest: async ({ header, epoch, max_messages, method, args }) => {
          const state = new State(this.#treeAt(header));
          const round = new Round({
            runtimeId: header.namespace,
            header,
            epoch,
            roundResults: RoundResults.make(),
            maxMessages: max_messages,
            state,
          });
          return { data: await paratime.query(round.transaction([]), method, args ?? new Uint8Array(0)) };
        },
      },
      (problem) => {
        if (problem !== null) log("error", "runtime/protocol", "connection to the host lost", { problem });
        // Nothing is left to do without a host.
        process.exit(problem === null ? 0 : 1);
      },
    );
  }

  #introduce(request: RuntimeInfoRequest): RuntimeInfoResponse {
    this.#nodes = new FetchedNodes();
    const { version, batchSize } = this.#paratime;
    log("info", "runtime", "ParaTime is starting", {
      runtime_id: toHex(request.runtime_id),
      version: formatVersion(version),
      chain_context: request.consensus_chain_context,
    });
    // The first hash loads the library's code, which would otherwise be waited for in the first transaction.
    sha512_256(new Uint8Array(0));
    return {
      protocol_version: RUNTIME_HOST_PROTOCOL,
      runtime_version: version,
      features: Features.make({ schedule_control: { initial_batch_size: batchSize } }),
    };
  }

  #abort(): Record<string, never> {
    log("warn", "runtime", "batches are aborted on the host's request");
    this.#batches.abort(new CodedError("rhp/dispatcher", 1, "aborted"));
    this.#batches = new AbortController();
    return {};
  }

  /** The state after the block with this header. */
  #treeAt(header: Header): StateTree {
    if (this.#nodes === null) throw new CodedError("rhp/dispatcher", 1, "not introduced yet");
    this.#nodes.trim();
    const root = {
      ns: header.namespace,
      version: header.round,
      root_type: ROOT_STATE,
      hash: header.state_root,
    };
    return new StateTree(this.#nodes, root, this.#fetchProof);
  }

  readonly #fetchProof: FetchProof = async (request) => {
    const { ProofResponse: response } = await this.#connection.call("HostStorageSyncRequest", request);
    if (response === null) throw new CodedError("rhp/dispatcher", 1, "the host sent no proof");
    return response.proof;
  };
}
