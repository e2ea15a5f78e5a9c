import { join } from "node:path";
import { equal, toHex } from "../codec/bytes.ts";
import { type CodedError, QanatError } from "../codec/errors.ts";
import { encode } from "../codec/schema.ts";
import { type Disposer, Emitter } from "../telemetry/emitter.ts";
import { describeWaiting } from "../telemetry/waiting.ts";
import { hostErrors } from "../types/errors.ts";
import {
  type RuntimeCallName,
  type RuntimeCalls,
  type RuntimeInfoResponse,
  RuntimeInfoResponse as RuntimeInfoResponseCodec,
} from "../types/host-protocol-runtime-calls.ts";
import { restartWait } from "./back-off.ts";
import { delay, type HostClock, systemClock } from "./clock.ts";
import { hostWaiting } from "./describe-status.ts";
import { describeFailure, type HostFailure, HostFailureError } from "./failure.ts";
import type {
  CallOptions,
  HostEvent,
  HostStatus,
  HostTrouble,
  RuntimeHost,
  RuntimeHostDeps,
  RuntimeHostOptions,
} from "./host.ts";
import { encodeLocalConfig } from "./local-config.ts";
import { LogFile } from "./log/log-file.ts";
import { ProcessLog } from "./log/process-log.ts";
import type { ProcessHost } from "./process-host.ts";
import { sandboxHost } from "./sandbox/sandbox-host.ts";
import { type Session, startSession } from "./session.ts";
import { unconfinedHost } from "./unconfined-host.ts";

/** Longest wait for an answer unless the caller says otherwise. */
export const DEFAULT_CALL_TIMEOUT_MS = 60_000;
/** How long a ParaTime has to answer the request to abort before it is killed. */
export const ABORT_TIMEOUT_MS = 1_000;
/** After so long without trouble, the next failure counts as the first. */
export const SMOOTH_RUN_MS = 15 * 60 * 1000;

const DEFAULT_BUBBLEWRAP = "/usr/bin/bwrap";

/**
 * Makes the host of one component of a ParaTime. Nothing runs until `start`.
 *
 * @throws QanatError `runtime/bad-config` when the local configuration cannot be sent to a ParaTime
 */
export function createRuntimeHost(options: RuntimeHostOptions, deps: RuntimeHostDeps): RuntimeHost {
  return new SupervisedHost(options, deps);
}

/** The running supervision of one `start`, until its `stop`. */
interface Supervision {
  readonly stopping: AbortController;
  readonly finished: Promise<void>;
}

interface RunOutcome {
  readonly cause: HostFailure;
  /** Whether it came as far as being ready. */
  readonly started: boolean;
  readonly ranSmoothly: boolean;
}

class SupervisedHost implements RuntimeHost {
  readonly runtimeId: RuntimeHostOptions["runtimeId"];
  readonly component: string;
  readonly #options: RuntimeHostOptions;
  readonly #deps: RuntimeHostDeps;
  readonly #clock: HostClock;
  readonly #random: () => number;
  readonly #processHost: ProcessHost;
  readonly #events = new Emitter<HostEvent>();
  readonly #sessions = new Emitter<Session>();
  #status: HostStatus;
  #session: Session | null = null;
  #lastInfo: RuntimeInfoResponse | null = null;
  #supervision: Supervision | null = null;
  #log: ProcessLog | null = null;
  #aborting: Promise<void> | null = null;

  constructor(options: RuntimeHostOptions, deps: RuntimeHostDeps) {
    this.runtimeId = options.runtimeId;
    this.component = options.component ?? "ronl";
    if (options.localConfig !== undefined) encodeLocalConfig(options.localConfig);
    this.#options = options;
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    this.#random = deps.random ?? Math.random;
    this.#processHost =
      options.processHost === "sandbox"
        ? sandboxHost({ bubblewrap: options.sandboxBinary ?? DEFAULT_BUBBLEWRAP })
        : unconfinedHost();
    this.#status = { state: "stopped", sinceMs: this.#clock.now() };
  }

  status(): HostStatus {
    return this.#status;
  }

  info(): RuntimeInfoResponse | null {
    return this.#session?.info ?? null;
  }

  logTail(): readonly string[] {
    return this.#log?.tail() ?? [];
  }

  subscribe(listener: (event: HostEvent) => void): Disposer {
    return this.#events.subscribe(listener);
  }

  start(): void {
    if (this.#supervision !== null) return;
    const stopping = new AbortController();
    this.#supervision = { stopping, finished: this.#supervise(stopping.signal) };
  }

  async stop(): Promise<void> {
    const supervision = this.#supervision;
    if (supervision === null) return;
    supervision.stopping.abort(new QanatError("runtime/stopped", "the ParaTime's host is being stopped"));
    await supervision.finished;
    if (this.#supervision === supervision) this.#supervision = null;
  }

  abort({ force = false, reason = "it was asked to" } = {}): Promise<void> {
    this.#aborting ??= this.#abort(force, reason).finally(() => {
      this.#aborting = null;
    });
    return this.#aborting;
  }

  async call<N extends RuntimeCallName>(
    name: N,
    body: RuntimeCalls[N]["request"],
    { signal, timeoutMs = DEFAULT_CALL_TIMEOUT_MS }: CallOptions = {},
  ): Promise<RuntimeCalls[N]["reply"]> {
    const deadline = this.#clock.now() + timeoutMs;
    const session = this.#session ?? (await this.#nextSession(signal, timeoutMs));
    const left = Math.max(1, deadline - this.#clock.now());
    return session.connection.call(name, body, { signal, timeoutMs: left });
  }

  /** Waits for a process that answers. @throws `rhp: not ready`, with what is waited for */
  async #nextSession(signal: AbortSignal | undefined, timeoutMs: number): Promise<Session> {
    if (this.#supervision === null) throw this.#notReady();
    const timeout = new AbortController();
    const cancel = this.#clock.schedule(() => timeout.abort(), timeoutMs);
    const signals = [timeout.signal, this.#supervision.stopping.signal, ...(signal ? [signal] : [])];
    try {
      return await this.#sessions.next(() => true, AbortSignal.any(signals));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (timeout.signal.aborted) throw this.#notReady();
      throw error;
    } finally {
      cancel();
    }
  }

  #notReady(): CodedError {
    const waiting = hostWaiting(this.#status);
    const error = hostErrors.notReady();
    return waiting === null ? error : error.with(describeWaiting(waiting, this.#clock.now()));
  }

  async #abort(force: boolean, reason: string): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    const agreed = await session.connection
      .call("RuntimeAbortRequest", {}, { timeoutMs: ABORT_TIMEOUT_MS })
      .then(
        () => true,
        () => false,
      );
    if (agreed && !force) return;
    session.end({ kind: "aborted", reason });
    await session.ended;
  }

  /** Starts the process again and again until the signal ends, with waits that grow while it keeps failing. */
  async #supervise(signal: AbortSignal): Promise<void> {
    const file = new LogFile(this.#logPath(), this.#options.maxLogSize);
    this.#log = new ProcessLog(
      {
        runtime_id: toHex(this.runtimeId),
        component: this.component,
        provisioner: this.#options.processHost,
      },
      (logFlood) => {
        if (this.#status.state === "ready") this.#status = { ...this.#status, logFlood };
      },
      { file, logger: this.#deps.logger, clock: this.#clock },
    );
    let trouble: HostTrouble | null = null;
    while (!signal.aborted) {
      const { cause, started, ranSmoothly } = await this.#runOnce(trouble, this.#log, signal);
      trouble = afterFailure(ranSmoothly ? null : trouble, cause, this.#clock.now());
      const { failures } = trouble;
      const waitMs = restartWait(failures, this.#random());
      const sinceMs = this.#clock.now();
      this.#status = signal.aborted
        ? { state: "stopped", sinceMs }
        : {
            state: "waiting",
            sinceMs,
            cause,
            attempt: failures,
            retryAtMs: sinceMs + waitMs,
            failingSinceMs: trouble.sinceMs,
          };
      if (started) this.#events.emit({ kind: "stopped", cause: signal.aborted ? null : cause });
      else if (!signal.aborted) this.#events.emit({ kind: "failedToStart", cause });
      if (signal.aborted) break;
      this.#deps.logger.warn(
        { failures, waitMs, cause: describeFailure(cause).text },
        "ParaTime will be started again",
      );
      await delay(this.#clock, waitMs, signal);
    }
    file.close();
    this.#status = { state: "stopped", sinceMs: this.#clock.now() };
  }

  /** One process from start to end. */
  async #runOnce(trouble: HostTrouble | null, log: ProcessLog, signal: AbortSignal): Promise<RunOutcome> {
    let session: Session;
    try {
      session = await this.#startSession(trouble, log, signal);
    } catch (error) {
      return { cause: failureOf(error), started: false, ranSmoothly: false };
    }
    const sinceMs = this.#clock.now();
    const stop = () => session.end({ kind: "aborted", reason: "the host is being stopped" });
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    this.#ready(session, trouble, log, sinceMs);
    const cause = await session.ended;
    signal.removeEventListener("abort", stop);
    this.#session = null;
    return { cause, started: true, ranSmoothly: this.#clock.now() - sinceMs >= SMOOTH_RUN_MS };
  }

  #startSession(trouble: HostTrouble | null, log: ProcessLog, signal: AbortSignal): Promise<Session> {
    const sinceMs = this.#clock.now();
    const attempt = (trouble?.failures ?? 0) + 1;
    return startSession(
      this.#options,
      { ...this.#deps, clock: this.#clock, processHost: this.#processHost, log },
      (step) => {
        this.#status = { state: "starting", sinceMs, attempt, step, trouble };
      },
      signal,
    );
  }

  #ready(session: Session, trouble: HostTrouble | null, log: ProcessLog, sinceMs: number): void {
    const { pid, info } = session;
    this.#session = session;
    this.#status = { state: "ready", sinceMs, pid, info, logFlood: log.flood, trouble };
    this.#deps.logger.info({ pid, version: info.runtime_version }, "ParaTime started");
    const changed = this.#lastInfo !== null && !sameInfo(this.#lastInfo, info);
    this.#lastInfo = info;
    this.#events.emit({ kind: "started", info });
    if (changed) this.#events.emit({ kind: "configUpdated" });
    this.#sessions.emit(session);
  }

  #logPath(): string {
    return join(this.#options.dataDir, "runtimes", "logs", toHex(this.runtimeId), this.component, "log");
  }
}

function afterFailure(before: HostTrouble | null, cause: HostFailure, nowMs: number): HostTrouble {
  return { cause, failures: (before?.failures ?? 0) + 1, sinceMs: before?.sinceMs ?? nowMs };
}

function sameInfo(a: RuntimeInfoResponse, b: RuntimeInfoResponse): boolean {
  return equal(encode(RuntimeInfoResponseCodec, a), encode(RuntimeInfoResponseCodec, b));
}

/** Everything that goes wrong while starting has its own failure; what has not is reported as such. */
function failureOf(error: unknown): HostFailure {
  if (error instanceof HostFailureError) return error.failure;
  return { kind: "introductionRefused", reason: error instanceof Error ? error.message : String(error) };
}
