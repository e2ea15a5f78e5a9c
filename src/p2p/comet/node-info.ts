import { EMPTY_BYTES } from "../../codec/bytes.ts";
import { CodecError } from "../../codec/errors.ts";
import { ProtoReader, type ProtoWriter, WIRE_BYTES, WIRE_VARINT } from "../../codec/proto.ts";
import { PeerFault } from "./errors.ts";
import { type NodeId, parseNodeId } from "./node-id.ts";
import { parseHostPort } from "./peer-address.ts";

/** What a node says about itself to its peers (cometbft.md 2.2). */
export interface NodeInfo {
  readonly p2pVersion: bigint;
  readonly blockVersion: bigint;
  readonly appVersion: bigint;
  readonly id: string;
  /** Where it accepts connections, `tcp://host:port` or `host:port`; the host may be a name. */
  readonly listenAddress: string;
  /** CometBFT chain ID. */
  readonly network: string;
  readonly software: string;
  /** Channels that it receives on. */
  readonly channels: Uint8Array;
  readonly moniker: string;
  readonly txIndex: string;
  readonly rpcAddress: string;
}

export const P2P_VERSION = 8n;
export const BLOCK_VERSION = 11n;
/** The version of CometBFT whose behaviour we have. */
export const COMET_VERSION = "0.37.16";
/** Longest NodeInfo in bytes that is read. */
export const MAX_NODE_INFO = 10_240;
const MAX_CHANNELS = 16;
const PRINTABLE = /^[\x20-\x7e]*$/;
const TX_INDEX = ["", "on", "off"];

export function writeNodeInfo(w: ProtoWriter, info: NodeInfo): void {
  w.tag(1, WIRE_BYTES);
  w.nested(() => {
    writeNumber(w, 1, info.p2pVersion);
    writeNumber(w, 2, info.blockVersion);
    writeNumber(w, 3, info.appVersion);
  });
  writeText(w, 2, info.id);
  writeText(w, 3, info.listenAddress);
  writeText(w, 4, info.network);
  writeText(w, 5, info.software);
  if (info.channels.length > 0) {
    w.tag(6, WIRE_BYTES);
    w.bytes(info.channels);
  }
  writeText(w, 7, info.moniker);
  w.tag(8, WIRE_BYTES);
  w.nested(() => {
    writeText(w, 1, info.txIndex);
    writeText(w, 2, info.rpcAddress);
  });
}

/** @throws PeerFault when the bytes are no NodeInfo */
export function readNodeInfo(bytes: Uint8Array): NodeInfo {
  const numbers = [0n, 0n, 0n];
  const texts = ["", "", "", "", ""];
  const other = ["", ""];
  let channels = EMPTY_BYTES;
  try {
    eachField(new ProtoReader(bytes), 8, (field, r) => {
      if (field === 1) readNumbers(r.nested(), numbers);
      else if (field >= 2 && field <= 5) texts[field - 2] = r.text();
      else if (field === 6) channels = r.bytes().slice();
      else if (field === 7) texts[4] = r.text();
      else readTexts(r.nested(), other);
    });
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new PeerFault("handshake", "its node info does not decode", {}, { cause: error });
  }
  const [p2pVersion, blockVersion, appVersion] = numbers as [bigint, bigint, bigint];
  const [id, listenAddress, network, software, moniker] = texts as [string, string, string, string, string];
  const [txIndex, rpcAddress] = other as [string, string];
  return {
    ...{ p2pVersion, blockVersion, appVersion, id, listenAddress, network, software, channels },
    ...{ moniker, txIndex, rpcAddress },
  };
}

/**
 * Checks what an authenticated peer says about itself, and whether we have something to talk about.
 * @param id the id that its key gives
 * @throws PeerFault of kind `handshake`, `identity` or `incompatible`
 */
export function checkNodeInfo(info: NodeInfo, id: NodeId, own: NodeInfo): void {
  if (parseNodeId(info.id) === null) throw invalid("its id is none", { claimed: info.id.slice(0, 80) });
  if (parseHostPort(info.listenAddress) === null) throw invalid("its listen address is none");
  if (info.software !== "" && !isVisible(info.software)) throw invalid("its version is not printable");
  if (info.channels.length > MAX_CHANNELS) throw invalid("it has too many channels");
  if (new Set(info.channels).size !== info.channels.length) throw invalid("it names a channel twice");
  if (!isVisible(info.moniker)) throw invalid("its moniker is empty or not printable");
  if (!TX_INDEX.includes(info.txIndex)) throw invalid("its tx_index is neither on nor off");
  if (info.rpcAddress !== "" && !isVisible(info.rpcAddress))
    throw invalid("its RPC address is not printable");
  if (info.id !== id)
    throw new PeerFault("identity", "its key is not that of the id it claims", { claimed: info.id, id });
  if (own.id === id) throw new PeerFault("identity", "it is this node itself", { id });
  if (info.blockVersion !== own.blockVersion) {
    throw new PeerFault("incompatible", "it has another block protocol", {
      theirs: info.blockVersion,
      ours: own.blockVersion,
    });
  }
  if (info.network !== own.network) {
    throw new PeerFault("incompatible", "it is on another network", {
      theirs: info.network.slice(0, 80),
      ours: own.network,
    });
  }
  if (!info.channels.some((channel) => own.channels.includes(channel))) {
    throw new PeerFault("incompatible", "it has no channel in common with us");
  }
}

function invalid(message: string, data: Record<string, unknown> = {}): PeerFault {
  return new PeerFault("handshake", message, data);
}

/** Printable ASCII that is not all spaces. */
function isVisible(text: string): boolean {
  return PRINTABLE.test(text) && text.trim() !== "";
}

function writeNumber(w: ProtoWriter, field: number, value: bigint): void {
  if (value === 0n) return;
  w.tag(field, WIRE_VARINT);
  w.varint(value);
}

function writeText(w: ProtoWriter, field: number, value: string): void {
  if (value === "") return;
  w.tag(field, WIRE_BYTES);
  w.text(value);
}

function readNumbers(r: ProtoReader, numbers: bigint[]): void {
  while (!r.done) {
    const { field, wireType } = r.tag();
    if (field > numbers.length) r.skip(wireType);
    else if (wireType !== WIRE_VARINT) throw new CodecError("unexpected protobuf wire type");
    else numbers[field - 1] = r.varint();
  }
}

function readTexts(r: ProtoReader, texts: string[]): void {
  eachField(r, texts.length, (field, reader) => {
    texts[field - 1] = reader.text();
  });
}

/** Gives the fields 1 to `last`, all of them length-delimited, to `read`; skips all others. */
function eachField(r: ProtoReader, last: number, read: (field: number, r: ProtoReader) => void): void {
  while (!r.done) {
    const { field, wireType } = r.tag();
    if (field > last) r.skip(wireType);
    else if (wireType !== WIRE_BYTES) throw new CodecError("unexpected protobuf wire type");
    else read(field, r);
  }
}
