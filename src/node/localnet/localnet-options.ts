import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromJsonText } from "../../codec/schema.ts";
import { parseAddress } from "../../types/address.ts";
import { Entity } from "../../types/entity.ts";
import type { NodeOptions } from "../node-options.ts";
import type { LocalnetOptions } from "./localnet.ts";
import type { LocalnetPaths, LocalnetSettings } from "./localnet-files.ts";

/** Longest time between blocks when they come with the transactions. */
const idleBlockMs = 1000;

/** The node's options, as its configuration file would give them. */
export function localnetOptions(
  options: LocalnetOptions & { paths: LocalnetPaths; settings: LocalnetSettings },
): NodeOptions {
  const { paths, settings, blockTimeMs } = options;
  const entity = fromJsonText(Entity, readFileSync(join(paths.entityDir, "entity.json"), "utf8"));
  return {
    dataDir: paths.dataDir,
    genesisFile: paths.genesis,
    mode: "compute",
    debug: { dontBlameOasis: true, allowTestKeys: false, allowRoot: true },
    logging: options.logging,
    validator: true,
    consensusAddresses: [parseAddress("127.0.0.1:26656")!],
    p2pAddresses: [parseAddress("127.0.0.1:9200")!],
    pacing:
      blockTimeMs === null
        ? { kind: "on-demand", maxIntervalMs: idleBlockMs }
        : {
            kind: "network",
            timeoutCommitMs: blockTimeMs,
            skipTimeoutCommit: false,
            emptyBlockIntervalMs: 0,
          },
    minGasPrice: 0n,
    submission: { gasPrice: 0n, maxFee: 0n },
    entityId: entity.id,
    runtimes: [{ runtimeId: settings.runtimeId, path: settings.paratime, localConfig: {} }],
    compute: true,
    processHost: options.processHost,
    sandboxBinary: options.sandboxBinary,
    maxRuntimeLogSize: 1024 * 1024,
    txPool: {
      capacity: 50_000,
      seenCapacity: 100_000,
      checkBatchSize: 128,
      recheckInterval: 5n,
      maxBytes: 256 * 1024 * 1024,
    },
    listeners: [
      { address: { kind: "unix", path: paths.socket }, methods: ["*"], web: null },
      { address: { kind: "tcp", host: "127.0.0.1", port: options.grpcPort }, methods: ["*"], web: null },
      {
        address: { kind: "tcp", host: "127.0.0.1", port: options.httpPort },
        methods: ["*"],
        web: { origins: ["*"] },
      },
    ],
  };
}
