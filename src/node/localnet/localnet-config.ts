import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { toHex } from "../../codec/bytes.ts";
import { isBundleFile } from "../../runtime/bundle/read-bundle.ts";
import type { LocalnetPaths, LocalnetSettings } from "./localnet-files.ts";

export interface LocalnetConfigOptions {
  readonly grpcPort: number;
  readonly httpPort: number;
}

/** Longest time between blocks when they come with the transactions. */
const idleBlockInterval = "1s";

/**
 * Writes the configuration file that the local network's node starts from. It is an ordinary one: a copy of it, with
 * other addresses, runs any node.
 */
export function writeLocalnetConfig(
  paths: LocalnetPaths,
  settings: LocalnetSettings,
  { grpcPort, httpPort }: LocalnetConfigOptions,
): void {
  const isBundle = isBundleFile(settings.paratime);
  const id = toHex(settings.runtimeId);
  const config = {
    mode: "compute",
    common: {
      data_dir: paths.dataDir,
      log: { file: "node.log", format: "logfmt", level: { default: "info" } },
      debug: { allow_root: true },
    },
    genesis: { file: paths.genesis },
    consensus: {
      validator: true,
      external_address: "tcp://127.0.0.1:26656",
      block_production: { on_demand: settings.blockTimeMs === null, max_interval: idleBlockInterval },
    },
    runtime: {
      runtimes: [isBundle ? { id } : { id, executable: settings.paratime }],
      ...(isBundle && { paths: [settings.paratime] }),
    },
    p2p: { registration: { addresses: ["127.0.0.1:9200"] } },
    registration: { entity: join(paths.entityDir, "entity.json") },
    api: {
      grpc: { listen_address: `127.0.0.1:${grpcPort}` },
      http: { listen_address: `127.0.0.1:${httpPort}`, cors_origins: ["*"] },
    },
    // Addresses on loopback are not routable, which no real network allows.
    debug: { dont_blame_oasis: true },
  };
  const header = "# Written at each start of the local network; changes are lost.\n";
  writeFileSync(paths.config, header + stringify(config));
}
