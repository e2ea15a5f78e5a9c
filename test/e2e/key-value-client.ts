import { randomBytes } from "node:crypto";
import type { ApiClient } from "../../src/api/client.ts";
import { Call, encodeArgs } from "../../src/cli/key-value.ts";
import { decode, encode, type Infer, nullable, optional, raw, struct, text } from "../../src/codec/schema.ts";
import { ROUND_LATEST } from "../../src/types/api-runtime-client.ts";

/** How to reach a ParaTime. */
export interface ParaTimeClient {
  readonly client: ApiClient;
  readonly runtimeId: Uint8Array;
}

const CallOutput = struct("CallOutput", { Success: optional(raw), Error: optional(nullable(text)) });
type CallOutput = Infer<typeof CallOutput>;

/** A transaction of a sender of its own. */
export function transaction(method: string, args: readonly string[]): Uint8Array {
  return encode(Call, { sender: randomBytes(16), nonce: 0n, method, args: encodeArgs(method, args) });
}

/** What a transaction yields. */
export function readOutput(data: Uint8Array | null): CallOutput {
  return decode(CallOutput, data);
}

/**
 * Stores a value; resolves when a round has executed it.
 * @returns the round
 * @throws CallError, CodedError of the call; Error when the ParaTime refused it
 */
export async function insert(
  { client, runtimeId }: ParaTimeClient,
  key: string,
  value: string,
): Promise<bigint> {
  const data = transaction("insert", [key, value]);
  const response = await client.call("RuntimeClient", "SubmitTxMeta", { runtime_id: runtimeId, data });
  if (response.check_tx_error !== null) throw new Error(`refused: ${response.check_tx_error.message}`);
  const { Error: problem } = readOutput(response.data);
  if (problem !== null) throw new Error(`failed: ${problem}`);
  return response.round;
}

/** The value under a key after the latest round; null when there is none. */
export async function get({ client, runtimeId }: ParaTimeClient, key: string): Promise<string | null> {
  const { data } = await client.call("RuntimeClient", "Query", {
    runtime_id: runtimeId,
    component: null,
    round: ROUND_LATEST,
    method: "get",
    args: encodeArgs("get", [key]),
  });
  return decode(nullable(text), data);
}
