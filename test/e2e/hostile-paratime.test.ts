import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { buildExecutable } from "../../paratime/build/build-executable.ts";
import { demoParaTime, fragileParaTime, hostileParaTime } from "../../paratime/build/targets.ts";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { fromHex } from "../../src/codec/bytes.ts";
import { removeLocalnetDir } from "../localnet-process.ts";
import { descendants, untilGone } from "../process-tree.ts";
import { startNode } from "./command.ts";
import { get, insert } from "./key-value-client.ts";
import { copyNetwork, type NetworkFolder, newNetwork } from "./network-folder.ts";

// Whole nodes that host a ParaTime which misbehaves, in its real sandbox: the node goes on, says what is wrong, tries
// again ever more seldom, and works as soon as a proper ParaTime is in its place, without being restarted itself.

let template: NetworkFolder;

beforeAll(async () => {
  await buildExecutable(demoParaTime);
  await buildExecutable(hostileParaTime);
  await buildExecutable(fragileParaTime);
  template = await newNetwork();
}, 600_000);
afterAll(() => removeLocalnetDir(template.dir));

/** What the status says about each. */
const misbehaviours: [misbehave: string, cause: RegExp][] = [
  ["exitsWhenAsked", /ended with code 101; its last words: cannot go on/],
  ["exitsAfterIntroduction", /ended with code 101; its last words: thread 'main' panicked at the disco/],
  ["hangs", /did not answer a ping within 5 s/],
  ["malformedMessage", /broke the host protocol/],
  ["garbageAfterIntroduction", /broke the host protocol/],
  ["oversizedFrame", /broke the host protocol/],
  ["wrongVersion", /version 9\.9\.9.*0\.0\.0/],
  ["wrongProtocol", /speaks host protocol 4\.0\.0, this node 5\.1\.0/],
];

describe.concurrent("a node whose ParaTime", () => {
  test.for(misbehaviours)("%s", { timeout: 600_000 }, async ([misbehave, cause], { expect }) => {
    await using host = await startHosting(misbehave);
    const { node, client } = host;

    const waits: number[] = [];
    // Each time that it hangs takes the 20 s of an unanswered ping.
    const times = misbehave === "hangs" ? 1 : 3;
    for (let failures = 1; failures <= times; failures++) {
      const entry = await node.logged(({ msg }) => msg === "ParaTime will be started again");
      expect(entry).toMatchObject({ level: "warn", failures, cause: expect.stringMatching(cause) });
      waits.push(entry.waitMs as number);
    }
    // 500 ms, each time half as much again, spread by half to both sides.
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(250 * 1.5 ** index - 1);
      expect(wait).toBeLessThanOrEqual(750 * 1.5 ** index + 1);
    }

    const status = await client.call("NodeController", "GetStatus", null);
    expect(status.waiting).toContainEqual({
      subject: `runtime ${host.runtimeId}`,
      for: expect.stringMatching(cause),
      since: expect.any(BigInt),
      remedy: expect.stringMatching(/\.$/),
    });
    expect(status.waiting!.map(({ subject }) => subject)).toContain("registration");

    // Putting the proper ParaTime in the place of the other is all that an operator does.
    host.useExecutable(demoParaTime.output);
    await client.call("NodeController", "WaitReady", null);
    await insert(host.paraTime, "key", "value");
    expect(await get(host.paraTime, "key")).toBe("value");
    const repaired = await client.call("NodeController", "GetStatus", null);
    expect(repaired.waiting).toBeNull();
    // The chain went on meanwhile: an idle network makes a block every second. A block's time is that of the votes for
    // the one before it, so the first block of this node still has a time of the last one.
    expect(await longestPause(client, host.lastOfTemplate + 2n)).toBeLessThan(15n);
  });

  test.for(["throws when checked", "ends when checked", "throws when executed", "ends when executed"])(
    "has a mistake and %s",
    { timeout: 600_000 },
    async (key, { expect }) => {
      await using host = await startHosting("", fragileParaTime.output);
      await host.client.call("NodeController", "WaitReady", null);
      const good = Array.from({ length: 6 }, (_, index) => `good ${index}`);
      const [bad, ...answers] = await Promise.allSettled(
        [key, ...good].map((name) => insert(host.paraTime, name, "value")),
      );
      const cannot = key.endsWith("checked") ? "cannot check the transaction" : "cannot execute it";
      expect(bad).toMatchObject({ reason: { message: expect.stringContaining(cannot) } });
      expect(answers.map(({ status }) => status)).toEqual(good.map(() => "fulfilled"));
      for (const name of good) expect(await get(host.paraTime, name)).toBe("value");
      expect(await get(host.paraTime, key)).toBeNull();
      await insert(host.paraTime, "later", "value");
      await host.client.call("NodeController", "WaitReady", null);
    },
  );

  test("is killed under load: every transaction is executed all the same", { timeout: 600_000 }, async ({
    expect,
  }) => {
    await using host = await startHosting("", demoParaTime.output);
    await host.client.call("NodeController", "WaitReady", null);
    const keys = Array.from({ length: 60 }, (_, index) => `key ${index}`);
    let done = 0;
    const queue = [...keys];
    const work = async () => {
      for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
        await insert(host.paraTime, key, "value");
        if (++done % 20 === 10) killSandbox(host.node.pid);
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    for (const key of keys) expect(await get(host.paraTime, key)).toBe("value");
    await host.node.logged(({ msg }) => msg === "ParaTime will be started again");
  });

  test("floods its log", { timeout: 600_000 }, async ({ expect }) => {
    await using host = await startHosting("floodsLog");
    await host.node.logged(({ msg }) => msg === "ParaTime started");
    const warnings = async () => (await host.client.call("NodeController", "GetStatus", null)).warnings;
    // The status follows the flood; looking is all that can be done from outside.
    await expect.poll(warnings, { timeout: 120_000, interval: 100 }).toEqual([
      {
        subject: `runtime ${host.runtimeId}`,
        text: expect.stringMatching(/floods its log: \d+ bytes were dropped/),
        since: expect.any(BigInt),
        remedy: expect.any(String),
      },
    ]);
    expect(await host.client.call("NodeController", "IsSynced", null)).toBe(true);
  });
});

/** Ends the sandboxed process that the node has started, as the system does when memory runs out. */
function killSandbox(nodePid: number): void {
  const sandbox = descendants(nodePid).find(({ command }) => command === "bwrap");
  if (sandbox !== undefined) process.kill(sandbox.pid, "SIGKILL");
}

/** The longest time between two blocks from a height on, in seconds. */
async function longestPause(client: ApiClient, from: bigint): Promise<bigint> {
  const { latest_height: latest } = await client.call("Consensus", "GetStatus", null);
  let longest = 0n;
  let before: bigint | null = null;
  for (let height = from; height <= latest; height++) {
    const { time } = await client.call("Consensus", "GetBlock", height);
    const pause: bigint = time! - (before ?? time!);
    if (pause > longest) longest = pause;
    before = time;
  }
  return longest;
}

/** The node of a copy of the network, with another ParaTime in place of the proper one. */
async function startHosting(misbehave: string, paraTime = hostileParaTime.output) {
  let runtimeId = "";
  const executable = (dataDir: string) => join(dataDir, "paratime");
  const folder = copyNetwork(template, (config) => {
    const [runtime] = config.runtime.runtimes;
    runtimeId = runtime!.id;
    runtime!.executable = executable(config.common.data_dir);
    runtime!.config = { misbehave };
  });
  const useExecutable = (path: string) => {
    rmSync(executable(folder.dataDir), { force: true });
    symlinkSync(path, executable(folder.dataDir));
  };
  useExecutable(paraTime);
  const node = startNode(["--config", folder.config]);
  await node.started();
  const client = new ApiClient(parseDialAddress(`unix:${folder.socket}`));
  const { latest_height: lastOfTemplate } = await client.call("Consensus", "GetStatus", null);
  return {
    node,
    client,
    runtimeId,
    /** Height that the node began with. */
    lastOfTemplate,
    paraTime: { client, runtimeId: fromHex(runtimeId) },
    useExecutable,
    [Symbol.asyncDispose]: async () => {
      client.close();
      const started = descendants(node.pid);
      await node[Symbol.asyncDispose]();
      await untilGone(started);
      removeLocalnetDir(folder.dir);
    },
  };
}
