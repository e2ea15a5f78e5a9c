import { CodecError } from "../../../codec/errors.ts";
import { ProtoReader, ProtoWriter, WIRE_BYTES, WIRE_VARINT } from "../../../codec/proto.ts";
import { MAX_PORT, type NetAddress } from "../net-address.ts";

/** An address as a peer gives it: nothing about it has been checked. */
export interface RawAddress {
  readonly id: string;
  readonly ip: string;
  readonly port: number;
}

/** Messages of the PEX channel (cometbft.md 3.1); null for none of them. */
export type PexMessage =
  | { readonly type: "request" }
  | { readonly type: "addresses"; readonly addresses: readonly RawAddress[] }
  | null;

export const PEX_REQUEST: Uint8Array = Uint8Array.of(0x0a, 0);

const FIELD_REQUEST = 1;
const FIELD_ADDRESSES = 2;
// An id or an IP that is no proper text is a wrong one, not a broken message.
const lenientText = new TextDecoder();

export function encodePexAddresses(addresses: readonly NetAddress[]): Uint8Array {
  const w = new ProtoWriter();
  w.tag(FIELD_ADDRESSES, WIRE_BYTES);
  w.nested(() => {
    for (const { id, ip, port } of addresses) {
      w.tag(1, WIRE_BYTES);
      w.nested(() => {
        w.tag(1, WIRE_BYTES);
        w.text(id);
        w.tag(2, WIRE_BYTES);
        w.text(ip);
        if (port === 0) return;
        w.tag(3, WIRE_VARINT);
        w.varint(port);
      });
    }
  });
  return w.finish();
}

/** @throws CodecError */
export function decodePexMessage(bytes: Uint8Array): PexMessage {
  let message: PexMessage = null;
  const r = new ProtoReader(bytes);
  while (!r.done) {
    const { field, wireType } = r.tag();
    if (field > FIELD_ADDRESSES) {
      r.skip(wireType);
      continue;
    }
    if (wireType !== WIRE_BYTES) throw new CodecError("unexpected protobuf wire type");
    const body = r.nested();
    if (field === FIELD_REQUEST) {
      while (!body.done) body.skip(body.tag().wireType);
      message = { type: "request" };
    } else message = { type: "addresses", addresses: readAddresses(body) };
  }
  return message;
}

function readAddresses(r: ProtoReader): RawAddress[] {
  const addresses: RawAddress[] = [];
  while (!r.done) {
    const { field, wireType } = r.tag();
    if (field > 1) r.skip(wireType);
    else if (wireType !== WIRE_BYTES) throw new CodecError("unexpected protobuf wire type");
    else addresses.push(readAddress(r.nested()));
  }
  return addresses;
}

function readAddress(r: ProtoReader): RawAddress {
  let [id, ip, port] = ["", "", 0];
  while (!r.done) {
    const { field, wireType } = r.tag();
    if (field > 3) {
      r.skip(wireType);
      continue;
    }
    if (wireType !== (field === 3 ? WIRE_VARINT : WIRE_BYTES)) {
      throw new CodecError("unexpected protobuf wire type");
    }
    if (field === 1) id = lenientText.decode(r.bytes());
    else if (field === 2) ip = lenientText.decode(r.bytes());
    // uint32 on the wire: higher bits are not looked at.
    else port = Number(BigInt.asUintN(32, r.varint()));
  }
  return { id, ip, port };
}

/** Whether a peer that gives this address is to be left: its IP is none, or its port is too high. */
export function isBroken({ port }: RawAddress, canonicalIp: string | null): boolean {
  return canonicalIp === null || port > MAX_PORT;
}
