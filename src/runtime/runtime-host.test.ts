import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { buildExecutable } from "../../paratime/build/build-executable.ts";
import { hostileParaTime } from "../../paratime/build/targets.ts";
import { FakeClock } from "../../test/fake-clock.ts";
import { toHex } from "../codec/bytes.ts";
import { silentLogging } from "../telemetry/logger.ts";
import { createRuntimeHost } from "./create-runtime-host.ts";
import { hostWaiting, hostWarning } from "./describe-status.ts";
import type { HostEvent, HostHandler, RuntimeHost, RuntimeHostOptions } from "./host.ts";
import { READY_WAIT_MS } from "./protocol/connection.ts";
import { CONNECT_TIMEOUT_MS, INTRODUCTION_TIMEOUT_MS } from "./session.ts";
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from "./watch-process.ts";

const runtimeId = new Uint8Array(32).fill(0x80, 0, 1);
let dataDir: string;
const hosts: RuntimeHost[] = [];

beforeAll(async () => {
  await buildExecutable(hostileParaTime);
  dataDir = mkdtempSync(join(tmpdir(), "qanat-host-"));
  // A temporary directory of its own shows what is left in it.
  vi.stubEnv("TMPDIR", mkdtempSync(join(dataDir, "t")));
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});
afterAll(() => {
  const left = readdirSync(tmpdir());
  vi.unstubAllEnvs();
  rmSync(dataDir, { recursive: true });
  expect(left).toEqual([]);
});

interface Case {
  misbehaviour: string;
  options?: Partial<RuntimeHostOptions>;
  handler?: HostHandler;
  clock?: FakeClock;
}

function hostOf({ misbehaviour, options, handler = {}, clock = new FakeClock() }: Case) {
  const host = createRuntimeHost(
    {
      runtimeId,
      binary: hostileParaTime.output,
      expectedVersion: () => ({ major: 0, minor: 0, patch: 0 }),
      processHost: "sandbox",
      dataDir,
      chainContext: "46".repeat(32),
      environment: { MISBEHAVE: misbehaviour },
      ...options,
    },
    { handler, logger: silentLogging.logger("runtime"), clock, random: () => 0.5 },
  );
  hosts.push(host);
  const events: HostEvent[] = [];
  host.subscribe((event) => events.push(event));
  const next = (kind: HostEvent["kind"]) =>
    new Promise<HostEvent>((resolve) => {
      const dispose = host.subscribe((event) => {
        if (event.kind !== kind) return;
        dispose();
        resolve(event);
      });
    });
  return { host, clock, events, next };
}

describe("a ParaTime that", () => {
  test.each<[string, string, Partial<Record<string, unknown>>]>([
    ["exitsAtOnce", "exited", { exit: { code: 101, signal: null }, lastLine: "cannot go on" }],
    ["closesConnection", "exited", {}],
    ["refusesIntroduction", "introductionRefused", { reason: "wrong network (test/7)" }],
    ["repliesWithAnotherBody", "introductionRefused", {}],
    ["wrongVersion", "versionMismatch", { reported: { major: 9, minor: 9, patch: 9 } }],
    ["wrongProtocol", "protocolMismatch", { reported: { major: 4, minor: 0, patch: 0 } }],
    ["oversizedFrame", "protocolViolation", {}],
    ["malformedMessage", "protocolViolation", {}],
    ["bytesBehindMessage", "protocolViolation", {}],
  ])(
    "%s fails to start, says why, and is started again with growing waits",
    async (misbehaviour, kind, details) => {
      const { host, clock, next } = hostOf({ misbehaviour });
      const waits: number[] = [];
      host.start();
      for (let failure = 1; failure <= 3; failure++) {
        const event = await next("failedToStart");
        expect(event).toMatchObject({ cause: { kind, ...details } });
        const status = host.status();
        if (status.state !== "waiting") throw new Error(`status is ${status.state}`);
        waits.push(status.retryAtMs - clock.now());
        expect(hostWaiting(status)).toMatchObject({
          cause: expect.any(String),
          remedy: expect.stringMatching(/\.$/),
        });
        clock.advance(waits.at(-1)!);
      }
      expect(waits).toEqual([500, 750, 1125]);
    },
  );

  test("neverConnects is given up after 5 s", async () => {
    const { host, clock, next } = hostOf({ misbehaviour: "neverConnects" });
    host.start();
    await clock.scheduled(CONNECT_TIMEOUT_MS);
    const failed = next("failedToStart");
    clock.advance(CONNECT_TIMEOUT_MS);
    expect(await failed).toMatchObject({ cause: { kind: "connectTimeout" } });
  });

  test("neverIntroducesItself is given up after 1 s", async () => {
    const { host, clock, next } = hostOf({ misbehaviour: "neverIntroducesItself" });
    host.start();
    await clock.scheduled(INTRODUCTION_TIMEOUT_MS);
    const failed = next("failedToStart");
    clock.advance(INTRODUCTION_TIMEOUT_MS);
    expect(await failed).toMatchObject({ cause: { kind: "introductionTimeout" } });
  });

  test.each([
    ["exitsAfterIntroduction", { kind: "exited", lastLine: "thread 'main' panicked at the disco" }],
    ["garbageAfterIntroduction", { kind: "protocolViolation" }],
  ])("%s stops, and starts again", async (misbehaviour, cause) => {
    const { host, clock, next } = hostOf({ misbehaviour });
    host.start();
    await next("started");
    const stopped = await next("stopped");
    expect(stopped).toMatchObject({ cause });
    expect(host.status()).toMatchObject({ state: "waiting", attempt: 1, cause });
    expect(host.info()).toBeNull();
    const again = next("started");
    const failedAt = clock.now();
    clock.advance(500);
    await clock.scheduled(CONNECT_TIMEOUT_MS);
    // While it starts again, the status still says why and since when.
    expect(host.status()).toMatchObject({ state: "starting", trouble: { failures: 1, sinceMs: failedAt } });
    expect(hostWaiting(host.status())).toMatchObject({ sinceMs: failedAt, cause: expect.any(String) });
    await again;
    expect(host.status()).toMatchObject({ state: "ready", trouble: { cause, sinceMs: failedAt } });
  });

  test("hangs is noticed by the unanswered ping and killed", async () => {
    const { host, clock, next } = hostOf({ misbehaviour: "hangs" });
    host.start();
    await next("started");
    clock.advance(PING_INTERVAL_MS);
    const stopped = next("stopped");
    clock.advance(PING_TIMEOUT_MS);
    expect(await stopped).toMatchObject({ cause: { kind: "pingTimeout" } });
    expect(hostWaiting(host.status())?.cause).toBe("the process did not answer a ping within 5 s");
  });

  test("answers pings runs on, and a long smooth run makes the next failure count as the first", async () => {
    const { host, clock, next } = hostOf({ misbehaviour: "introducesItself" });
    host.start();
    await next("started");
    for (let i = 0; i < 70; i++) {
      await clock.scheduled(PING_INTERVAL_MS);
      clock.advance(PING_INTERVAL_MS);
    }
    expect(host.status()).toMatchObject({ state: "ready" });
    const status = host.status();
    const stopped = next("stopped");
    if (status.state === "ready") process.kill(status.pid, "SIGKILL");
    expect(await stopped).toMatchObject({
      cause: { kind: "exited", exit: { code: null, signal: "SIGKILL" } },
    });
    expect(host.status()).toMatchObject({ state: "waiting", attempt: 1 });
  });

  test("floodsLog keeps answering, its log stays small, and the status says so", async () => {
    const { host, clock, next } = hostOf({ misbehaviour: "floodsLog", options: { component: "rofl.flood" } });
    host.start();
    await next("started");
    await untilTrue(() => hostWarning(host.status()) !== null);
    expect(hostWarning(host.status())).toMatchObject({
      text: expect.stringMatching(/floods its log: \d+ bytes were dropped/),
      sinceMs: clock.now(),
    });
    await host.call("RuntimePingRequest", {});
    const log = join(dataDir, "runtimes", "logs", toHex(runtimeId), "rofl.flood", "log");
    expect(statSync(log).size).toBeLessThan(1.1 * 1024 * 1024);
    expect(host.logTail().length).toBeLessThanOrEqual(20);
    expect(clock.now()).toBe(Date.UTC(2026, 0, 1));
  });

  test("writes an endless line loses that line and no other", async () => {
    const { host, next } = hostOf({ misbehaviour: "longLine" });
    host.start();
    await next("started");
    await untilTrue(() => host.logTail().length > 0);
    expect(host.logTail()).toEqual(['{"level":"INFO","msg":"after the long line"}']);
  });

  test("floodsCalls is answered, a bounded number at a time", async () => {
    let running = 0;
    let most = 0;
    let served = 0;
    const handler: HostHandler = {
      HostIdentityRequest: async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        served++;
        return { node_id: new Uint8Array(32) };
      },
    };
    const { host, next } = hostOf({ misbehaviour: "floodsCalls", handler });
    host.start();
    await next("started");
    await untilTrue(() => served === 5000);
    // One read of the socket may hold more calls than are handled at a time.
    expect(most).toBeLessThan(3000);
    await host.call("RuntimePingRequest", {});
  });

  test("sends messages that make no sense is answered with errors", async () => {
    const { host, clock, next } = hostOf({ misbehaviour: "unknownMessages" });
    host.start();
    await next("started");
    await host.call("RuntimePingRequest", {});
    expect(host.status()).toMatchObject({ state: "ready" });
    clock.advance(READY_WAIT_MS);
  });
});

describe("RuntimeHost", () => {
  test("a call waits for the process, and fails with what is waited for when it does not come", async () => {
    const { host, clock } = hostOf({ misbehaviour: "introducesItself" });
    await expect(host.call("RuntimePingRequest", {})).rejects.toMatchObject({
      module: "rhp/internal",
      wireCode: 1,
    });
    host.start();
    await host.call("RuntimePingRequest", {});

    const never = hostOf({ misbehaviour: "neverConnects", clock });
    never.host.start();
    const call = never.host.call("RuntimePingRequest", {}, { timeoutMs: 3000 });
    await clock.scheduled(CONNECT_TIMEOUT_MS);
    clock.advance(3000);
    await expect(call).rejects.toThrow(
      /rhp: not ready: waiting for the ParaTime's process to connect since 3 s/,
    );
  });

  test("a call can be given up, times out, and fails when the process goes", async () => {
    const { host, clock, next } = hostOf({ misbehaviour: "introducesItself" });
    host.start();
    await next("started");
    const height = { height: 1n };
    const given = new AbortController();
    const abandoned = host.call("RuntimeConsensusSyncRequest", height, { signal: given.signal });
    given.abort(new Error("enough"));
    await expect(abandoned).rejects.toThrow("enough");
    const late = host.call("RuntimeConsensusSyncRequest", height, { timeoutMs: 77 });
    clock.advance(77);
    await expect(late).rejects.toMatchObject({ code: "runtime/timeout" });
    const cut = host.call("RuntimeConsensusSyncRequest", height);
    cut.catch(() => {});
    await host.stop();
    await expect(cut).rejects.toMatchObject({ code: "runtime/closed" });
    expect(clock.pending).toBe(0);
  });

  test("abort asks, then kills and starts again", async () => {
    const { host, clock, next } = hostOf({ misbehaviour: "introducesItself" });
    host.start();
    await next("started");
    const stopped = next("stopped");
    const aborted = host.abort({ reason: "the check took too long" });
    await clock.scheduled(1000);
    clock.advance(1000);
    await aborted;
    expect(await stopped).toMatchObject({ cause: { kind: "aborted", reason: "the check took too long" } });
    const again = next("started");
    clock.advance(500);
    await again;
  });

  test("stop ends the process and leaves nothing, start begins again", async () => {
    const { host, clock, events, next } = hostOf({ misbehaviour: "introducesItself" });
    host.start();
    await next("started");
    const status = host.status();
    const pid = status.state === "ready" ? status.pid : 0;
    await host.stop();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(host.status()).toMatchObject({ state: "stopped" });
    expect(events.at(-1)).toEqual({ kind: "stopped", cause: null });
    expect(clock.pending).toBe(0);
    host.start();
    await next("started");
  });

  test("stop works at any moment of the start", async () => {
    const { host, clock, events } = hostOf({ misbehaviour: "neverConnects" });
    for (let i = 0; i < 3; i++) {
      host.start();
      if (i === 1) await clock.scheduled(CONNECT_TIMEOUT_MS);
      await host.stop();
      expect(host.status()).toMatchObject({ state: "stopped" });
    }
    expect(events).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test.each<[string, Partial<RuntimeHostOptions>, string, RegExp]>([
    ["a binary that is not there", { binary: "/nonexistent/paratime" }, "binaryMissing", /does not exist/],
    ["a binary that is a script", { binary: import.meta.filename }, "binaryUnusable", /no ELF signature/],
    [
      "a sandbox that is not there",
      { sandboxBinary: "/nonexistent/bwrap" },
      "sandboxUnavailable",
      /Bubblewrap/,
    ],
    ["a sandbox that is something else", { sandboxBinary: "/bin/false" }, "exited", /ended with code 1/],
  ])("says that it has %s", async (_what, options, kind, text) => {
    const { host, next } = hostOf({ misbehaviour: "introducesItself", options });
    host.start();
    expect(await next("failedToStart")).toMatchObject({ cause: { kind } });
    expect(hostWaiting(host.status())?.cause).toMatch(text);
  });

  test("the process ends with its host, however that ends", async () => {
    const program = join(import.meta.dirname, "../../test/runtime/host-to-be-killed.ts");
    const node = spawn(process.execPath, [program, hostileParaTime.output, dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(node.stdout, "data");
    const sandbox = Number(String(line));
    expect(sandbox).toBeGreaterThan(1);
    node.kill("SIGKILL");
    await once(node, "exit");
    await untilTrue(() => isGone(sandbox));
  });

  test("unconfined runs the same executable as an ordinary process", async () => {
    const { host, next } = hostOf({
      misbehaviour: "introducesItself",
      options: { processHost: "unconfined" },
    });
    host.start();
    await next("started");
    await host.call("RuntimePingRequest", {});
  });

  test("refuses a local configuration that no ParaTime could read", () => {
    expect(() => hostOf({ misbehaviour: "", options: { localConfig: { limits: [{ rate: 0.5 }] } } })).toThrow(
      /config\.limits\[0\]\.rate: fractions/,
    );
  });

  test("the ParaTime's own log has what it said, as JSON lines", async () => {
    const { host, next } = hostOf({
      misbehaviour: "exitsAfterIntroduction",
      options: { component: "rofl.logtest" },
    });
    host.start();
    await next("stopped");
    const log = readFileSync(
      join(dataDir, "runtimes", "logs", toHex(runtimeId), "rofl.logtest", "log"),
      "utf8",
    );
    expect(JSON.parse(log.trim())).toMatchObject({
      level: "warn",
      module: "runtime",
      msg: "thread 'main' panicked at the disco",
      component: "rofl.logtest",
    });
  });
});

/** Whether a process has ended; who has to reap it may be slow. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}

/** Lets real input and output happen until something is so; the test's time limit ends it otherwise. */
async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
