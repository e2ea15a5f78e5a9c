import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDialAddress } from "../../src/api/address.ts";
import { ApiClient } from "../../src/api/client.ts";
import { newLocalnetDir, removeLocalnetDir, startLocalnet } from "../localnet-process.ts";
import { oasisNode, startNode } from "./command.ts";
import { get, insert, transaction } from "./key-value-client.ts";

const timeout = 600_000;
const toStderr = ["--log.file", "", "--log.format", "JSON"];

describe("an archive of what a node has stored", () => {
  let dir: string;
  beforeAll(() => {
    dir = newLocalnetDir();
  });
  afterAll(() => removeLocalnetDir(dir));

  test("answers as that node did, and takes nothing new", { timeout }, async () => {
    const network = await startLocalnet(dir);
    const { runtimeId, ready } = network;
    await insert(network, "key", "value");
    const block = await network.client.call("Consensus", "GetBlock", 0n);
    const { height } = block;
    const supply = await network.client.call("Staking", "TotalSupply", height);
    expect(await network.stop()).toBe(0);

    await using node = startNode(["--config", archiveConfig(dir, "node"), ...toStderr]);
    await node.logged(({ msg }) => msg === "archive of stored blocks started");
    const client = new ApiClient(parseDialAddress(`unix:${ready.socket}`));
    await client.call("NodeController", "WaitReady", null);
    expect(await client.call("NodeController", "GetStatus", null)).toMatchObject({
      mode: "archive",
      consensus: { features: 5, chain_context: ready.chain_context },
    });
    expect(await client.call("NodeController", "IsSynced", null)).toBe(true);
    expect(await client.call("Consensus", "GetBlock", height)).toEqual(block);
    expect(await client.call("Staking", "TotalSupply", height)).toBe(supply);
    expect(await get({ client, runtimeId }, "key")).toBe("value");

    const unsupported = { code: "consensus/4" };
    const unconfirmed = client.call("Consensus", "GetUnconfirmedTransactions", null);
    await expect(unconfirmed).rejects.toMatchObject(unsupported);
    const data = transaction("insert", ["key", "other"]);
    const submitted = client.call("RuntimeClient", "SubmitTxMeta", { runtime_id: runtimeId, data });
    await expect(submitted).rejects.toMatchObject(unsupported);
    client.close();
    expect(await node.stop()).toBe(0);

    // It was only looked at: the network goes on with it.
    await using again = await startLocalnet(dir);
    expect((await again.client.call("Consensus", "GetBlock", 0n)).height).toBeGreaterThan(height);
  });

  test("of nothing is refused, with the remedy", { timeout }, async () => {
    const { code, stderr } = await oasisNode(["--config", archiveConfig(dir, "nothing")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /nothing holds no chain, and with mode: archive .* run this one with mode: client/,
    );
  });
});

/** The local network's configuration as an archive with the data of a folder. */
function archiveConfig(dir: string, data: string): string {
  const path = join(dir, `archive-${data}.yml`);
  const config = readFileSync(join(dir, "config.yml"), "utf8");
  writeFileSync(
    path,
    config.replace("mode: compute", "mode: archive").replace(join(dir, "node"), join(dir, data)),
  );
  return path;
}
