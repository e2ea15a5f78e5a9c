import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedPath } from "../../../test/shared.ts";
import { parseDialAddress } from "../../api/address.ts";
import { ApiClient } from "../../api/client.ts";
import { createHandlers } from "../../api/handlers/create-handlers.ts";
import { RecordedBackend } from "../../api/testing/recorded-backend.ts";
import { RecordingNode, startTestServer, type TestServer } from "../../api/testing/test-server.ts";
import { fromHex } from "../../codec/bytes.ts";
import { runtimeStatsCsv, runtimeStatsText } from "../text/runtime-stats.ts";
import { RuntimeStatsCollector } from "./collect-runtime-stats.ts";

let server: TestServer;
let client: ApiClient;

beforeAll(async () => {
  const genesis = readFileSync(sharedPath("chains", "paratime-kv-discrepancy.genesis.json"), "utf8");
  const chain = sharedPath("chains", "paratime-kv-discrepancy.jsonl.gz");
  const consensus = new RecordedBackend(genesis, chain);
  const { NodeController: _, ...handlers } = createHandlers({ node: new RecordingNode(), consensus });
  server = await startTestServer(handlers);
  client = new ApiClient(parseDialAddress(`unix:${server.socket}`));
});
afterAll(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

async function collect(runtimeId: string) {
  const { latest_height } = await client.call("Consensus", "GetStatus", null);
  const collector = new RuntimeStatsCollector(client, fromHex(runtimeId));
  const { signal } = new AbortController();
  for (let height = 1n; height < latest_height; height++) await collector.take(height, signal);
  return collector.stats;
}

// The texts are what the official command printed of the same chain, served by the same server.
test("a committee with backup workers and timeouts is counted as the official command does", async () => {
  const stats = await collect(`80${"00".repeat(31)}`);
  const lines = runtimeStatsText(stats).split("\n");
  expect(lines.slice(0, 9)).toEqual([
    "Runtime rounds: 73",
    "Successful rounds: 65",
    "Epoch transition rounds: 7",
    "Proposer timeouted rounds: 0",
    "Failed rounds: 0",
    "Discrepancies: 0",
    "Discrepancies (timeout): 3",
    "Suspended: 1",
    "Entity stats",
  ]);
  expect(lines[9]).toMatch(/^\| {18}ENTITY ID {19}\| ELECTED \| PRIMARY \|/);
  expect(runtimeStatsCsv(stats).split("\n").slice(0, 2)).toEqual([
    "Entity ID,Elected,Primary,Backup,Proposer,Primary invoked,Primary Good commit,Prim Bad commmit,Bckp invoked,Bckp Good commit,Bckp Bad commit,Primary missed,Bckp missed",
    "JTUtHd4XYQjh//e6eYU7Pa/XMFG88WE+jixvceIfWrk=,204,144,72,78,130,130,0,3,3,0,0,0",
  ]);
}, 60_000);

test("of a ParaTime that is not registered there is nothing", async () => {
  expect(await collect(`80${"00".repeat(30)}ff`)).toMatchObject({ rounds: 0, entities: new Map() });
}, 60_000);
