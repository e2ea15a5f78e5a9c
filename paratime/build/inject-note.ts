/**
 * Putting data into an x86-64 executable where the running program finds it: as an ELF note, which is how Node looks for
 * the script of a single executable application.
 *
 * The note goes to the end of the file together with a copy of the program header table that has two entries more:
 * one that maps the addition into memory and one that marks the note. Nothing else of the executable moves.
 */

/** Bytes to be written into the file, those beyond its end included. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const SEGMENT_LOAD = 1;
const SEGMENT_NOTE = 4;
const SEGMENT_SELF = 6;
const READABLE = 4;
const PAGE = 0x1000;
/** Note header: lengths of name and data, and a type. */
const NOTE_HEADER_BYTES = 12;

/**
 * What to write into the executable's file to add a note to it.
 * @throws Error when the file is not an ordinary x86-64 executable
 */
export function injectNote(executable: Uint8Array, name: string, data: Uint8Array): Patch[] {
  const view = new DataView(executable.buffer, executable.byteOffset, executable.byteLength);
  if (view.getUint32(0) !== 0x7f454c46 || view.getUint16(54, true) !== SEGMENT_BYTES)
    throw new Error("not a 64-bit ELF executable");
  const tableOffset = Number(view.getBigUint64(32, true));
  const count = view.getUint16(56, true);
  const base = lowestLoad(view, tableOffset, count);

  const note = encodeNote(name, data);
  const tableBytes = (count + 2) * SEGMENT_BYTES;
  const noteOffset = align(tableBytes, 16);
  const addition = align(executable.length, PAGE);
  const length = noteOffset + note.length;
  // Kernels before 5.18 tell the program its headers' address as if the whole file were mapped at the first segment.
  const address = base.address - base.offset + BigInt(addition);
  if (address < base.end)
    throw new Error("the executable's memory is larger than its file; no room behind it");

  const added = new Uint8Array(length);
  added.set(note, noteOffset);
  const table = added.subarray(0, tableBytes);
  table.set(executable.subarray(tableOffset, tableOffset + count * SEGMENT_BYTES));
  const tableView = new DataView(table.buffer, table.byteOffset, table.byteLength);
  for (let i = 0; i < count; i++) {
    if (tableView.getUint32(i * SEGMENT_BYTES, true) === SEGMENT_SELF)
      writeSegment(tableView, i, SEGMENT_SELF, addition, address, tableBytes, 8);
  }
  // Loadable segments must be in order of their addresses; this one is the last of them.
  writeSegment(tableView, count, SEGMENT_LOAD, addition, address, length, PAGE);
  writeSegment(
    tableView,
    count + 1,
    SEGMENT_NOTE,
    addition + noteOffset,
    address + BigInt(noteOffset),
    note.length,
    4,
  );
  const header = executable.slice(0, HEADER_BYTES);
  const headerView = new DataView(header.buffer);
  headerView.setBigUint64(32, BigInt(addition), true);
  headerView.setUint16(56, count + 2, true);
  return [
    { offset: 0, bytes: header },
    { offset: addition, bytes: added },
  ];
}

/** Where the first loadable segment is, and where the last one ends in memory. */
function lowestLoad(view: DataView, tableOffset: number, count: number) {
  let first: { offset: bigint; address: bigint } | null = null;
  let end = 0n;
  for (let i = 0; i < count; i++) {
    const at = tableOffset + i * SEGMENT_BYTES;
    if (view.getUint32(at, true) !== SEGMENT_LOAD) continue;
    const offset = view.getBigUint64(at + 8, true);
    const address = view.getBigUint64(at + 16, true);
    const size = view.getBigUint64(at + 40, true);
    first ??= { offset, address };
    if (address + size > end) end = address + size;
  }
  if (first === null) throw new Error("the executable has no loadable segment");
  return { ...first, end };
}

function writeSegment(
  view: DataView,
  index: number,
  type: number,
  offset: number,
  address: bigint,
  size: number,
  alignment: number,
): void {
  const at = index * SEGMENT_BYTES;
  view.setUint32(at, type, true);
  view.setUint32(at + 4, READABLE, true);
  view.setBigUint64(at + 8, BigInt(offset), true);
  view.setBigUint64(at + 16, address, true);
  view.setBigUint64(at + 24, address, true);
  view.setBigUint64(at + 32, BigInt(size), true);
  view.setBigUint64(at + 40, BigInt(size), true);
  view.setBigUint64(at + 48, BigInt(alignment), true);
}

function encodeNote(name: string, data: Uint8Array): Uint8Array {
  const nameBytes = new TextEncoder().encode(`${name}\0`);
  const dataOffset = NOTE_HEADER_BYTES + align(nameBytes.length, 4);
  const note = new Uint8Array(align(dataOffset + data.length, 4));
  const view = new DataView(note.buffer);
  view.setUint32(0, nameBytes.length, true);
  view.setUint32(4, data.length, true);
  note.set(nameBytes, NOTE_HEADER_BYTES);
  note.set(data, dataOffset);
  return note;
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
