import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { newLocalnetDir, startLocalnet } from "../localnet-process.ts";

/** Parts of a configuration file that tests change; the rest is passed on. */
export interface NodeConfig {
  common: { data_dir: string; log: Record<string, unknown> };
  genesis: { file: string };
  runtime: { runtimes: { id: string; executable: string; config?: Record<string, unknown> }[] } & Record<
    string,
    unknown
  >;
  registration: Record<string, unknown>;
  [section: string]: unknown;
}

/** The folder of a network that is not running: its only node, the configuration and the genesis document. */
export interface NetworkFolder {
  readonly dir: string;
  readonly config: string;
  readonly genesis: string;
  readonly dataDir: string;
  readonly socket: string;
}

/** Makes a network with one node, lets it elect its ParaTime, and stops it. */
export async function newNetwork(): Promise<NetworkFolder> {
  const dir = newLocalnetDir();
  await using net = await startLocalnet(dir);
  const code = await net.stop();
  if (code !== 0) throw new Error(`the local network ended with code ${code}`);
  return folderAt(dir);
}

/**
 * Copies a network that is not running, for a node of its own: it logs JSON to standard error and opens nothing but its
 * internal socket.
 * @param change what else is different in its configuration
 */
export function copyNetwork(
  source: NetworkFolder,
  change: (config: NodeConfig) => void = () => {},
): NetworkFolder {
  const dir = mkdtempSync(join(tmpdir(), "qanat-node-"));
  cpSync(source.dir, dir, { recursive: true, preserveTimestamps: true });
  const folder = folderAt(dir);
  const text = readFileSync(folder.config, "utf8").replaceAll(source.dir, dir);
  const config = parse(text) as NodeConfig;
  config.common.log = { format: "json", level: { default: "info" } };
  delete config.api;
  change(config);
  writeFileSync(folder.config, stringify(config));
  return folder;
}

function folderAt(dir: string): NetworkFolder {
  return {
    dir,
    config: join(dir, "config.yml"),
    genesis: join(dir, "genesis.json"),
    dataDir: join(dir, "node"),
    socket: join(dir, "node", "internal.sock"),
  };
}
