import { QanatError } from "../../codec/errors.ts";

const OLD_MAGIC = "ld.so-1.7.0\0";
const NEW_MAGIC = "glibc-ld.so.cache1.1";
const OLD_ENTRY_BYTES = 12;
/** New format: magic, u32 number of libraries, u32 length of the strings, 20 bytes unused. */
const NEW_HEADER_BYTES = 48;
/** i32 flags, u32 key, u32 value, u32 system version, u64 hardware capabilities. */
const NEW_ENTRY_BYTES = 24;
/** Flags of a 64-bit x86-64 library of the GNU C library. */
const FLAGS_X86_64 = 0x0303;

/**
 * Reads `/etc/ld.so.cache` of the GNU C library.
 *
 * Of several libraries with one name, the one that needs no particular processor comes first: the official node
 * prefers the most specialised one, which the machine may not be able to run.
 *
 * @returns paths by library name, x86-64 libraries only, best first
 * @throws QanatError `runtime/bad-ld-cache` when the file has another format or is damaged
 */
export function parseLdCache(bytes: Uint8Array): Map<string, string[]> {
  const start = findNewFormat(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (start + NEW_HEADER_BYTES > bytes.length) throw damaged("truncated header");
  const count = view.getUint32(start + NEW_MAGIC.length, true);
  const entries = start + NEW_HEADER_BYTES;
  if (entries + count * NEW_ENTRY_BYTES > bytes.length) throw damaged("truncated list of libraries");

  const found = new Map<string, { path: string; capabilities: bigint }[]>();
  for (let i = 0; i < count; i++) {
    const at = entries + i * NEW_ENTRY_BYTES;
    if ((view.getUint32(at, true) & FLAGS_X86_64) !== FLAGS_X86_64) continue;
    // Offsets of the new format count from its own magic.
    const name = textAt(bytes, start + view.getUint32(at + 4, true));
    const path = textAt(bytes, start + view.getUint32(at + 8, true));
    const capabilities = view.getBigUint64(at + 16, true);
    const list = found.get(name);
    if (list) list.push({ path, capabilities });
    else found.set(name, [{ path, capabilities }]);
  }
  const result = new Map<string, string[]>();
  for (const [name, list] of found) {
    list.sort((a, b) => (a.capabilities < b.capabilities ? -1 : a.capabilities > b.capabilities ? 1 : 0));
    result.set(
      name,
      list.map(({ path }) => path),
    );
  }
  return result;
}

/** The new format stands alone or behind the old one, aligned to 8 bytes. */
function findNewFormat(bytes: Uint8Array): number {
  if (hasText(bytes, 0, NEW_MAGIC)) return 0;
  if (!hasText(bytes, 0, OLD_MAGIC) || bytes.length < OLD_MAGIC.length + 4) throw damaged("unknown format");
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(OLD_MAGIC.length, true);
  const end = OLD_MAGIC.length + 4 + count * OLD_ENTRY_BYTES;
  const start = Math.ceil(end / 8) * 8;
  if (!hasText(bytes, start, NEW_MAGIC)) throw damaged("only the format of before glibc 2.2 in it");
  return start;
}

function hasText(bytes: Uint8Array, at: number, text: string): boolean {
  if (at + text.length > bytes.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function textAt(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  if (at >= bytes.length || end < 0) throw damaged("a name lies outside the file");
  return new TextDecoder().decode(bytes.subarray(at, end));
}

function damaged(reason: string): QanatError {
  return new QanatError("runtime/bad-ld-cache", `library cache: ${reason}`, { reason });
}
