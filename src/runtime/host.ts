import type { Namespace } from "../codec/common-types.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Version } from "../types/common.ts";
import type { HostCallName, HostCalls } from "../types/host-protocol-host-calls.ts";
import type {
  RuntimeCallName,
  RuntimeCalls,
  RuntimeInfoResponse,
} from "../types/host-protocol-runtime-calls.ts";
import type { HostClock } from "./clock.ts";
import type { HostFailure } from "./failure.ts";
import type { LogFlood } from "./log/process-log.ts";

/**
 * One component of a ParaTime, run as one process and restarted when it dies.
 *
 * The object lives as long as the node hosts that version of the component; the process behind it comes and
 * goes. All times are Unix milliseconds of the injected clock.
 */
export interface RuntimeHost {
  readonly runtimeId: Namespace;
  /** Text form of the component: `ronl` or `rofl.<name>`. */
  readonly component: string;

  /** What the host is doing now. A new object at each change; `describeStatus` words it for people. */
  status(): HostStatus;

  /** What the running process said about itself; `null` unless the status is `ready`. */
  info(): RuntimeInfoResponse | null;

  /** Starts the process and keeps it running. Does nothing when already started. */
  start(): void;

  /** Kills the process, waits until it is gone and removes what it left. `start` may be called again. */
  stop(): Promise<void>;

  /**
   * Interrupts what the process is doing: asks it first (1 s), then kills and restarts it.
   * With `force` a process that agrees to abort is restarted as well. Resolves when the old process is gone
   * or has agreed. Does nothing when no process is connected.
   */
  abort(options?: { force?: boolean; reason?: string }): Promise<void>;

  /**
   * Sends one call to the process and waits for its answer.
   *
   * @param name body key of the request, e.g. `RuntimeQueryRequest`
   * @param body fields of the request
   * @returns fields of the reply
   * @throws CodedError with module, code and message when the ParaTime answers with an error
   * @throws CodedError `rhp/internal` 1 when no process becomes ready before the deadline
   * @throws QanatError `runtime/timeout` when no answer arrives in time; `runtime/closed` when the process
   *   goes away with the call pending
   */
  call<N extends RuntimeCallName>(
    name: N,
    body: RuntimeCalls[N]["request"],
    options?: CallOptions,
  ): Promise<RuntimeCalls[N]["reply"]>;

  /** Calls `listener` for each event from now on. */
  subscribe(listener: (event: HostEvent) => void): Disposer;

  /** The last lines that the process wrote, oldest first (at most `LOG_TAIL_LINES`). */
  logTail(): readonly string[];
}

export interface CallOptions {
  /** Gives up waiting. The ParaTime is not told; its late answer is dropped. */
  signal?: AbortSignal;
  /** Longest wait for readiness and answer together, in milliseconds. Default: `DEFAULT_CALL_TIMEOUT_MS`. */
  timeoutMs?: number;
}

/** What a runtime host is doing. `sinceMs` is when that began. */
export type HostStatus =
  /** Not started yet, or stopped on request. */
  | { readonly state: "stopped"; readonly sinceMs: number }
  /** Process is being spawned, connects or introduces itself. */
  | {
      readonly state: "starting";
      readonly sinceMs: number;
      readonly attempt: number;
      readonly step: StartStep;
      /** Why it is being started again; null at the first start and after a smooth run. */
      readonly trouble: HostTrouble | null;
    }
  /** Connected, introduced and of the right version: calls are answered. */
  | {
      readonly state: "ready";
      readonly sinceMs: number;
      readonly pid: number;
      readonly info: RuntimeInfoResponse;
      /** Set while the process writes more to its log than it may. */
      readonly logFlood: LogFlood | null;
      /** What happened to the processes before this one; null at the first start and after a smooth run. */
      readonly trouble: HostTrouble | null;
    }
  /** Could not start or died; the next attempt is scheduled. */
  | {
      readonly state: "waiting";
      readonly sinceMs: number;
      readonly cause: HostFailure;
      /** Attempts since the process last ran smoothly. */
      readonly attempt: number;
      readonly retryAtMs: number;
      /** When the first of these attempts failed. */
      readonly failingSinceMs: number;
    };

/** Failures in a row, without a smooth run in between. */
export interface HostTrouble {
  /** The last of them. */
  readonly cause: HostFailure;
  readonly failures: number;
  /** When the first of them happened. */
  readonly sinceMs: number;
}

export type StartStep = "spawning" | "connecting" | "introducing";

/** Events of one host, in the order they happen. */
export type HostEvent =
  | { readonly kind: "started"; readonly info: RuntimeInfoResponse }
  | { readonly kind: "stopped"; readonly cause: HostFailure | null }
  | { readonly kind: "failedToStart"; readonly cause: HostFailure }
  /** Something that the node's registration depends on changed; re-evaluate it. */
  | { readonly kind: "configUpdated" };

/**
 * The node's side of the calls that a ParaTime makes. A handler that throws a `CodedError` answers with its
 * module, code and message; anything else thrown is answered as module `unknown`, code 1. A call without a
 * handler is answered with `method not supported` (`unknown`, 1), as the official node does.
 *
 * Handlers run concurrently and while the node's own call to the ParaTime is pending. `signal` ends when the
 * connection does. oasis-core v26.1 go/runtime/registry/handler.go
 */
export type HostHandler = {
  readonly [N in HostCallName]?: (
    request: HostCalls[N]["request"],
    context: HostCallContext,
  ) => Promise<HostCalls[N]["reply"]> | HostCalls[N]["reply"];
};

export interface HostCallContext {
  readonly runtimeId: Namespace;
  readonly component: string;
  readonly signal: AbortSignal;
}

/** Which process host runs the component. */
export type ProcessHostKind = "sandbox" | "unconfined";

export interface RuntimeHostOptions {
  runtimeId: Namespace;
  /** `ronl` (default) or `rofl.<name>`. */
  component?: string;
  /** The component's ELF executable. */
  binary: string;
  /**
   * The version that the process must report, asked at each start: the bundle's component version, or for a plain
   * ELF the active deployment of the registry. `null` accepts any and leaves the comparison to the reader of `info()`.
   */
  expectedVersion: () => Version | null;
  processHost: ProcessHostKind;
  /** Path of Bubblewrap. Default `/usr/bin/bwrap`, as in the configuration. */
  sandboxBinary?: string;
  /** The node's data directory; the ParaTime's log goes to `runtimes/logs/<runtime hex>/<component>/log`. */
  dataDir: string;
  /** Longest log file in bytes before it starts anew. Default 1 MiB, at least 1024. */
  maxLogSize?: number;
  /** Consensus chain context, 64 hex digits. */
  chainContext: string;
  /** Node-local configuration handed to the ParaTime: null, booleans, integers, texts, lists, maps; no floats. */
  localConfig?: Readonly<Record<string, unknown>>;
  /** Environment variables set for the process. */
  environment?: Readonly<Record<string, string>>;
  /** ROFL components may be given the network. Default no. */
  allowNetwork?: boolean;
}

export interface RuntimeHostDeps {
  handler: HostHandler;
  logger: Logger;
  /** Default: the system clock. */
  clock?: HostClock;
  /** Numbers in [0, 1) that spread restarts. Default `Math.random`. */
  random?: () => number;
}
