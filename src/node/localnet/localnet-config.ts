import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { toHex } from "../../codec/bytes.ts";
import { isBundleFile } from "../../runtime/bundle/read-bundle.ts";
import type { LocalnetPaths, LocalnetSettings } from "./localnet-files.ts";
import type { LocalnetNode } from "./localnet-nodes.ts";

export interface LocalnetConfigOptions {
  /** Ports of the API of the node that runs the ParaTime. */
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Seed of all nodes but itself, `<base64 key>@host:port`, on the port of either peer network. */
  readonly seeds: readonly string[];
}

/** Longest time between blocks when they come with the transactions. */
export const IDLE_BLOCK_INTERVAL_MS = 1000;

/**
 * Writes the configuration file that a node of the local network starts from. It is an ordinary one: a copy of it, with
 * other addresses, runs any node.
 */
export function writeLocalnetConfig(
  paths: LocalnetPaths,
  settings: LocalnetSettings,
  node: LocalnetNode,
  options: LocalnetConfigOptions,
): void {
  const servesApi = node.kind === "only" || node.kind === "first";
  const isSeed = node.kind === "seed";
  const config = {
    mode: isSeed ? "seed" : node.computes ? "compute" : "validator",
    network: "localnet",
    common: {
      data_dir: node.paths.dataDir,
      log: { file: "node.log", format: "logfmt", level: { default: "info" } },
      debug: { allow_root: true },
    },
    genesis: { file: paths.genesis },
    consensus: {
      ...(!isSeed && { validator: true }),
      ...(node.kind === "only" ? alone(node, settings) : amongOthers(node)),
    },
    ...(node.computes && { runtime: runtime(settings) }),
    p2p: {
      ...(node.kind !== "only" && { port: node.ports.p2p }),
      registration: { addresses: [`127.0.0.1:${node.ports.p2p}`] },
      ...(!isSeed && options.seeds.length > 0 && { seeds: options.seeds }),
      ...(isSeed && { discovery: { bootstrap: { allow_private_ips: true } } }),
    },
    ...(!isSeed && { registration: { entity: join(node.paths.entityDir, "entity.json") } }),
    ...(servesApi && { api: api(options) }),
    // Addresses on loopback are not routable, which no real network allows.
    debug: { dont_blame_oasis: true },
  };
  const header = "# Written at each start of the local network; changes are lost.\n";
  writeFileSync(node.paths.config, header + stringify(config));
}

/** Nobody connects to a node that is a whole network, and it need not wait for anybody. */
function alone({ ports }: LocalnetNode, { blockTimeMs }: LocalnetSettings) {
  return {
    listen_address: "",
    external_address: `tcp://127.0.0.1:${ports.consensus}`,
    block_production: { on_demand: blockTimeMs === null, max_interval: `${IDLE_BLOCK_INTERVAL_MS}ms` },
  };
}

function amongOthers({ ports }: LocalnetNode) {
  const address = `tcp://127.0.0.1:${ports.consensus}`;
  return {
    listen_address: address,
    external_address: address,
    debug: { addr_book_lenient: true, allow_duplicate_ip: true },
  };
}

function runtime({ runtimeId, paratime }: LocalnetSettings) {
  const id = toHex(runtimeId);
  return isBundleFile(paratime)
    ? { runtimes: [{ id }], paths: [paratime] }
    : { runtimes: [{ id, executable: paratime }] };
}

function api({ grpcPort, httpPort }: LocalnetConfigOptions) {
  return {
    grpc: { listen_address: `127.0.0.1:${grpcPort}` },
    http: { listen_address: `127.0.0.1:${httpPort}`, cors_origins: ["*"] },
  };
}
