import { EMPTY_BYTES } from "../../../codec/bytes.ts";
import { CodecError } from "../../../codec/errors.ts";
import { ProtoReader, WIRE_BYTES, WIRE_VARINT } from "../../../codec/proto.ts";
import { malformed } from "../errors.ts";

/** Bytes of a message that one packet carries. */
export const MAX_PAYLOAD = 1024;
/** Longest packet, without its length in front (cometbft.md 2.3). */
export const MAX_PACKET = 1034;

/** What a connection carries. */
export type Packet =
  | { readonly type: "ping" }
  | { readonly type: "pong" }
  | {
      readonly type: "message";
      readonly channel: number;
      /** Whether the message is complete with this packet. */
      readonly isLast: boolean;
      /** A view of the bytes read. */
      readonly data: Uint8Array;
    };

/** `Packet{ping{}}` and `Packet{pong{}}` behind their lengths. */
export const PING_PACKET: Uint8Array = Uint8Array.of(2, 0x0a, 0);
export const PONG_PACKET: Uint8Array = Uint8Array.of(2, 0x12, 0);

const FIELD_PING = 1;
const FIELD_MESSAGE = 3;

/** A packet of at most {@link MAX_PAYLOAD} bytes of a message, behind its length. */
export function encodeMessagePacket(channel: number, isLast: boolean, data: Uint8Array): Uint8Array {
  const dataLength = data.length === 0 ? 0 : 1 + lengthBytes(data.length) + data.length;
  const messageLength = (channel === 0 ? 0 : 1 + lengthBytes(channel)) + (isLast ? 2 : 0) + dataLength;
  const packetLength = 1 + lengthBytes(messageLength) + messageLength;
  const out = new Uint8Array(lengthBytes(packetLength) + packetLength);
  let at = putLength(out, 0, packetLength);
  out[at++] = (FIELD_MESSAGE << 3) | WIRE_BYTES;
  at = putLength(out, at, messageLength);
  if (channel !== 0) {
    out[at++] = (1 << 3) | WIRE_VARINT;
    at = putLength(out, at, channel);
  }
  if (isLast) {
    out[at++] = (2 << 3) | WIRE_VARINT;
    out[at++] = 1;
  }
  if (data.length > 0) {
    out[at++] = (3 << 3) | WIRE_BYTES;
    at = putLength(out, at, data.length);
    out.set(data, at);
  }
  return out;
}

/**
 * Decodes one packet.
 * @throws PeerFault when it is none
 */
export function readPacket(bytes: Uint8Array): Packet {
  let packet: Packet | null = null;
  try {
    const r = new ProtoReader(bytes);
    while (!r.done) {
      const { field, wireType } = r.tag();
      if (field > FIELD_MESSAGE) {
        r.skip(wireType);
        continue;
      }
      if (wireType !== WIRE_BYTES) throw new CodecError("unexpected protobuf wire type");
      const body = r.nested();
      if (field === FIELD_MESSAGE) packet = readMessagePacket(body);
      else packet = readEmpty(body, field === FIELD_PING ? "ping" : "pong");
    }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw malformed("a packet does not decode", {}, { cause: error });
  }
  if (packet === null) throw malformed("a packet is empty");
  return packet;
}

function readEmpty(r: ProtoReader, type: "ping" | "pong"): Packet {
  while (!r.done) r.skip(r.tag().wireType);
  return { type };
}

function readMessagePacket(r: ProtoReader): Packet {
  let channel = 0;
  let isLast = false;
  let data: Uint8Array = EMPTY_BYTES;
  while (!r.done) {
    const { field, wireType } = r.tag();
    if (field > 3) {
      r.skip(wireType);
      continue;
    }
    if (wireType !== (field === 3 ? WIRE_BYTES : WIRE_VARINT)) {
      throw new CodecError("unexpected protobuf wire type");
    }
    if (field === 1) channel = Number(BigInt.asIntN(32, r.varint()));
    else if (field === 2) isLast = r.varint() !== 0n;
    else data = r.bytes();
  }
  return { type: "message", channel, isLast, data };
}

/** Bytes of a varint below 2^14. */
function lengthBytes(value: number): number {
  return value < 0x80 ? 1 : 2;
}

function putLength(out: Uint8Array, at: number, value: number): number {
  if (value < 0x80) {
    out[at] = value;
    return at + 1;
  }
  out[at] = (value & 0x7f) | 0x80;
  out[at + 1] = value >> 7;
  return at + 2;
}
