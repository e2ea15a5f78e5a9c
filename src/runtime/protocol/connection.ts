import type { Socket } from "node:net";
import { CodecError, CodedError, QanatError } from "../../codec/errors.ts";
import { encodeFrame, FrameReader } from "../../codec/frame.ts";
import { type Codec, decode } from "../../codec/schema.ts";
import type { Disposer } from "../../telemetry/emitter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { hostErrors, UNKNOWN_MODULE, wirePair } from "../../types/errors.ts";
import { type HostCallName, hostCalls } from "../../types/host-protocol-host-calls.ts";
import {
  decodeHostMessage,
  encodeHostMessage,
  type HostMessage,
  MESSAGE_REQUEST,
  MESSAGE_RESPONSE,
  ProtocolError,
} from "../../types/host-protocol-message.ts";
import {
  type CallDeclaration,
  type RuntimeCallName,
  type RuntimeCalls,
  runtimeCalls,
} from "../../types/host-protocol-runtime-calls.ts";
import type { HostClock } from "../clock.ts";
import type { HostCallContext, HostHandler } from "../host.ts";

/** Longest message that is read, as the official host reads (facts/runtime.md 10.5). */
export const MAX_INCOMING_BYTES = 64 * 1024 * 1024;
/** Longest message that is sent: the official ParaTime library reads no longer ones. */
export const MAX_OUTGOING_BYTES = 32 * 1024 * 1024;
/** Calls of the ParaTime that are handled at a time; the socket is not read while there are so many. */
export const MAX_HANDLED_CALLS = 128;
/** Bytes that wait for the ParaTime to read them; beyond this its own calls are not read. */
export const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
/** How long a call of the ParaTime that comes too early waits for the introduction to be over. */
export const READY_WAIT_MS = 5_000;
/** A ParaTime's name for something, repeated in an error, is cut to so many characters; its error texts to more. */
const MAX_NAME_ECHO = 200;
const MAX_ERROR_ECHO = 16 * 1024;

/** Why a connection is no more. */
export type ConnectionEnd =
  | { readonly kind: "closedByHost" }
  | { readonly kind: "closedByParaTime" }
  | { readonly kind: "violation"; readonly reason: string };

export interface ConnectionOptions {
  socket: Socket;
  runtimeId: HostCallContext["runtimeId"];
  component: string;
}

export interface ConnectionDeps {
  handler: HostHandler;
  clock: HostClock;
  logger: Logger;
}

export interface ConnectionCallOptions {
  signal?: AbortSignal | undefined;
  timeoutMs: number;
}

interface PendingCall {
  readonly name: RuntimeCallName;
  settle(outcome: { reply: unknown } | { error: Error }): void;
}

/**
 * The host's end of the connection to one ParaTime process: frames, message ids, calls in both directions at once.
 *
 * initializing --introduced--> ready --> closed; from initializing directly to closed when the introduction fails.
 * The connection never throws into the socket's events: a ParaTime that breaks the protocol ends the connection, and
 * `ended` says why. facts/runtime.md 1.1.
 */
export class ParaTimeConnection {
  readonly ended: Promise<ConnectionEnd>;
  readonly #socket: Socket;
  readonly #deps: ConnectionDeps;
  readonly #frames = new FrameReader(MAX_INCOMING_BYTES);
  readonly #pending = new Map<bigint, PendingCall>();
  readonly #closing = new AbortController();
  readonly #context: HostCallContext;
  readonly #resolveEnded: (end: ConnectionEnd) => void;
  #state: "initializing" | "ready" | "closed" = "initializing";
  #nextId = 0n;
  #handled = 0;
  #whenReady: (() => void)[] = [];

  constructor({ socket, runtimeId, component }: ConnectionOptions, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#context = { runtimeId, component, signal: this.#closing.signal };
    const { promise, resolve } = Promise.withResolvers<ConnectionEnd>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("drain", () => this.#regulate());
    socket.on("error", () => this.#end({ kind: "closedByParaTime" }));
    socket.on("close", () => this.#end({ kind: "closedByParaTime" }));
  }

  /** The ParaTime has introduced itself: its own calls are handled from now on. */
  introduced(): void {
    if (this.#state !== "initializing") return;
    this.#state = "ready";
    for (const proceed of this.#whenReady.splice(0)) proceed();
  }

  close(): void {
    this.#end({ kind: "closedByHost" });
  }

  /**
   * Sends a call and waits for its answer. Also works before the introduction, which itself is such a call.
   * @throws as `RuntimeHost.call`
   */
  call<N extends RuntimeCallName>(
    name: N,
    body: RuntimeCalls[N]["request"],
    { signal, timeoutMs }: ConnectionCallOptions,
  ): Promise<RuntimeCalls[N]["reply"]> {
    return new Promise((resolve, reject) => {
      if (this.#state === "closed") return reject(closedError(name));
      if (signal?.aborted) return reject(signal.reason);
      if (this.#socket.writableLength > MAX_UNSENT_BYTES)
        return reject(
          new QanatError("runtime/overloaded", "the ParaTime does not read what it is sent", { call: name }),
        );
      const id = this.#nextId++;
      const message = encodeHostMessage(
        id,
        MESSAGE_REQUEST,
        name,
        runtimeCalls[name].request as Codec<unknown>,
        body,
      );
      if (message.length > MAX_OUTGOING_BYTES) return reject(tooLarge(name, message.length));
      const abandon = () => settle({ error: signal!.reason as Error });
      const settle: PendingCall["settle"] = (outcome) => {
        if (!this.#pending.delete(id)) return;
        cancelTimer();
        signal?.removeEventListener("abort", abandon);
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.reply as RuntimeCalls[N]["reply"]);
      };
      const cancelTimer: Disposer = this.#deps.clock.schedule(
        () => settle({ error: timeoutError(name, timeoutMs) }),
        timeoutMs,
      );
      signal?.addEventListener("abort", abandon, { once: true });
      this.#pending.set(id, { name, settle });
      this.#socket.write(encodeFrame(message));
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#state === "closed") return;
    try {
      for (const payload of this.#frames.push(chunk)) this.#dispatch(decodeHostMessage(payload));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#end({ kind: "violation", reason: error.message });
    }
    this.#regulate();
  }

  #dispatch(message: HostMessage): void {
    if (message.type === MESSAGE_RESPONSE) this.#settle(message);
    else if (message.type === MESSAGE_REQUEST) void this.#serve(message);
    else this.#deps.logger.debug({ type: message.type }, "message of unknown type ignored");
  }

  #settle({ id, name, body }: HostMessage): void {
    const call = this.#pending.get(id);
    if (call === undefined) {
      this.#deps.logger.debug({ id: id.toString() }, "answer to no pending call ignored");
      return;
    }
    try {
      call.settle(readReply(runtimeCalls[call.name], name, body));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      call.settle({
        error: new QanatError("runtime/bad-reply", `malformed reply to ${call.name}: ${error.message}`, {
          call: call.name,
        }),
      });
    }
  }

  async #serve({ id, name, body }: HostMessage): Promise<void> {
    this.#handled++;
    try {
      if (!(await this.#waitReady())) throw hostErrors.notReady();
      const call = name !== null && Object.hasOwn(hostCalls, name) ? (name as HostCallName) : null;
      // One of the handlers; which request goes with which is checked where they are declared.
      const handle = call === null ? undefined : (this.#deps.handler[call] as Handle | undefined);
      if (call === null || handle === undefined) throw notSupported();
      const { request, replyName, reply } = hostCalls[call];
      const answer = await handle(decode(request as Codec<unknown>, body, "rpc"), this.#context);
      this.#reply(id, replyName, reply as Codec<unknown>, answer);
    } catch (error) {
      this.#reply(id, "Error", ProtocolError, errorBody(error));
    } finally {
      this.#handled--;
      this.#regulate();
    }
  }

  #reply<T>(id: bigint, name: string, codec: Codec<T>, body: T): void {
    if (this.#state === "closed") return;
    const message = encodeHostMessage(id, MESSAGE_RESPONSE, name, codec, body);
    if (message.length > MAX_OUTGOING_BYTES) throw tooLarge(name, message.length);
    this.#socket.write(encodeFrame(message));
  }

  /** Whether the connection is or becomes ready within {@link READY_WAIT_MS}. */
  #waitReady(): Promise<boolean> | boolean {
    if (this.#state !== "initializing") return this.#state === "ready";
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.schedule(() => resolve(false), READY_WAIT_MS);
      this.#whenReady.push(() => {
        cancel();
        resolve(this.#state === "ready");
      });
    });
  }

  /** Reads on, or lets the ParaTime wait while it has too much on the way. */
  #regulate(): void {
    if (this.#state === "closed") return;
    const busy = this.#handled >= MAX_HANDLED_CALLS || this.#socket.writableLength > MAX_UNSENT_BYTES;
    if (busy && !this.#socket.isPaused()) this.#socket.pause();
    else if (!busy && this.#socket.isPaused()) this.#socket.resume();
  }

  #end(end: ConnectionEnd): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#socket.destroy();
    this.#closing.abort(new QanatError("runtime/closed", "the connection to the ParaTime has ended"));
    for (const proceed of this.#whenReady.splice(0)) proceed();
    for (const call of [...this.#pending.values()]) call.settle({ error: closedError(call.name) });
    this.#resolveEnded(end);
  }
}

type Handle = (request: unknown, context: HostCallContext) => unknown;

function readReply(
  { replyName, reply }: CallDeclaration,
  name: string | null,
  body: Uint8Array,
): { reply: unknown } | { error: Error } {
  if (name === "Error") {
    const { module, code, message } = decode(ProtocolError, body, "rpc");
    return {
      error: new CodedError(
        module === "" ? UNKNOWN_MODULE : module.slice(0, MAX_NAME_ECHO),
        code,
        message.slice(0, MAX_ERROR_ECHO),
      ),
    };
  }
  if (name === null || (replyName !== null && name !== replyName)) {
    const got = name === null ? "a reply without a name" : name.slice(0, MAX_NAME_ECHO);
    return { error: new QanatError("runtime/bad-reply", `expected ${replyName}, got ${got}`) };
  }
  return { reply: replyName === null ? {} : decode(reply as Codec<unknown>, body, "rpc") };
}

function errorBody(error: unknown): ProtocolError {
  const { module, code } = wirePair(error);
  const message = error instanceof Error ? error.message : String(error);
  return { module, code, message: message.slice(0, MAX_ERROR_ECHO) };
}

function notSupported(): CodedError {
  return new CodedError(UNKNOWN_MODULE, 1, "method not supported");
}

function closedError(call: string): QanatError {
  return new QanatError("runtime/closed", `the ParaTime process ended before it answered ${call}`, { call });
}

function timeoutError(call: string, timeoutMs: number): QanatError {
  return new QanatError("runtime/timeout", `the ParaTime did not answer ${call} within ${timeoutMs} ms`, {
    call,
  });
}

function tooLarge(what: string, length: number): QanatError {
  return new QanatError(
    "runtime/too-large",
    `${what} has ${length} bytes, a ParaTime reads at most ${MAX_OUTGOING_BYTES}`,
    { length },
  );
}
