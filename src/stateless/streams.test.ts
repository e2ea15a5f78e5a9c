import { describe, expect, test } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { createHandlers } from "../api/handlers/create-handlers.ts";
import type { Handlers, Sink } from "../api/handlers.ts";
import { type SampleRequest, sampleRequests } from "../api/testing/sample-requests.ts";
import { RecordingNode } from "../api/testing/test-server.ts";
import { queryRuntimes } from "../consensus/registry/query.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import { RecordedNode } from "./testing/recorded-provider.ts";
import { statelessWorld } from "./testing/stateless-world.ts";

function recorded(name: string, at: bigint): RecordedNode {
  const files = {
    genesis: sharedPath("chains", `${name}.genesis.json`),
    chain: sharedPath("chains", `${name}.jsonl.gz`),
  };
  return new RecordedNode(files, at);
}

/** What a stream gives. */
class Items implements Sink<unknown> {
  readonly signal = new AbortController().signal;
  readonly items: unknown[] = [];
  ended: unknown = null;
  #look: () => void = () => {};

  push(item: unknown): void {
    this.items.push(item);
    this.#look();
  }

  end(error: unknown): void {
    this.ended = error ?? "well";
    this.#look();
  }

  async reached(count: number): Promise<void> {
    while (this.items.length < count && this.ended === null) {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }
}

type Stream = (request: unknown, sink: Sink<unknown>) => Disposer;

function open(handlers: Handlers, { service, name, value }: SampleRequest, sink: Items): Disposer {
  return (handlers[service] as unknown as Record<string, Stream>)[name]!(value, sink);
}

describe("every stream gives what that of a node with the state gives, a block later", () => {
  const cases: readonly [chain: string, from: bigint, to: bigint][] = [
    ["first-light", 30n, 45n],
    ["keymanager-churp-txs", 60n, 68n],
    ["change-parameters-min-commission-rate", 20n, 40n],
  ];
  test.each(cases)("%s, heights %s to %s", async (name, from, to) => {
    const node = recorded(name, from);
    const full = createHandlers({ node: new RecordingNode(), consensus: node });
    await using world = await statelessWorld(node, { providers: 2 });
    await world.follow();
    const runtime = queryRuntimes(node.stateAt(from)!, true)?.[0]?.id;
    const none = { entity: undefined, node: undefined, owner: undefined, beneficiary: undefined };
    const streams = [...sampleRequests({ runtime, ...none }, 0n)]
      .filter(({ method, name: stream }) => method.kind === "stream" && stream !== "WatchExecutorCommitments")
      .map((request) => {
        const [expected, got] = [new Items(), new Items()];
        const disposers = [open(full, request, expected), open(world.handlers, request, got)];
        return { id: `${request.service}/${request.name}`, expected, got, disposers };
      });
    for (const { expected, got } of streams) await got.reached(expected.items.length);
    while (node.latestHeight() < to - 1n) node.advance();
    const counts = streams.map(({ expected }) => expected.items.length);
    // Proves the results of the block before.
    node.advance();
    for (let height = from + 1n; height <= to; height++) {
      await world.headers.verify(height, new AbortController().signal);
    }
    for (const [i, { id, expected, got, disposers }] of streams.entries()) {
      await got.reached(counts[i]!);
      expect(got.ended, id).toBeNull();
      expect(got.items, id).toEqual(expected.items.slice(0, counts[i]));
      for (const dispose of disposers) dispose();
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
  });

  test("a stream that is left asks for nothing more", async () => {
    const node = recorded("debond", 2n);
    await using world = await statelessWorld(node, { providers: 2 });
    await world.follow();
    const sink = new Items();
    world.handlers.Consensus.WatchBlocks(null, sink)();
    node.advance();
    node.advance();
    for (const provider of world.providers) provider.calls.length = 0;
    await world.headers.verify(3n, sink.signal);
    await world.headers.verify(4n, sink.signal);
    await world.handlers.Consensus.GetBlock(3n, sink);
    expect(world.providers.flatMap(({ calls }) => calls)).not.toContain("Consensus/GetBlockResults");
    expect(sink.items).toEqual([]);
  });
});
