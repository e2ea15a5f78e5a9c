import { loadConfig } from "../config/load-config.ts";
import { createLogging, type Logging } from "../telemetry/logger.ts";
import { ArchiveNode } from "./archive-node.ts";
import { makeDataDir } from "./data-dir.ts";
import { loadGenesis } from "./load-genesis.ts";
import type { ReadableRegistry } from "./metrics/metrics-service.ts";
import { type ExitReason, Node, type NodeDeps } from "./node.ts";
import type { NodeOptions } from "./node-options.ts";
import { optionsFromConfig } from "./options-from-config.ts";
import { ownRootWarning } from "./root-warning.ts";
import { SeedNode } from "./seed-node.ts";
import { StatelessNode } from "./stateless-node.ts";

export interface RunNodeOptions {
  /** Configuration file, in the 21.x or the 26.1 form. */
  readonly configPath: string;
  /** Values that win over the file, by dotted key of the 26.1 form. */
  readonly overrides: Readonly<Record<string, string>>;
}

export interface RunNodeDeps {
  /** Ends the node. */
  readonly signal: AbortSignal;
  /** Called when all parts run, unless the node is a seed, an archive or stateless. */
  readonly started?: (node: Node) => Promise<void>;
}

/**
 * Runs a node until it is asked to end, cannot go on, or `signal` aborts; then everything is stopped.
 * @throws ConfigError, GenesisError, KeyFileError and others when the node cannot be built or started
 */
export async function runNode(
  { configPath, overrides }: RunNodeOptions,
  deps: RunNodeDeps,
): Promise<ExitReason> {
  const { signal, started } = deps;
  const { config, warnings } = await loadConfig(configPath, { overrides, environment: process.env });
  const options = optionsFromConfig(config);
  // The log may be in it.
  makeDataDir(options.dataDir);
  const logging = createLogging(options.logging);
  const logger = logging.logger("config");
  const asRoot = ownRootWarning(options.debug);
  if (asRoot !== null) logger.warn({ remedy: asRoot.remedy }, asRoot.text);
  for (const { message, key, position } of warnings) {
    logger.warn({ file: configPath, line: position?.line, key }, message);
  }
  const without = options.mode === "seed" ? "a seed" : options.localStorage ? null : "a stateless node";
  if (without !== null && options.metrics !== null) {
    logger.warn({ file: configPath, key: "metrics.mode" }, `has no effect: ${without} has no metrics`);
  }
  const metrics = options.metrics === null || without !== null ? null : await metricsRegistry(logging);
  const genesis = await loadGenesis(options);
  const node = createNode(options, { genesis, logging, metrics });
  const exited = node.exited();
  const aborted = new Promise<ExitReason>((resolve) => {
    if (signal.aborted) resolve({ kind: "stopped" });
    signal.addEventListener("abort", () => resolve({ kind: "stopped" }), { once: true });
  });
  await node.start();
  try {
    if (node instanceof Node) await Promise.race([started?.(node), exited, aborted]);
    return await Promise.race([exited, aborted]);
  } finally {
    await node.stop();
  }
}

function createNode(options: NodeOptions, deps: NodeDeps): Node | SeedNode | ArchiveNode | StatelessNode {
  if (!options.localStorage) return new StatelessNode(options, deps);
  switch (options.mode) {
    case "seed":
      return new SeedNode(options, deps);
    case "archive":
      return new ArchiveNode(options, deps);
    default:
      return new Node(options, deps);
  }
}

/** Loaded only when metrics are on. */
async function metricsRegistry(logging: Logging): Promise<ReadableRegistry> {
  const { PrometheusRegistry } = await import("../telemetry/metrics/prometheus-registry.ts");
  const logger = logging.logger("metrics");
  return new PrometheusRegistry({
    failed: (error) => logger.error({ err: error }, "some metrics could not be read"),
  });
}
