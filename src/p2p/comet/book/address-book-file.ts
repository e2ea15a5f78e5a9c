import { existsSync, readFileSync, renameSync } from "node:fs";
import { z } from "zod";
import { toHex } from "../../../codec/bytes.ts";
import { writeFileDurably } from "../../../crypto/durable-file.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { type NetAddress, netAddress } from "../net-address.ts";
import type { Random } from "../random.ts";
import type { AddressBook } from "./address-book.ts";
import type { KnownAddress } from "./known-address.ts";

/** How often the book is written (cometbft.md 3.1). */
export const SAVE_INTERVAL_MS = 120_000;
/** Longest file that is read: the largest book, written generously, is half of it. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
const KEY_BYTES = 12;
const BUCKET_TYPE_NEW = 1;
const BUCKET_TYPE_OLD = 2;
/** Go's zero time. */
const NEVER = "0001-01-01T00:00:00Z";

const FileAddress = z.object({ id: z.string(), ip: z.string(), port: z.number() });
const FileEntry = z.object({
  addr: FileAddress,
  src: FileAddress,
  buckets: z.array(z.number()).nullable(),
  attempts: z.number(),
  bucket_type: z.number(),
  last_attempt: z.string(),
  last_success: z.string(),
  last_ban_time: z.string(),
});
const FileContent = z.object({ key: z.string().regex(/^[0-9a-f]{24}$/), addrs: z.array(z.unknown()) });

/** What a file of the official node's format holds. */
export interface StoredBook {
  readonly key: string;
  readonly addresses: readonly KnownAddress[];
}

/** A key for a new book. */
export function newBookKey(random: Random): string {
  return toHex(random.bytes(KEY_BYTES));
}

/**
 * Reads an address book (`addrbook.json`). Entries that are damaged are left out. A file that is no address book at all
 * is put aside, with a warning: the official node refuses to start with it, we find our peers again.
 * @returns null when there is none
 */
export function loadAddressBook(path: string, logger: Logger): StoredBook | null {
  if (!existsSync(path)) return null;
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > MAX_FILE_BYTES) throw new RangeError("the file is too long");
    const { key, addrs } = FileContent.parse(JSON.parse(text));
    return { key, addresses: addrs.map(readEntry).filter((entry) => entry !== null) };
  } catch (error) {
    const aside = `${path}.damaged`;
    logger.warn({ path, aside, err: error }, "the address book cannot be read and was put aside");
    renameSync(path, aside);
    return null;
  }
}

/** Writes an address book, whole or not at all. */
export function saveAddressBook(path: string, book: AddressBook): void {
  const addrs = book.entries().map(writeEntry);
  writeFileDurably(path, JSON.stringify({ key: book.key, addrs }, undefined, "\t"), 0o600);
}

function readEntry(value: unknown): KnownAddress | null {
  const parsed = FileEntry.safeParse(value);
  if (!parsed.success) return null;
  const { addr, src, attempts, bucket_type, last_attempt, last_success, last_ban_time } = parsed.data;
  const address = netAddress(addr.id, addr.ip, addr.port);
  const source = netAddress(src.id, src.ip, src.port) ?? address;
  if (address === null || source === null) return null;
  return {
    address,
    source,
    // The official node places addresses by a secret of each run: the places in its file mean nothing to others.
    buckets: [],
    kind: bucket_type === BUCKET_TYPE_OLD ? "old" : "new",
    attempts: Math.max(0, Math.trunc(attempts)),
    lastAttemptMs: readTime(last_attempt),
    lastSuccessMs: readTime(last_success),
    bannedUntilMs: readTime(last_ban_time),
  };
}

function writeEntry(known: KnownAddress): z.infer<typeof FileEntry> {
  return {
    addr: fileAddress(known.address),
    src: fileAddress(known.source),
    buckets: known.buckets,
    attempts: known.attempts,
    bucket_type: known.kind === "old" ? BUCKET_TYPE_OLD : BUCKET_TYPE_NEW,
    last_attempt: writeTime(known.lastAttemptMs),
    last_success: writeTime(known.lastSuccessMs),
    last_ban_time: writeTime(known.bannedUntilMs),
  };
}

function fileAddress({ id, ip, port }: NetAddress): z.infer<typeof FileAddress> {
  return { id, ip, port };
}

function readTime(text: string): number {
  return Math.max(0, Date.parse(text) || 0);
}

function writeTime(unixMs: number): string {
  return unixMs === 0 ? NEVER : new Date(unixMs).toISOString();
}
