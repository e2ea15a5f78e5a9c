import type { RuntimeError, SubmitTxMetaResponse } from "../../types/api-runtime-client.ts";
import { runtimeClientErrors } from "../../types/errors.ts";
import type { RuntimeBackend } from "../backend.ts";
import type { ServiceHandlers } from "../handlers.ts";
import type { Services } from "../method-table.ts";

/** Handlers of the `RuntimeClient` service (api.md 2.11). */
export function runtimeClientHandlers(runtimes: RuntimeBackend): ServiceHandlers<Services["RuntimeClient"]> {
  return {
    SubmitTx: async ({ runtime_id, data }, { signal }) => {
      const response = await runtimes.submitTx(runtime_id, transactionOf(data), signal);
      throwIfRefused(response);
      return response.data;
    },
    SubmitTxMeta: ({ runtime_id, data }, { signal }) =>
      runtimes.submitTx(runtime_id, transactionOf(data), signal),
    SubmitTxNoWait: async ({ runtime_id, data }, { signal }) => {
      throwIfRefused(await runtimes.submitTxNoWait(runtime_id, transactionOf(data), signal));
      return undefined;
    },
    CheckTx: async ({ runtime_id, data }, { signal }) => {
      throwIfRefused(await runtimes.checkTx(runtime_id, transactionOf(data), signal));
      return undefined;
    },
    GetGenesisBlock: (runtimeId) => runtimes.genesisBlock(runtimeId),
    GetBlock: ({ runtime_id, round }) => runtimes.block(runtime_id, round),
    GetLastRetainedBlock: (runtimeId) => runtimes.lastRetainedBlock(runtimeId),
    GetTransactions: ({ runtime_id, round }) => runtimes.transactions(runtime_id, round),
    GetTransactionsWithResults: ({ runtime_id, round }) =>
      runtimes.transactionsWithResults(runtime_id, round),
    GetUnconfirmedTransactions: (runtimeId) => runtimes.unconfirmedTransactions(runtimeId),
    GetEvents: ({ runtime_id, round }) => runtimes.events(runtime_id, round),
    Query: async (request, { signal }) => ({ data: await runtimes.query(request, signal) }),
    StateSyncGet: (request) => runtimes.sync(request.tree.root.ns).get(request),
    StateSyncGetPrefixes: (request) => runtimes.sync(request.tree.root.ns).getPrefixes(request),
    StateSyncIterate: (request) => runtimes.sync(request.tree.root.ns).iterate(request),
    WatchBlocks: (runtimeId, sink) => runtimes.onBlock(runtimeId, (block) => sink.push(block)),
  };
}

/** Go clients send null for an empty byte slice. */
function transactionOf(data: Uint8Array | null): Uint8Array {
  return data ?? new Uint8Array(0);
}

/** @throws runtime/client/5 with what the ParaTime said */
function throwIfRefused({ check_tx_error }: SubmitTxMetaResponse): void {
  if (check_tx_error !== null) throw runtimeClientErrors.checkTxFailed().with(describe(check_tx_error));
}

function describe({ module, code, message }: RuntimeError): string {
  return `runtime error: module: ${module} code: ${code} message: ${message}`;
}
