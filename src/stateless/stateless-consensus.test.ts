import { describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { createHandlers } from "../api/handlers/create-handlers.ts";
import type { Call, Handlers } from "../api/handlers.ts";
import type { Method } from "../api/method.ts";
import { type SampleRequest, sampleRequests } from "../api/testing/sample-requests.ts";
import { RecordingNode } from "../api/testing/test-server.ts";
import { toHex } from "../codec/bytes.ts";
import { CodedError } from "../codec/errors.ts";
import { type Codec, encode } from "../codec/schema.ts";
import { queryEntities, queryNodes, queryRuntimes } from "../consensus/registry/query.ts";
import { queryAddresses } from "../consensus/staking/query.ts";
import { RecordedNode } from "./testing/recorded-provider.ts";
import { statelessWorld } from "./testing/stateless-world.ts";

const call: Call = { signal: new AbortController().signal };

function recorded(name: string, at?: bigint): RecordedNode {
  const files = {
    genesis: sharedPath("chains", `${name}.genesis.json`),
    chain: sharedPath("chains", `${name}.jsonl.gz`),
  };
  return new RecordedNode(files, at);
}

/** What a call comes to: the bytes of its answer, or the error in its wire form. */
async function outcome(handlers: Handlers, { service, name, method, value }: SampleRequest): Promise<string> {
  const handler = (handlers[service] as unknown as Record<string, (r: unknown, c: Call) => unknown>)[name]!;
  try {
    const answer = await handler(value, call);
    return toHex(encode((method as Method & { response: Codec<unknown> }).response, answer));
  } catch (error) {
    if (error instanceof CodedError) return `${error.module}/${error.wireCode}`;
    return (error as Error).message;
  }
}

/** Not the same on a node without a state: what it says of itself, what it cannot say, what nobody recorded. */
const DIFFERENT = new Set([
  ...["GetStatus", "StateToGenesis", "GetNextBlockState", "GetLastRetainedHeight"].map(
    (name) => `Consensus/${name}`,
  ),
]);

describe("every method answers as a node with the state", () => {
  const chains = [
    "first-light",
    "runtime-message",
    "keymanager-churp-txs",
    "change-parameters-min-commission-rate",
    "debond",
  ];
  test.each(chains)("%s", async (name) => {
    const node = recorded(name);
    const full = createHandlers({ node: new RecordingNode(), consensus: node });
    await using world = await statelessWorld(node);
    await world.follow();
    const last = node.lastHeight;
    let compared = 0;
    for (const height of [0n, node.genesis.height, last / 2n, last, last + 1n]) {
      const state = node.stateAt(height === 0n || height > last ? last : height)!;
      const owners = queryAddresses(state) ?? [];
      const things = {
        entity: queryEntities(state)?.[0]?.id,
        node: queryNodes(state)?.[0]?.id,
        runtime: queryRuntimes(state, true)?.[0]?.id,
        owner: owners[0],
        beneficiary: owners.at(-1),
      };
      for (const request of sampleRequests(things, height)) {
        const { service, method } = request;
        const id = `${service}/${request.name}`;
        if (method.kind === "stream" || DIFFERENT.has(id)) continue;
        // The results of the last block are proven by the next one.
        const isOfResults = /GetEvents|Results$/.test(request.name);
        if (isOfResults && (height === 0n || height === last)) continue;
        // A node that has seen it answers for any height.
        if (id === "RootHash/GetGenesisBlock" && height > last) continue;
        expect(await outcome(world.handlers, request), `${id} at ${height}`).toBe(
          await outcome(full, request),
        );
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(4 * 80);
    for (const { wrong } of world.pool.report()) expect(wrong).toBe("");
  });
});
