import { existsSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { utf8 } from "../../../codec/bytes.ts";
import { writeFileDurably } from "../../../crypto/durable-file.ts";
import { makeFolder } from "../../../crypto/make-folder.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { decodePeer } from "../discovery/peer-json.ts";
import type { KnownPeer } from "../known-peer.ts";

/** Between savings of the known peers (oasis-core v26.1 go/p2p/peermgmt/backup.go). */
export const SAVE_INTERVAL_MS = 15 * 60_000;
/** Longest file that is read: a seed that is full of peers writes less. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

const FileContent = z.record(z.string(), z.array(z.unknown()));

/** A file of peers by protocol or topic; a node that is no seed has them all under no name. */
export class PeerBackup {
  readonly #path: string;
  readonly #logger: Logger;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** What the file holds; nothing when there is none, or when it is damaged, which puts it aside. */
  load(): Map<string, KnownPeer[]> {
    if (!existsSync(this.#path)) return new Map();
    try {
      if (statSync(this.#path).size > MAX_FILE_BYTES) throw new RangeError("the file is too long");
      const content = FileContent.parse(JSON.parse(readFileSync(this.#path, "utf8")));
      return new Map(Object.entries(content).map(([name, peers]) => [name, peers.flatMap(readPeer)]));
    } catch (error) {
      const aside = `${this.#path}.damaged`;
      this.#logger.warn(
        { path: this.#path, aside, err: error },
        "known peers cannot be read and were put aside",
      );
      renameSync(this.#path, aside);
      return new Map();
    }
  }

  /** Writes the file, whole or not at all. A failure is only logged: peers are found again. */
  save(peers: ReadonlyMap<string, readonly KnownPeer[]>): void {
    const content = Object.fromEntries(
      [...peers].map(([name, list]) => [
        name,
        list.map(({ id, addresses }) => ({ ID: id, Addrs: addresses })),
      ]),
    );
    try {
      makeFolder(dirname(this.#path));
      writeFileDurably(this.#path, JSON.stringify(content), 0o600);
    } catch (error) {
      this.#logger.warn({ path: this.#path, err: error }, "known peers could not be written");
    }
  }
}

/** Damaged entries are left out. */
function readPeer(value: unknown): KnownPeer[] {
  const peer = decodePeer(utf8(JSON.stringify(value)));
  return peer === null ? [] : [peer];
}
