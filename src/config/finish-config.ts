import { resolve } from "node:path";
import { toHex } from "../codec/bytes.ts";
import { networkByName } from "./networks/known-networks.ts";
import { seedAddresses } from "./networks/seed-addresses.ts";
import type { Config } from "./schema.ts";

/**
 * Makes paths absolute, moves values of deprecated keys to where they belong, and fills in what the network's name says.
 *
 * Paths start from the working directory, except the log file, which starts from the data folder.
 */
export function finishConfig(config: Config, workingDirectory: string): Config {
  const absolute = (path: string) => (path === "" ? "" : resolve(workingDirectory, path));
  const { common, genesis, registration, runtime } = config;
  const dataDir = absolute(common.data_dir);
  return {
    ...config,
    common: {
      ...common,
      data_dir: dataDir,
      internal_socket_path: absolute(common.internal_socket_path),
      log: {
        ...common.log,
        file: common.log.file === "" ? "" : resolve(dataDir, common.log.file),
        level: new Map(Array.from(common.log.level, ([module, level]) => [ourModule(module), level])),
      },
    },
    genesis: { file: absolute(genesis.file) },
    p2p: { ...config.p2p, seeds: seeds(config) },
    registration: { ...registration, entity: absolute(registration.entity) },
    runtime: {
      ...runtime,
      runtimes: runtime.runtimes.map((entry) => ({
        ...entry,
        executable: absolute(entry.executable),
        signature: absolute(entry.signature),
        config:
          Object.keys(entry.config).length > 0 ? entry.config : legacyConfig(runtime.config, toHex(entry.id)),
      })),
      paths: runtime.paths.map(absolute),
      sandbox_binary: absolute(runtime.sandbox_binary),
      sgx: { loader: absolute(runtime.sgx.loader === "" ? runtime.sgx_loader : runtime.sgx.loader) },
      sgx_loader: "",
    },
  };
}

/** The network's own seeds where none are configured. */
function seeds({ network, consensus, p2p }: Config): Config["p2p"]["seeds"] {
  const named = networkByName(network);
  const isConfigured = p2p.seeds.length > 0 || consensus.p2p.seeds.length > 0;
  return isConfigured || named === null ? p2p.seeds : seedAddresses(named);
}

/** The official node's names of its consensus engine; here it is the folder `chain`. */
function ourModule(module: string): string {
  return module.replace(/^(?:tendermint|cometbft)(?=\/|$)/, "chain");
}

function legacyConfig(configs: Readonly<Record<string, unknown>>, id: string): Record<string, unknown> {
  const config = configs[id];
  return typeof config === "object" && config !== null ? (config as Record<string, unknown>) : {};
}
