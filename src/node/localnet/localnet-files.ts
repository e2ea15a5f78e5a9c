import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { fromHex, toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";

/** Where the parts of a local network are. */
export interface LocalnetPaths {
  readonly dir: string;
  /** Written last: a set-up that was interrupted is made anew. */
  readonly settings: string;
  /** Is there while the set-up has not ended: whatever else is in the folder then came from it. */
  readonly unfinished: string;
  /** The `ready` event while the network runs: how others find it. */
  readonly ready: string;
  /** The node's configuration file. */
  readonly config: string;
  readonly genesis: string;
  readonly entityDir: string;
  readonly dataDir: string;
  readonly socket: string;
}

/** What the set-up decided, for later starts and for commands that look for the running network. */
export interface LocalnetSettings {
  readonly runtimeId: Namespace;
  /** ELF or bundle that the ParaTime was set up with. */
  readonly paratime: string;
  /** Time between blocks; null: blocks on demand. */
  readonly blockTimeMs: number | null;
}

/** How to reach the running network. */
export interface LocalnetReady {
  /** Path of the internal socket. */
  readonly socket: string;
  /** `host:port` of gRPC. */
  readonly grpc: string;
  /** URL of gRPC-Web and the probes. */
  readonly http: string;
  /** Hex. */
  readonly runtime_id: string;
  readonly chain_context: string;
  /** Path of the genesis document. */
  readonly genesis: string;
}

const SettingsFile = z.object({
  runtime_id: z.string(),
  paratime: z.string(),
  block_time_ms: z.number().nullable(),
});

export function localnetPaths(dir: string): LocalnetPaths {
  const root = resolve(dir);
  const dataDir = join(root, "node");
  return {
    dir: root,
    settings: join(root, "settings.json"),
    unfinished: join(root, "set-up-unfinished"),
    ready: join(root, "localnet.json"),
    config: join(root, "config.yml"),
    genesis: join(root, "genesis.json"),
    entityDir: join(root, "entity"),
    dataDir,
    socket: join(dataDir, "internal.sock"),
  };
}

/** Reads what an earlier set-up decided; null when there was none. @throws QanatError when the file is damaged */
export function readSettings(paths: LocalnetPaths): LocalnetSettings | null {
  if (!existsSync(paths.settings)) return null;
  try {
    const { runtime_id, paratime, block_time_ms } = SettingsFile.parse(
      JSON.parse(readFileSync(paths.settings, "utf8")),
    );
    return { runtimeId: fromHex(runtime_id), paratime, blockTimeMs: block_time_ms };
  } catch (cause) {
    throw new QanatError(
      "localnet/damaged",
      `${paths.settings} cannot be read. Remove ${paths.dir} to start a new local network.`,
      {},
      { cause },
    );
  }
}

export function writeSettings(paths: LocalnetPaths, settings: LocalnetSettings): void {
  mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
  const document = {
    runtime_id: toHex(settings.runtimeId),
    paratime: settings.paratime,
    block_time_ms: settings.blockTimeMs,
  };
  writeFileSync(paths.settings, `${JSON.stringify(document, null, 2)}\n`);
}

/** Written whole: whoever looks for the network sees it entirely or not at all. */
export function writeReady(paths: LocalnetPaths, ready: LocalnetReady): void {
  const part = `${paths.ready}.part`;
  writeFileSync(part, `${JSON.stringify(ready, null, 2)}\n`);
  renameSync(part, paths.ready);
}
