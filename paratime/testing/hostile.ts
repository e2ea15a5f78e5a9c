import { connect, type Socket } from "node:net";
import { encodeFrame, FrameReader } from "../../src/codec/frame.ts";
import { decode, optional, struct, text } from "../../src/codec/schema.ts";
import type { Version } from "../../src/types/common.ts";
import {
  decodeHostMessage,
  Empty,
  encodeHostMessage,
  MESSAGE_REQUEST,
  MESSAGE_RESPONSE,
  ProtocolError,
} from "../../src/types/host-protocol-message.ts";
import {
  Features,
  RuntimeInfoRequest,
  RuntimeInfoResponse,
} from "../../src/types/host-protocol-runtime-calls.ts";

/**
 * A ParaTime that misbehaves in the way that the environment variable `MISBEHAVE` names, or `misbehave` in its local
 * configuration: the sandbox of a node gives it no variables. For tests of the host and of whole nodes.
 */

let misbehaviour = process.env.MISBEHAVE ?? "";
/** The part of a ParaTime's local configuration that matters here. */
const LocalConfig = struct("LocalConfig", { misbehave: optional(text) });

interface Session {
  socket: Socket;
  id: bigint;
}

type Behaviour = (session: Session) => void;

/** What it does instead of, or after, introducing itself properly. */
const instead: Record<string, Behaviour> = {
  introducesItself: introduce,
  exitsWhenAsked: () => panic("cannot go on"),
  neverIntroducesItself: () => {},
  closesConnection: ({ socket }) => socket.destroy(),
  refusesIntroduction: ({ socket, id }) =>
    send(
      socket,
      encodeHostMessage(id, MESSAGE_RESPONSE, "Error", ProtocolError, {
        module: "test",
        code: 7,
        message: "wrong network",
      }),
    ),
  repliesWithAnotherBody: ({ socket, id }) =>
    send(socket, encodeHostMessage(id, MESSAGE_RESPONSE, "Empty", Empty, {})),
  wrongVersion: ({ socket, id }) => reply(socket, id, { major: 9, minor: 9, patch: 9 }),
  wrongProtocol: ({ socket, id }) =>
    reply(socket, id, { major: 0, minor: 0, patch: 0 }, { major: 4, minor: 0, patch: 0 }),
  oversizedFrame: ({ socket }) => socket.write(new Uint8Array([0x7f, 0xff, 0xff, 0xff, 0xa0])),
  malformedMessage: ({ socket }) => send(socket, new Uint8Array([0xa1, 0x62, 0x69, 0x64, 0xff])),
  bytesBehindMessage: ({ socket }) => send(socket, new Uint8Array([0xa0, 0x00])),
  exitsAfterIntroduction: (session) => {
    introduce(session);
    setTimeout(() => panic("thread 'main' panicked at the disco"), 50);
  },
  garbageAfterIntroduction: (session) => {
    introduce(session);
    setTimeout(() => session.socket.write(new Uint8Array(64).fill(0xff)), 50);
  },
  floodsLog: (session) => {
    introduce(session);
    const line = `${JSON.stringify({ level: "INFO", module: "flood", msg: "x".repeat(1000) })}\n`.repeat(60);
    const flood = () => {
      process.stdout.write(line, flood);
    };
    flood();
  },
  longLine: (session) => {
    process.stdout.write("y".repeat(200_000));
    introduce(session);
    process.stdout.write('\n{"level":"INFO","msg":"after the long line"}\n');
  },
  floodsCalls: (session) => {
    introduce(session);
    for (let id = 0n; id < 5000n; id++)
      send(session.socket, encodeHostMessage(id, MESSAGE_REQUEST, "HostIdentityRequest", Empty, {}));
  },
  unknownMessages: (session) => {
    // All of these are to be ignored or answered with an error, and do no harm.
    const { socket } = session;
    send(socket, encodeHostMessage(1n, 3, "HostIdentityRequest", Empty, {}));
    send(socket, encodeHostMessage(99n, MESSAGE_RESPONSE, "Empty", Empty, {}));
    send(socket, encodeHostMessage(2n, MESSAGE_REQUEST, "HostNoSuchRequest", Empty, {}));
    send(
      socket,
      new Uint8Array([
        0xa3,
        0x62,
        0x69,
        0x64,
        3,
        0x64,
        0x62,
        0x6f,
        0x64,
        0x79,
        0xa0,
        0x6c,
        ...Buffer.from("message_type"),
        1,
      ]),
    );
    introduce(session);
  },
};

function answerPing({ socket, id }: Session): void {
  // Leaves the loop that reads the socket for ever, as an endless computation does.
  if (misbehaviour === "hangs") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  send(socket, encodeHostMessage(id, MESSAGE_RESPONSE, "Empty", Empty, {}));
}

function introduce({ socket, id }: Session): void {
  reply(socket, id, { major: 0, minor: 0, patch: 0 });
}

function reply(
  socket: Socket,
  id: bigint,
  version: Version,
  protocol = { major: 5, minor: 1, patch: 0 },
): void {
  const body = { protocol_version: protocol, runtime_version: version, features: Features.make() };
  send(socket, encodeHostMessage(id, MESSAGE_RESPONSE, "RuntimeInfoResponse", RuntimeInfoResponse, body));
}

function send(socket: Socket, message: Uint8Array): void {
  socket.write(encodeFrame(message));
}

function panic(words: string): never {
  process.stderr.write(`${words}\n`);
  process.exit(101);
}

function main(): void {
  if (misbehaviour === "exitsAtOnce") panic("cannot go on");
  if (misbehaviour === "neverConnects") {
    setInterval(() => {}, 1000);
    return;
  }
  const socket = connect(process.env.OASIS_WORKER_HOST!);
  const frames = new FrameReader(1 << 20);
  socket.on("error", () => process.exit(1));
  socket.on("data", (chunk) => {
    for (const frame of frames.push(chunk)) {
      const { id, type, name, body } = decodeHostMessage(frame);
      if (type !== MESSAGE_REQUEST) continue;
      if (name === "RuntimeInfoRequest") {
        const { local_config } = decode(RuntimeInfoRequest, body);
        if (local_config !== null) misbehaviour = decode(LocalConfig, local_config).misbehave;
        (instead[misbehaviour] ?? introduce)({ socket, id });
      } else if (name === "RuntimePingRequest") answerPing({ socket, id });
    }
  });
}

main();
