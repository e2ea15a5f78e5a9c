import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { QanatError } from "../../codec/errors.ts";

/** What the host needs to know of an executable or a shared library. */
export interface ElfInfo {
  /** Path of the dynamic linker; `null` for static executables and libraries. */
  readonly interpreter: string | null;
  /** Names of the libraries it is linked with, in order; empty for static ones. */
  readonly needed: readonly string[];
  /** The name that a library gives itself. */
  readonly soname: string | null;
}

const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const MACHINE_X86_64 = 62;
const TYPE_EXECUTABLE = 2;
const TYPE_SHARED = 3;
const SEGMENT_LOAD = 1;
const SEGMENT_DYNAMIC = 2;
const SEGMENT_INTERPRETER = 3;
const TAG_NULL = 0;
const TAG_NEEDED = 1;
const TAG_STRINGS = 5;
const TAG_SONAME = 14;

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
/** Real executables have about a dozen segments; the count is 16 bits wide. */
const MAX_SEGMENTS = 256;
const MAX_DYNAMIC_BYTES = 256 * 1024;
/** Longest name or path in a file, as Linux limits paths. */
const MAX_NAME_BYTES = 4096;

interface Segment {
  type: number;
  offset: number;
  address: number;
  fileSize: number;
}

/**
 * Reads the headers of an x86-64 ELF file; the rest of the file is not loaded.
 *
 * @throws QanatError `runtime/not-elf` with the reason when it is anything else or damaged
 * @throws the system's error when the file cannot be read
 */
export function readElf(path: string): ElfInfo {
  const descriptor = openSync(path, "r");
  try {
    if (!fstatSync(descriptor).isFile()) throw notElf(path, "not a regular file");
    return parse((offset, length) => {
      const bytes = new Uint8Array(length);
      const got = readSync(descriptor, bytes, 0, length, offset);
      return bytes.subarray(0, got);
    }, path);
  } finally {
    closeSync(descriptor);
  }
}

type ReadAt = (offset: number, length: number) => Uint8Array;

function parse(readAt: ReadAt, path: string): ElfInfo {
  const header = readAt(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES) throw notElf(path, "shorter than an ELF header");
  const view = viewOf(header);
  if (view.getUint32(0) !== 0x7f454c46) throw notElf(path, "no ELF signature at its start");
  if (view.getUint8(4) !== CLASS_64 || view.getUint8(5) !== LITTLE_ENDIAN)
    throw notElf(path, "not a 64-bit little-endian ELF file");
  const type = view.getUint16(16, true);
  if (type !== TYPE_EXECUTABLE && type !== TYPE_SHARED)
    throw notElf(path, "an ELF file, but neither an executable nor a library");
  if (view.getUint16(18, true) !== MACHINE_X86_64)
    throw notElf(path, "built for another processor than x86-64");

  const segments = readSegments(readAt, path, view);
  const interpreter = segments.find((segment) => segment.type === SEGMENT_INTERPRETER);
  const dynamic = segments.find((segment) => segment.type === SEGMENT_DYNAMIC);
  return {
    interpreter: interpreter ? textAt(readAt, path, interpreter.offset) : null,
    ...(dynamic ? readDynamic(readAt, path, segments, dynamic) : { needed: [], soname: null }),
  };
}

function readSegments(readAt: ReadAt, path: string, header: DataView): Segment[] {
  const offset = Number(header.getBigUint64(32, true));
  const entryBytes = header.getUint16(54, true);
  const count = header.getUint16(56, true);
  if (count === 0) return [];
  if (entryBytes !== SEGMENT_BYTES || count > MAX_SEGMENTS)
    throw notElf(path, "damaged program header table");
  const table = readAt(checkedOffset(path, offset), count * SEGMENT_BYTES);
  if (table.length < count * SEGMENT_BYTES) throw notElf(path, "truncated program header table");
  const view = viewOf(table);
  return Array.from({ length: count }, (_, i) => ({
    type: view.getUint32(i * SEGMENT_BYTES, true),
    offset: Number(view.getBigUint64(i * SEGMENT_BYTES + 8, true)),
    address: Number(view.getBigUint64(i * SEGMENT_BYTES + 16, true)),
    fileSize: Number(view.getBigUint64(i * SEGMENT_BYTES + 32, true)),
  }));
}

function readDynamic(
  readAt: ReadAt,
  path: string,
  segments: readonly Segment[],
  dynamic: Segment,
): Pick<ElfInfo, "needed" | "soname"> {
  if (dynamic.fileSize > MAX_DYNAMIC_BYTES) throw notElf(path, "oversized dynamic section");
  const table = readAt(checkedOffset(path, dynamic.offset), dynamic.fileSize);
  if (table.length < dynamic.fileSize) throw notElf(path, "truncated dynamic section");
  const view = viewOf(table);
  const names: number[] = [];
  let soname: number | null = null;
  let stringsAddress: number | null = null;
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = Number(view.getBigInt64(at, true));
    const value = Number(view.getBigUint64(at + 8, true));
    if (tag === TAG_NULL) break;
    if (tag === TAG_NEEDED) names.push(value);
    else if (tag === TAG_SONAME) soname = value;
    else if (tag === TAG_STRINGS) stringsAddress = value;
  }
  if (names.length === 0 && soname === null) return { needed: [], soname: null };
  const strings = stringsAddress === null ? null : fileOffset(segments, stringsAddress);
  if (strings === null) throw notElf(path, "its string table lies outside the file");
  return {
    needed: names.map((name) => textAt(readAt, path, strings + name)),
    soname: soname === null ? null : textAt(readAt, path, strings + soname),
  };
}

/** Where in the file the byte at a virtual address comes from. */
function fileOffset(segments: readonly Segment[], address: number): number | null {
  for (const segment of segments) {
    if (segment.type !== SEGMENT_LOAD) continue;
    if (address >= segment.address && address < segment.address + segment.fileSize)
      return address - segment.address + segment.offset;
  }
  return null;
}

function textAt(readAt: ReadAt, path: string, offset: number): string {
  const bytes = readAt(checkedOffset(path, offset), MAX_NAME_BYTES);
  const end = bytes.indexOf(0);
  if (end <= 0) throw notElf(path, "a name in it is empty or has no end");
  return new TextDecoder().decode(bytes.subarray(0, end));
}

function checkedOffset(path: string, offset: number): number {
  if (!Number.isSafeInteger(offset)) throw notElf(path, "an offset in it is beyond any file");
  return offset;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function notElf(path: string, reason: string): QanatError {
  return new QanatError("runtime/not-elf", `${path}: ${reason}`, { path, reason });
}
