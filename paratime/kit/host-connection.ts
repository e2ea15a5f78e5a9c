import { connect, type Socket } from "node:net";
import { CodecError, CodedError } from "../../src/codec/errors.ts";
import { encodeFrame, FrameReader } from "../../src/codec/frame.ts";
import { type Codec, decode } from "../../src/codec/schema.ts";
import { wirePair } from "../../src/types/errors.ts";
import { type HostCallName, type HostCalls, hostCalls } from "../../src/types/host-protocol-host-calls.ts";
import {
  decodeHostMessage,
  Empty,
  encodeHostMessage,
  type HostMessage,
  MESSAGE_REQUEST,
  MESSAGE_RESPONSE,
  ProtocolError,
} from "../../src/types/host-protocol-message.ts";
import {
  type CallDeclaration,
  type RuntimeCallName,
  type RuntimeCalls,
  runtimeCalls,
} from "../../src/types/host-protocol-runtime-calls.ts";

/** Longest message, as the official ParaTime library reads them. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** What a ParaTime does when the host calls. A call without a handler is answered as not supported. */
export type RuntimeHandlers = {
  readonly [N in RuntimeCallName]?: (
    request: RuntimeCalls[N]["request"],
  ) => Promise<RuntimeCalls[N]["reply"]> | RuntimeCalls[N]["reply"];
};

interface PendingCall {
  readonly name: HostCallName;
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

/** The ParaTime's end of the connection to its host. Calls of both sides run at the same time. */
export class HostConnection {
  readonly #socket: Socket;
  readonly #handlers: RuntimeHandlers;
  readonly #frames = new FrameReader(MAX_MESSAGE_BYTES);
  readonly #pending = new Map<bigint, PendingCall>();
  #nextId = 0n;

  /**
   * @param path of the host's socket
   * @param onEnd called once when the connection is no more, with what was wrong if something was
   */
  constructor(path: string, handlers: RuntimeHandlers, onEnd: (problem: string | null) => void) {
    this.#handlers = handlers;
    this.#socket = connect(path);
    let problem: string | null = null;
    this.#socket.on("data", (chunk) => {
      try {
        for (const payload of this.#frames.push(chunk)) this.#dispatch(decodeHostMessage(payload));
      } catch (error) {
        problem = (error as Error).message;
        this.#socket.destroy();
      }
    });
    this.#socket.on("error", (error) => {
      problem = error.message;
    });
    this.#socket.on("close", () => onEnd(problem));
  }

  /** @throws CodedError as the host answers */
  call<N extends HostCallName>(name: N, body: HostCalls[N]["request"]): Promise<HostCalls[N]["reply"]> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { name, resolve: resolve as (reply: unknown) => void, reject });
      const { request } = hostCalls[name] as CallDeclaration;
      this.#socket.write(encodeFrame(encodeHostMessage(id, MESSAGE_REQUEST, name, request, body)));
    });
  }

  #dispatch(message: HostMessage): void {
    if (message.type === MESSAGE_REQUEST) void this.#serve(message);
    else if (message.type === MESSAGE_RESPONSE) this.#settle(message);
  }

  #settle({ id, name, body }: HostMessage): void {
    const call = this.#pending.get(id);
    if (call === undefined) return;
    this.#pending.delete(id);
    const { replyName, reply } = hostCalls[call.name];
    if (name === "Error") {
      const { module, code, message } = decode(ProtocolError, body, "rpc");
      call.reject(new CodedError(module, code, message));
    } else if (name !== replyName) {
      call.reject(new CodecError(`expected ${replyName}, got ${name}`));
    } else {
      call.resolve(decode(reply as Codec<unknown>, body, "rpc"));
    }
  }

  async #serve({ id, name, body }: HostMessage): Promise<void> {
    try {
      const handler =
        name !== null && Object.hasOwn(this.#handlers, name)
          ? (this.#handlers[name as RuntimeCallName] as (request: unknown) => unknown)
          : undefined;
      if (handler === undefined) throw new CodedError("rhp/dispatcher", 1, "method not supported");
      const { request, replyName, reply } = runtimeCalls[name as RuntimeCallName] as CallDeclaration;
      const answer = await handler(decode(request as Codec<unknown>, body, "rpc"));
      this.#reply(id, replyName ?? "Empty", replyName === null ? Empty : reply, answer);
    } catch (error) {
      const { module, code } = wirePair(error);
      this.#reply(id, "Error", ProtocolError, { module, code, message: (error as Error).message });
    }
  }

  #reply<T>(id: bigint, name: string, codec: Codec<T>, body: T): void {
    this.#socket.write(encodeFrame(encodeHostMessage(id, MESSAGE_RESPONSE, name, codec, body)));
  }
}
