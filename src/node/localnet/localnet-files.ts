import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { fromHex, toHex } from "../../codec/bytes.ts";
import type { Namespace } from "../../codec/common-types.ts";
import { QanatError } from "../../codec/errors.ts";

/** Where the parts of a local network are that are not one node's. */
export interface LocalnetPaths {
  readonly dir: string;
  /** Written last: a set-up that was interrupted is made anew. */
  readonly settings: string;
  /** Is there while the set-up has not ended: whatever else is in the folder then came from it. */
  readonly unfinished: string;
  /** The `ready` event while the network runs: how others find it. */
  readonly ready: string;
  /** Processes of the nodes while they run, where there are several. */
  readonly processes: string;
  readonly genesis: string;
}

/** What the set-up decided, for later starts and for commands that look for the running network. */
export interface LocalnetSettings {
  readonly runtimeId: Namespace;
  /** ELF or bundle that the ParaTime was set up with. */
  readonly paratime: string;
  /** Time between blocks; null: as fast as transactions come. */
  readonly blockTimeMs: number | null;
  readonly validators: number;
  /** How many of the validators run the ParaTime, and are its committee. */
  readonly compute: number;
  /** Ports of the nodes for each other, by the node's name. Empty where there is one node. */
  readonly ports: Readonly<Record<string, NodePorts>>;
}

/** TCP ports on which a node takes its peers. */
export interface NodePorts {
  readonly consensus: number;
  readonly p2p: number;
}

/** One node of the running network. */
export interface ReadyNode {
  readonly name: string;
  /** Path of the internal socket. */
  readonly socket: string;
  /** `<base64 P2P key>@host:port`, as configurations name peers; null when it takes none. */
  readonly consensus_address: string | null;
}

/** How to reach the running network. */
export interface LocalnetReady {
  /** Path of the internal socket of the node that runs the ParaTime. */
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
  /** The validators. */
  readonly nodes: readonly ReadyNode[];
  /** By which the validators find each other; null where there is one. */
  readonly seed: ReadyNode | null;
}

const port = z.number().int().min(1).max(0xffff);
const SettingsFile = z.object({
  runtime_id: z.string(),
  paratime: z.string(),
  block_time_ms: z.number().nullable(),
  validators: z.number().int().min(1).default(1),
  compute: z.number().int().min(1).default(1),
  ports: z.record(z.string(), z.object({ consensus: port, p2p: port })).default({}),
});

export function localnetPaths(dir: string): LocalnetPaths {
  const root = resolve(dir);
  return {
    dir: root,
    settings: join(root, "settings.json"),
    unfinished: join(root, "set-up-unfinished"),
    ready: join(root, "localnet.json"),
    processes: join(root, "processes.json"),
    genesis: join(root, "genesis.json"),
  };
}

/** Reads what an earlier set-up decided; null when there was none. @throws QanatError when the file is damaged */
export function readSettings(paths: LocalnetPaths): LocalnetSettings | null {
  if (!existsSync(paths.settings)) return null;
  try {
    const file = SettingsFile.parse(JSON.parse(readFileSync(paths.settings, "utf8")));
    const { runtime_id, paratime, block_time_ms: blockTimeMs, validators, compute, ports } = file;
    return { runtimeId: fromHex(runtime_id), paratime, blockTimeMs, validators, compute, ports };
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
    validators: settings.validators,
    compute: settings.compute,
    ports: settings.ports,
  };
  writeFileSync(paths.settings, `${JSON.stringify(document, null, 2)}\n`);
}

/** Written whole: whoever looks for the network sees it entirely or not at all. */
export function writeReady(paths: LocalnetPaths, ready: LocalnetReady): void {
  const part = `${paths.ready}.part`;
  writeFileSync(part, `${JSON.stringify(ready, null, 2)}\n`);
  renameSync(part, paths.ready);
}
