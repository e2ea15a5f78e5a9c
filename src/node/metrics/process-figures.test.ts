import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { ProcessProbe, residentBytesOfTree } from "./process-figures.ts";

const onLinux = process.platform === "linux";

test("figures of this process", async () => {
  const probe = new ProcessProbe();
  probe.start();
  const figures = await probe.figures();
  probe.stop();
  expect(figures.userSeconds).toBeGreaterThan(0);
  expect(figures.heap.heapUsed).toBeGreaterThan(1e6);
  expect(figures.eventLoopActiveSeconds).toBeGreaterThanOrEqual(0);
  expect(Math.abs(figures.startMs - (Date.now() - process.uptime() * 1000))).toBeLessThan(5000);
  expect((await probe.figures()).eventLoopDelay).toEqual(new Map());
});

test.runIf(onLinux)("what the system tells", async () => {
  const { memory, io, openFiles, maxOpenFiles, network } = await new ProcessProbe().figures();
  expect(memory.get("VmRSS")).toBeGreaterThan(1e7);
  expect(memory.get("VmSize")).toBeGreaterThan(memory.get("VmRSS")!);
  expect(io.get("write_bytes")).toBeGreaterThanOrEqual(0);
  expect(openFiles).toBeGreaterThan(2);
  expect(maxOpenFiles).toBeGreaterThan(openFiles!);
  expect(network.map(({ device }) => device)).toContain("lo");
});

test.runIf(onLinux)("memory of a process counts what it has started", async () => {
  const script =
    'require("child_process").spawn(process.execPath, ["-e", "console.log(1);process.stdin.resume()"], {stdio: ["inherit", "inherit", "ignore"]})';
  const parent = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "pipe", "ignore"] });
  await once(parent.stdout, "data");
  const both = await residentBytesOfTree(parent.pid!);
  parent.stdin.end();
  await once(parent, "exit");
  expect(both).toBeGreaterThan(50e6);
  expect(await residentBytesOfTree(parent.pid!)).toBeNull();
});
