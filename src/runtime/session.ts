import type { Socket } from "node:net";
import { CodedError, QanatError } from "../codec/errors.ts";
import type { Disposer } from "../telemetry/emitter.ts";
import { BACKEND_COMETBFT } from "../types/consensus.ts";
import type { RuntimeInfoResponse } from "../types/host-protocol-runtime-calls.ts";
import { CONSENSUS_PROTOCOL, compareVersions, RUNTIME_HOST_PROTOCOL } from "../types/versions.ts";
import type { HostClock } from "./clock.ts";
import { type HostFailure, HostFailureError } from "./failure.ts";
import type { RuntimeHostDeps, RuntimeHostOptions, StartStep } from "./host.ts";
import { type HostSocket, openHostSocket } from "./host-socket.ts";
import { encodeLocalConfig } from "./local-config.ts";
import type { ProcessLog } from "./log/process-log.ts";
import type { ParaTimeProcess, ProcessHost } from "./process-host.ts";
import { ParaTimeConnection } from "./protocol/connection.ts";
import { hangUpFailure, pingRegularly } from "./watch-process.ts";

/** How long a process has to connect. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** How long a connected process has to introduce itself. */
export const INTRODUCTION_TIMEOUT_MS = 1_000;
/** Environment variable that tells a ParaTime where the host's socket is. */
export const SOCKET_VARIABLE = "OASIS_WORKER_HOST";

/** A process that has introduced itself, until it is gone. */
export interface Session {
  readonly pid: number;
  readonly connection: ParaTimeConnection;
  readonly info: RuntimeInfoResponse;
  /** Resolves with the reason when the process is gone and everything of it is removed. */
  readonly ended: Promise<HostFailure>;
  /** Kills the process; `ended` resolves with this reason unless it is ending for another already. */
  end(reason: HostFailure): void;
}

export interface SessionDeps extends Required<Pick<RuntimeHostDeps, "handler" | "clock" | "logger">> {
  processHost: ProcessHost;
  log: ProcessLog;
}

/**
 * Starts one process of a ParaTime: spawn, connect, introduce, compare versions (facts/runtime.md 1.4).
 *
 * @param onStep told how far it is
 * @param signal gives up; what was started is ended
 * @throws HostFailureError; nothing is left behind then
 */
export async function startSession(
  options: RuntimeHostOptions,
  deps: SessionDeps,
  onStep: (step: StartStep) => void,
  signal: AbortSignal,
): Promise<Session> {
  onStep("spawning");
  const door = await openHostSocket();
  let running: RunningProcess | null = null;
  try {
    running = await launch(options, deps, door.path);
    onStep("connecting");
    const socket = await connected(door, running, deps, signal);
    const connection = new ParaTimeConnection(
      { socket, runtimeId: options.runtimeId, component: options.component ?? "ronl" },
      deps,
    );
    running.onGone.push(() => connection.close());
    onStep("introducing");
    const info = await introduce(connection, options, running, deps, signal);
    connection.introduced();
    return supervise(running, connection, info, deps);
  } catch (error) {
    await running?.remove();
    throw error;
  } finally {
    // The socket file is not needed any more: the process has connected, or never will.
    door.close();
  }
}

interface RunningProcess {
  readonly process: ParaTimeProcess;
  /** Rejects when the process ends, with what that means. */
  readonly gone: Promise<never>;
  /** Run when the process is being removed. */
  readonly onGone: (() => void)[];
  /** Kills the process if it still runs, and waits until it is gone. */
  remove(): Promise<void>;
}

async function launch(
  options: RuntimeHostOptions,
  { processHost, log }: SessionDeps,
  socketPath: string,
): Promise<RunningProcess> {
  const process = await processHost.launch({
    executable: options.binary,
    environment: { ...options.environment, [SOCKET_VARIABLE]: processHost.socketPathFor(socketPath) },
    socketPath,
    allowNetwork: options.allowNetwork ?? false,
  });
  const detachLog = log.attach(process.output);
  const onGone: (() => void)[] = [];
  const finished = process.exited.then((exit) => {
    detachLog();
    for (const callback of onGone.splice(0)) callback();
    return exit;
  });
  const gone = finished.then((exit): never => {
    const lastLine = log.tail().at(-1) ?? null;
    const explained = lastLine === null ? null : processHost.explainExit(lastLine);
    throw new HostFailureError(explained ?? { kind: "exited", exit, lastLine });
  });
  // Whoever is interested at that time races against it.
  gone.catch(() => {});
  return {
    process,
    gone,
    onGone,
    async remove() {
      process.kill();
      await finished;
    },
  };
}

async function connected(
  door: HostSocket,
  running: RunningProcess,
  { clock }: SessionDeps,
  signal: AbortSignal,
): Promise<Socket> {
  const timeout = Promise.withResolvers<never>();
  const cancel = clock.schedule(
    () => timeout.reject(new HostFailureError({ kind: "connectTimeout", timeoutMs: CONNECT_TIMEOUT_MS })),
    CONNECT_TIMEOUT_MS,
  );
  const given = aborted(signal);
  try {
    return await Promise.race([door.visitor, running.gone, timeout.promise, given.promise]);
  } finally {
    cancel();
    given.dispose();
  }
}

async function introduce(
  connection: ParaTimeConnection,
  options: RuntimeHostOptions,
  running: RunningProcess,
  { clock }: SessionDeps,
  signal: AbortSignal,
): Promise<RuntimeInfoResponse> {
  const request = connection.call(
    "RuntimeInfoRequest",
    {
      runtime_id: options.runtimeId,
      consensus_backend: BACKEND_COMETBFT,
      consensus_protocol_version: CONSENSUS_PROTOCOL,
      consensus_chain_context: options.chainContext,
      local_config: options.localConfig === undefined ? null : encodeLocalConfig(options.localConfig),
    },
    { signal, timeoutMs: INTRODUCTION_TIMEOUT_MS },
  );
  let info: RuntimeInfoResponse;
  try {
    info = await Promise.race([request, running.gone]);
  } catch (error) {
    throw await introductionFailure(error, connection, running, clock);
  }
  const { protocol_version: protocol, runtime_version: version } = info;
  if (protocol.major !== RUNTIME_HOST_PROTOCOL.major)
    throw new HostFailureError({
      kind: "protocolMismatch",
      expected: RUNTIME_HOST_PROTOCOL,
      reported: protocol,
    });
  const expected = options.expectedVersion();
  if (expected !== null && compareVersions(version, expected) !== 0)
    throw new HostFailureError({ kind: "versionMismatch", expected, reported: version });
  return info;
}

async function introductionFailure(
  error: unknown,
  connection: ParaTimeConnection,
  running: RunningProcess,
  clock: HostClock,
): Promise<unknown> {
  if (error instanceof CodedError)
    return new HostFailureError({ kind: "introductionRefused", reason: `${error.message} (${error.code})` });
  if (!(error instanceof QanatError)) return error;
  if (error.code === "runtime/timeout")
    return new HostFailureError({ kind: "introductionTimeout", timeoutMs: INTRODUCTION_TIMEOUT_MS });
  if (error.code === "runtime/bad-reply")
    return new HostFailureError({ kind: "introductionRefused", reason: error.message });
  if (error.code !== "runtime/closed") return error;
  return new HostFailureError(await hangUpFailure(await connection.ended, running.gone, clock));
}

/** Watches over a process that has introduced itself. */
function supervise(
  running: RunningProcess,
  connection: ParaTimeConnection,
  info: RuntimeInfoResponse,
  { clock }: SessionDeps,
): Session {
  let reason: HostFailure | null = null;
  const end = (failure: HostFailure) => {
    reason ??= failure;
    running.process.kill();
  };
  const stopPings = pingRegularly(connection, clock, end);
  void connection.ended.then(async (connectionEnd) => {
    if (connectionEnd.kind !== "closedByHost") end(await hangUpFailure(connectionEnd, running.gone, clock));
  });
  const ended = running.gone.catch((error: unknown) => {
    stopPings();
    return reason ?? (error as HostFailureError).failure;
  });
  return { pid: running.process.pid, connection, info, ended, end };
}

/** A promise that rejects when the signal ends. */
function aborted(signal: AbortSignal): { promise: Promise<never>; dispose: Disposer } {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return { promise, dispose: () => signal.removeEventListener("abort", onAbort) };
}
