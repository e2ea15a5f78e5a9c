import type { Readable } from "node:stream";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { HostClock } from "../clock.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { LogFile } from "./log-file.ts";
import { type ParaTimeLogLine, parseLogLine } from "./parse-line.ts";

/** A ParaTime may write so much a second; more is dropped. Far above what a healthy one writes. */
export const LOG_BYTES_PER_SECOND = 1024 * 1024;
/**
 * Beyond this the pipe is left full until the second is over: the process that floods waits, instead of keeping the
 * node busy with dropping.
 */
export const READ_BYTES_PER_SECOND = 16 * 1024 * 1024;
/** So many lines a second also go to the node's own log; all go to the ParaTime's. */
export const FORWARDED_LINES_PER_SECOND = 50;
/** Last lines kept for the status page. */
export const LOG_TAIL_LINES = 20;
/** Longest line on the status page, in characters. */
const TAIL_LINE_LENGTH = 500;
const WINDOW_MS = 1000;

/** A process that writes more than it may. */
export interface LogFlood {
  readonly sinceMs: number;
  readonly droppedBytes: number;
}

export interface ProcessLogDeps {
  file: LogFile;
  logger: Logger;
  clock: HostClock;
}

/** Takes what the processes of one component write: into its own file, and in bounded measure into the node's log. */
export class ProcessLog {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #deps: ProcessLogDeps;
  readonly #tail: string[] = [];
  readonly #onFlood: (flood: LogFlood | null) => void;
  #flood: LogFlood | null = null;
  #windowStart = 0;
  #windowBytes = 0;
  #windowLines = 0;

  /**
   * @param fields added to every line, e.g. `runtime_id` and `component`
   * @param onFlood called when a flood begins, once a second while it lasts, and with `null` when it is over
   */
  constructor(
    fields: Readonly<Record<string, unknown>>,
    onFlood: (flood: LogFlood | null) => void,
    deps: ProcessLogDeps,
  ) {
    this.#fields = fields;
    this.#onFlood = onFlood;
    this.#deps = deps;
  }

  /** The flood that is going on. */
  get flood(): LogFlood | null {
    return this.#flood;
  }

  /** Last lines, oldest first. */
  tail(): readonly string[] {
    return [...this.#tail];
  }

  /** Reads the output of a process until the disposer is called; what is still in the pipes then is read, too. */
  attach(streams: readonly Readable[]): Disposer {
    let paused: Disposer | null = null;
    const resume = () => {
      paused = null;
      for (const stream of streams) stream.resume();
    };
    const detach: Disposer[] = [];
    for (const stream of streams) {
      const splitter = new LineSplitter((line) => this.#line(line));
      const onData = (chunk: Buffer) => {
        if (this.#admit(chunk.length)) splitter.push(chunk);
        else splitter.skip();
        if (this.#windowBytes <= READ_BYTES_PER_SECOND || paused !== null) return;
        for (const each of streams) each.pause();
        paused = this.#deps.clock.schedule(resume, this.#windowLeft());
      };
      stream.on("data", onData);
      // A broken pipe is the process's end, which is noticed elsewhere.
      stream.on("error", () => {});
      detach.push(() => {
        for (let rest = stream.read(); rest !== null; rest = stream.read()) onData(rest);
        stream.off("data", onData);
        splitter.end();
        stream.destroy();
      });
    }
    return () => {
      paused?.();
      for (const dispose of detach.splice(0)) dispose();
      this.#setFlood(null);
    };
  }

  /** Counts bytes; false when they are too many. */
  #admit(bytes: number): boolean {
    this.#turnWindow();
    this.#windowBytes += bytes;
    if (this.#windowBytes <= LOG_BYTES_PER_SECOND) return true;
    if (this.#flood === null) {
      this.#flood = { sinceMs: this.#deps.clock.now(), droppedBytes: bytes };
      this.#append({ level: "warn", module: "runtime", message: "log flood, lines are dropped", fields: {} });
      this.#onFlood(this.#flood);
    } else {
      this.#flood = { ...this.#flood, droppedBytes: this.#flood.droppedBytes + bytes };
    }
    return false;
  }

  #turnWindow(): void {
    const now = this.#deps.clock.now();
    if (now - this.#windowStart < WINDOW_MS) return;
    const calm = this.#windowBytes <= LOG_BYTES_PER_SECOND || now - this.#windowStart >= 2 * WINDOW_MS;
    this.#windowStart = now;
    this.#windowBytes = 0;
    this.#windowLines = 0;
    if (this.#flood !== null) this.#setFlood(calm ? null : this.#flood);
  }

  #windowLeft(): number {
    return Math.max(1, this.#windowStart + WINDOW_MS - this.#deps.clock.now());
  }

  #setFlood(flood: LogFlood | null): void {
    if (this.#flood === null && flood === null) return;
    this.#flood = flood;
    this.#onFlood(flood);
  }

  #line(text: string): void {
    this.#turnWindow();
    this.#tail.push(text.length > TAIL_LINE_LENGTH ? `${text.slice(0, TAIL_LINE_LENGTH)}…` : text);
    if (this.#tail.length > LOG_TAIL_LINES) this.#tail.shift();
    const line = parseLogLine(text);
    this.#append(line);
    if (++this.#windowLines > FORWARDED_LINES_PER_SECOND) return;
    this.#deps.logger[line.level](
      { ...this.#fields, source: line.module, paratime: line.fields },
      line.message,
    );
  }

  #append(line: ParaTimeLogLine): void {
    const entry = {
      ts: new Date(this.#deps.clock.now()).toISOString(),
      ...line.fields,
      level: line.level,
      module: line.module,
      msg: line.message,
      ...this.#fields,
    };
    this.#deps.file.append(JSON.stringify(entry));
  }
}
