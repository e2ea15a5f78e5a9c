import { setTimeout as pause } from "node:timers/promises";
import { CallError } from "../../src/api/client.ts";
import { encodeArgs } from "../../src/cli/key-value.ts";
import { decode, nullable, text } from "../../src/codec/schema.ts";
import { ROUND_LATEST } from "../../src/types/api-runtime-client.ts";
import { readOutput, transaction } from "../../test/e2e/key-value-client.ts";
import type { NodeApi } from "./node-api.ts";
import type { Tally } from "./tally.ts";

const ANSWER_TIMEOUT_MS = 60_000;

export interface InsertSender {
  readonly api: NodeApi;
  readonly runtimeId: Uint8Array;
  /** The keys begin with it. */
  readonly name: string;
  readonly intervalMs: number;
  readonly tally: Tally;
}

/** What is known of the keys that were sent. */
export interface Inserted {
  readonly final: string[];
  /** Sent, and no answer came; with what came in its place. */
  readonly unheard: Map<string, string>;
}

/** Stores values of a key/value ParaTime under keys of their own, one after the other, until `signal` aborts. */
export async function sendInserts(sender: InsertSender, signal: AbortSignal): Promise<Inserted> {
  const { api, runtimeId, name, intervalMs, tally } = sender;
  const inserted: Inserted = { final: [], unheard: new Map() };
  for (let n = 0; !signal.aborted; n++) {
    const key = `${name}/${n}`;
    const data = transaction("insert", [key, key]);
    tally.sent++;
    try {
      const response = await api.client.call(
        "RuntimeClient",
        "SubmitTxMeta",
        { runtime_id: runtimeId, data },
        { timeoutMs: ANSWER_TIMEOUT_MS },
      );
      if (response.check_tx_error !== null) throw new Error(`refused: ${response.check_tx_error.message}`);
      const { Error: problem } = readOutput(response.data);
      if (problem !== null) throw new Error(`failed: ${problem}`);
      tally.final++;
      inserted.final.push(key);
    } catch (error) {
      if (error instanceof CallError) {
        inserted.unheard.set(key, error.message);
        api.reconnect();
      } else tally.fail(error);
    }
    await pause(intervalMs, undefined, { signal }).catch(() => {});
  }
  return inserted;
}

/** Looks into the ParaTime's state for every key: what was reported final must be there, and of the rest it decides. */
export async function settleInserts(
  { api, runtimeId, tally }: Omit<InsertSender, "name" | "intervalMs">,
  { final, unheard }: Inserted,
): Promise<void> {
  for (const key of final) {
    if ((await get(api, runtimeId, key)) !== key)
      tally.lost.push(`${key} was reported final and is not there`);
  }
  for (const [key, problem] of unheard) {
    if ((await get(api, runtimeId, key)) === key) tally.finalUnheard++;
    else tally.fail(problem);
  }
}

async function get({ client }: NodeApi, runtimeId: Uint8Array, key: string): Promise<string | null> {
  const { data } = await client.call(
    "RuntimeClient",
    "Query",
    {
      ...{ runtime_id: runtimeId, component: null, round: ROUND_LATEST },
      ...{ method: "get", args: encodeArgs("get", [key]) },
    },
    { timeoutMs: ANSWER_TIMEOUT_MS },
  );
  return decode(nullable(text), data);
}
