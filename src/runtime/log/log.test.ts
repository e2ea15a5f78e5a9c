import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { LineSplitter, MAX_LINE_BYTES } from "./line-splitter.ts";
import { LogFile } from "./log-file.ts";
import { parseLogLine } from "./parse-line.ts";
import { LOG_BYTES_PER_SECOND, type LogFlood, ProcessLog } from "./process-log.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "qanat-log-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("parseLogLine", () => {
  test.each([
    [
      '{"msg":"hi","level":"INFO","module":"runtime/dispatcher","a":1}',
      "info",
      "runtime/dispatcher",
      "hi",
      { a: 1 },
    ],
    ['{"msg":"hi","level":"DEBG"}', "debug", "runtime", "hi", {}],
    ['{"msg":"hi","level":"WARN","module":"consensus"}', "warn", "runtime/consensus", "hi", {}],
    ['{"msg":"hi","level":"ERRO","module":""}', "error", "runtime", "hi", {}],
    ['{"msg":"hi","level":"LOUD"}', "info", "runtime", "hi", {}],
    ['{"level":"INFO"}', "info", "runtime", "", {}],
    ['{"msg":7}', "warn", "runtime", '{"msg":7}', {}],
    ["thread 'main' panicked", "warn", "runtime", "thread 'main' panicked", {}],
    ["{broken", "warn", "runtime", "{broken", {}],
    ["[1]", "warn", "runtime", "[1]", {}],
  ])("%s", (line, level, module, message, fields) => {
    expect(parseLogLine(line)).toEqual({ level, module, message, fields });
  });
});

describe("LineSplitter", () => {
  test("gives the same lines however the stream is cut", () => {
    const lines = fc.array(fc.stringMatching(/^[a-zé ]{0,30}$/), { maxLength: 20 });
    fc.assert(
      fc.property(lines, fc.infiniteStream(fc.integer({ min: 1, max: 50 })), (written, cuts) => {
        const stream = Buffer.from(written.map((line) => `${line}\n`).join(""));
        const read: string[] = [];
        const splitter = new LineSplitter((line) => read.push(line));
        for (let at = 0; at < stream.length; ) {
          const length = cuts.next().value!;
          splitter.push(stream.subarray(at, at + length));
          at += length;
        }
        splitter.end();
        expect(read).toEqual(written.map((line) => line.trim()).filter((line) => line !== ""));
      }),
    );
  });

  test("drops lines that are too long, whole or in pieces, and nothing else", () => {
    const read: string[] = [];
    const splitter = new LineSplitter((line) => read.push(line));
    const long = Buffer.alloc(MAX_LINE_BYTES + 1, "x");
    splitter.push(Buffer.concat([Buffer.from("a\n"), long, Buffer.from("\nb\n")]));
    for (let i = 0; i < 5; i++) splitter.push(long);
    splitter.push(Buffer.from("\nc\n"));
    splitter.end();
    expect(read).toEqual(["a", "b", "c"]);
    expect(splitter.droppedLines).toBe(2);
  });
});

describe("LogFile", () => {
  test("starts empty, and anew when it would become too large", () => {
    const path = join(directory, "deep", "er", "log");
    new LogFile(path).append("old");
    const file = new LogFile(path, 1024);
    expect(readFileSync(path, "utf8")).toBe("");
    for (let i = 0; i < 50; i++) {
      file.append(`line ${i} ${"x".repeat(40)}`);
      expect(statSync(path).size).toBeLessThanOrEqual(1024);
    }
    expect(readFileSync(path, "utf8")).toMatch(/line 49 x+\n$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    file.close();
  });

  test("counts what it cannot write instead of failing", () => {
    const blocked = join(directory, "a-file");
    writeFileSync(blocked, "");
    const file = new LogFile(join(blocked, "log"));
    file.append("x");
    expect(file.lostLines).toBe(1);
    const closed = new LogFile(join(directory, "closed"));
    closed.close();
    closed.append("x");
    expect(closed.lostLines).toBe(1);
  });
});

describe("ProcessLog", () => {
  function start() {
    const clock = new FakeClock();
    const floods: (LogFlood | null)[] = [];
    const path = join(directory, "process", `log${Math.random()}`);
    const file = new LogFile(path, 8 * LOG_BYTES_PER_SECOND);
    const deps = { file, logger: silentLogging.logger("runtime"), clock };
    const log = new ProcessLog({ component: "ronl" }, (flood) => floods.push(flood), deps);
    const stream = new PassThrough();
    const detach = log.attach([stream]);
    const lines = () =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).msg);
    return { clock, floods, log, stream, detach, lines };
  }

  test("writes lines with their fields into the file and keeps the last ones", () => {
    const { log, stream, detach, lines } = start();
    for (let i = 0; i < 30; i++) stream.write(`{"msg":"line ${i}","level":"INFO"}\n`);
    stream.write("unfinished");
    detach();
    expect(lines()).toEqual([...Array.from({ length: 30 }, (_, i) => `line ${i}`), "unfinished"]);
    expect(log.tail()).toHaveLength(20);
    expect(log.tail().at(-1)).toBe("unfinished");
  });

  test("drops what is beyond the rate, says so once, and goes on in the next second", async () => {
    const { clock, floods, log, stream, detach, lines } = start();
    clock.advance(10_000);
    const line = `${"z".repeat(999)}\n`;
    for (let i = 0; i < 1500; i++) stream.write(line);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.flood?.droppedBytes).toBeGreaterThan(100_000);
    expect(floods).toHaveLength(1);
    expect(lines().filter((text) => text === "log flood, lines are dropped")).toHaveLength(1);
    clock.advance(1000);
    stream.write("still too much in the window before\n");
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.flood).not.toBeNull();
    clock.advance(1000);
    stream.write("calm again\n");
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.flood).toBeNull();
    expect(lines().at(-1)).toBe("calm again");
    detach();
    expect(clock.pending).toBe(0);
  });
});
