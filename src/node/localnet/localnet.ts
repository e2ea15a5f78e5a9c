import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { ListenAddress } from "../../api/listener.ts";
import { toHex } from "../../codec/bytes.ts";
import type { ProcessHostKind } from "../../runtime/host.ts";
import { createLogging, type LoggingOptions } from "../../telemetry/logger.ts";
import { runNode } from "../main.ts";
import type { ExitReason, Node } from "../node.ts";
import type { NodeOptions } from "../node-options.ts";
import { type LocalnetPaths, localnetPaths, readSettings } from "./localnet-files.ts";
import { localnetOptions } from "./localnet-options.ts";
import { setUpLocalnet } from "./set-up-localnet.ts";

export interface LocalnetOptions {
  /** Folder of the network; made when it is not there, continued when it is. */
  readonly dir: string;
  /** ELF or bundle for a new network; an existing one keeps its own unless another is named. */
  readonly paratime: string;
  /** Time between blocks in milliseconds; null: as fast as transactions come, at least one a second. */
  readonly blockTimeMs: number | null;
  /** Wanted TCP ports; another free one is taken where one is busy. */
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly logging: LoggingOptions;
  readonly processHost: ProcessHostKind;
  readonly sandboxBinary: string;
}

/** What the network tells while it starts and runs. */
export type LocalnetEvent =
  | { readonly event: "progress"; readonly step: string }
  | ({ readonly event: "ready" } & LocalnetReady)
  | { readonly event: "stopped"; readonly reason: string };

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

/**
 * Sets a local network up where there is none yet, and runs its node: the ordinary node, with a configuration that was
 * made for it. Ends as the node does, or when `signal` aborts.
 */
export async function runLocalnet(
  options: LocalnetOptions,
  signal: AbortSignal,
  tell: (event: LocalnetEvent) => void,
): Promise<ExitReason> {
  const paths = localnetPaths(options.dir);
  const progress = (step: string) => tell({ event: "progress", step });
  const settings =
    readSettings(paths) ??
    (await setUpLocalnet(
      { ...options, paths },
      { logger: createLogging(options.logging).logger("localnet"), progress },
    ));
  const grpcPort = await freePort(options.grpcPort);
  const httpPort = await freePort(options.httpPort);
  const nodeOptions: NodeOptions = localnetOptions({ ...options, grpcPort, httpPort, paths, settings });
  progress("starting the node");
  try {
    const reason = await runNode(nodeOptions, signal, async (node) => {
      progress("waiting for the ParaTime to be elected");
      await untilElected(node, signal);
      const ready = readyEvent(node, paths);
      writeFileSync(paths.ready, `${JSON.stringify(ready, null, 2)}\n`);
      tell({ event: "ready", ...ready });
    });
    tell({ event: "stopped", reason: reason.kind });
    return reason;
  } finally {
    rmSync(paths.ready, { force: true });
  }
}

/** Resolves when the node's ParaTime takes transactions, or when the node is told to end. */
function untilElected(node: Node, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const works = node.workers.every((worker) => worker.waiting === null && worker.executor?.rank != null);
      if (!works && !signal.aborted) return;
      for (const dispose of disposers) dispose();
      signal.removeEventListener("abort", look);
      resolve();
    };
    const disposers = [
      node.consensus.onBlock(look),
      ...node.workers.map((worker) => worker.offerChanged.subscribe(look)),
    ];
    signal.addEventListener("abort", look, { once: true });
    look();
  });
}

function readyEvent(node: Node, paths: LocalnetPaths): LocalnetReady {
  const [, grpc, http] = node.addresses;
  return {
    socket: paths.socket,
    grpc: hostAndPort(grpc!),
    http: `http://${hostAndPort(http!)}`,
    runtime_id: toHex(node.workers[0]!.runtimeId),
    chain_context: node.chainContext,
    genesis: paths.genesis,
  };
}

function hostAndPort(address: ListenAddress): string {
  if (address.kind === "unix") throw new TypeError("not a TCP address");
  return `${address.host}:${address.port}`;
}

/** The wanted port, or 0 (any) when somebody listens there. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(0));
    probe.listen(wanted, "127.0.0.1", () => probe.close(() => resolve(wanted)));
  });
}
