import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import {
  type LocalnetProcess,
  newLocalnetDir,
  removeLocalnetDir,
  startLocalnet,
} from "../localnet-process.ts";
import { descendants, untilGone } from "../process-tree.ts";
import { oasisNode, startNode } from "./command.ts";
import { get, insert } from "./key-value-client.ts";
import { copyNetwork, type NetworkFolder, newNetwork } from "./network-folder.ts";

describe("a local network", () => {
  let dir: string;
  beforeAll(() => {
    dir = newLocalnetDir();
  });
  afterAll(() => removeLocalnetDir(dir));

  test("that Ctrl-C ends leaves nothing running, and goes on where it was", {
    timeout: 600_000,
  }, async () => {
    await using first = await startLocalnet(dir);
    await insert(first, "key", "first run");
    const before = await latestBlock(first);
    const started = descendants(first.pid);
    expect(started.map(({ command }) => command)).toContain("bwrap");
    expect(await first.stop()).toBe(0);
    await untilGone(started);
    expect(existsSync(first.ready.socket)).toBe(false);
    expect(existsSync(join(dir, "localnet.json"))).toBe(false);

    await using second = await startLocalnet(dir);
    expect(second.ready).toMatchObject({
      chain_context: first.ready.chain_context,
      runtime_id: first.ready.runtime_id,
      socket: first.ready.socket,
    });
    const after = await second.client.call("Consensus", "GetBlock", before.height);
    expect(after).toEqual(before);
    expect((await latestBlock(second)).height).toBeGreaterThan(before.height);
    expect(await get(second, "key")).toBe("first run");
    await insert(second, "key", "second run");
    expect(await get(second, "key")).toBe("second run");
    expect(await second.stop()).toBe(0);
  });

  test("in a folder where one runs already is refused, and does it no harm", {
    timeout: 600_000,
  }, async () => {
    await using running = await startLocalnet(dir);
    const { code, stderr } = await oasisNode(["localnet", "--dir", dir]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Error: a local network runs in ${dir} already, in another process. Stop it, or choose another folder with --dir.\n`,
    );
    // Commands without an address still find the one that runs.
    const query = await oasisNode(["paratime", "query", "get", "key", "--dir", dir]);
    expect(query).toMatchObject({ code: 0, stdout: "second run\n" });
    await insert(running, "key", "third run");
    expect(await running.stop()).toBe(0);
  });

  test("in a folder with other things is refused, and touches nothing of them", async () => {
    const foreign = newLocalnetDir();
    mkdirSync(join(foreign, "entity"));
    writeFileSync(join(foreign, "entity", "entity.pem"), "somebody's key");
    const { code, stderr } = await oasisNode(["localnet", "--dir", foreign]);
    expect(code).toBe(1);
    expect(stderr).toContain("is not empty and holds no local network");
    expect(readdirSync(foreign)).toEqual(["entity"]);
    expect(readFileSync(join(foreign, "entity", "entity.pem"), "utf8")).toBe("somebody's key");
    removeLocalnetDir(foreign);
  });

  test("runs beside others that start at the same moment", { timeout: 600_000 }, async () => {
    const dirs = [newLocalnetDir(), newLocalnetDir(), newLocalnetDir()];
    await using stack = new AsyncDisposableStack();
    const nets = await Promise.all(dirs.map((folder) => startLocalnet(folder)));
    for (const net of nets) stack.use(net);
    const addresses = nets.flatMap(({ ready }) => [ready.grpc, ready.http]);
    expect(new Set(addresses).size).toBe(addresses.length);
    await Promise.all(nets.map((net, index) => insert(net, "key", `network ${index}`)));
    for (const [index, net] of nets.entries()) expect(await get(net, "key")).toBe(`network ${index}`);
    expect(await Promise.all(nets.map((net) => net.stop()))).toEqual([0, 0, 0]);
    for (const folder of dirs) removeLocalnetDir(folder);
  });

  test("keeps its ParaTime and its pace for good", async () => {
    const faster = await oasisNode(["localnet", "--dir", dir, "--block-time", "5s"]);
    expect(faster.code).toBe(1);
    expect(faster.stderr).toContain("was made with blocks on demand");
    expect(faster.stderr).toContain("Choose another folder with --dir");
  });
});

describe("a node", () => {
  let template: NetworkFolder;
  beforeAll(async () => {
    template = await newNetwork();
  }, 600_000);
  afterAll(() => removeLocalnetDir(template.dir));

  test.each<[string, (pid: number, socket: string) => Promise<unknown>]>([
    ["SIGTERM", async (pid) => process.kill(pid, "SIGTERM")],
    ["SIGINT", async (pid) => process.kill(pid, "SIGINT")],
    ["control shutdown", (_, socket) => oasisNode(["control", "shutdown", "-a", `unix:${socket}`])],
  ])("ends in order by %s", { timeout: 600_000 }, async (_name, end) => {
    const folder = copyNetwork(template);
    await using node = startNode(["--config", folder.config]);
    await node.started();
    await node.logged(({ msg }) => msg === "ParaTime started");
    const started = descendants(node.pid);
    expect(started.length).toBeGreaterThan(0);
    await end(node.pid, folder.socket);
    expect(await node.exited).toBe(0);
    await untilGone(started);
    expect(existsSync(folder.socket)).toBe(false);
    expect(node.stderr).toContain('"msg":"node stopped"');
    removeLocalnetDir(folder.dir);
  });

  test("ends at once by a second Ctrl-C, with its ParaTime", { timeout: 600_000 }, async () => {
    const folder = copyNetwork(template);
    await using node = startNode(["--config", folder.config]);
    await node.logged(({ msg }) => msg === "ParaTime started");
    const started = descendants(node.pid);
    process.kill(node.pid, "SIGINT");
    process.kill(node.pid, "SIGINT");
    // The first may have been enough.
    expect(await node.exited).toBeOneOf([0, 130]);
    await untilGone(started);
    removeLocalnetDir(folder.dir);
  });

  test("on the data directory of one that runs is refused, and does it no harm", {
    timeout: 600_000,
  }, async () => {
    const folder = copyNetwork(template);
    await using node = startNode(["--config", folder.config]);
    await node.started();
    const { code, stderr } = await oasisNode(["--config", folder.config]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: .*another process/m);
    expect(stderr).toContain(folder.dataDir);
    const client = new ApiClient(parseDialAddress(`unix:${folder.socket}`));
    expect(await client.call("NodeController", "IsSynced", null)).toBe(true);
    client.close();
    removeLocalnetDir(folder.dir);
  });

  test("without its sandbox stays up and says what to install", { timeout: 600_000 }, async () => {
    const folder = copyNetwork(template, (config) => {
      config.runtime.sandbox_binary = "/nowhere/bwrap";
    });
    await using node = startNode(["--config", folder.config]);
    await node.logged(({ msg }) => msg === "ParaTime will be started again");
    const status = await controlStatus(folder);
    expect(status.waiting).toContainEqual({
      subject: expect.stringMatching(/^runtime 80+$/),
      for: expect.stringContaining("Bubblewrap, the sandbox that ParaTimes run in, is not at /nowhere/bwrap"),
      since: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      remedy: expect.stringMatching(/install/i),
    });
    expect(status.consensus.latest_height).toBeGreaterThan(0);
    const [runtime] = Object.values(status.runtimes) as { committee: { status: string } }[];
    expect(runtime!.committee.status).toBe("waiting for hosted runtime provision");
    expect(await node.stop()).toBe(0);
    removeLocalnetDir(folder.dir);
  });

  test("leaves nothing in the temporary directory", { timeout: 600_000 }, async () => {
    const temporary = copyNetwork(template);
    // Its own, so that nothing else can be in it.
    const own = join(temporary.dir, "tmp");
    await using node = startNode(["--config", temporary.config], { temporaryDirectory: own });
    await node.logged(({ msg }) => msg === "ParaTime started");
    expect(await node.stop()).toBe(0);
    expect(readdirSync(own)).toEqual([]);
    removeLocalnetDir(temporary.dir);
  });
});

async function latestBlock({ client }: LocalnetProcess) {
  return await client.call("Consensus", "GetBlock", 0n);
}

async function controlStatus({ socket }: NetworkFolder) {
  const { code, stdout, stderr } = await oasisNode(["control", "status", "-a", `unix:${socket}`]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}
