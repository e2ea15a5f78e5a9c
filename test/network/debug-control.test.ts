import { join } from "node:path";
import { expect, test } from "vitest";
import { oasisNode } from "../e2e/command.ts";
import { makeNodeNetwork, type NetworkNode } from "./node-network.ts";

test("a test network is told its epochs, and only by nodes with debug options", {
  timeout: 600_000,
}, async () => {
  await using network = await makeNodeNetwork({
    validators: 1,
    blockMs: 50,
    change: (document) => {
      document.beacon.params.debug_mock_backend = true;
    },
  });
  const [node] = network.validators as [NetworkNode];
  await node.start({ debug: { dont_blame_oasis: true, allow_test_keys: true } });
  const debugControl = (...args: string[]) =>
    oasisNode(["debug", "control", ...args, "-a", `unix:${join(node.dataDir, "internal.sock")}`]);

  expect(await debugControl("set-epoch", "--epoch", "1")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await node.client.call("Beacon", "GetEpoch", 0n)).toBe(1n);
  expect(await debugControl("set-epoch", "-e", "1")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/explicit epoch does not advance time/),
  });
  expect(await debugControl("wait-nodes", "-n", "1")).toEqual({ code: 0, stdout: "", stderr: "" });
  const waiting = node.client.call("DebugController", "WaitNodesRegistered", 2n);
  await Promise.all([expect(waiting).rejects.toThrow(), node.stop()]);
});
