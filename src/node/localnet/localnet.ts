import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ListenAddress } from "../../api/listener.ts";
import { toHex } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { runNode } from "../main.ts";
import type { ExitReason, Node } from "../node.ts";
import { writeLocalnetConfig } from "./localnet-config.ts";
import {
  type LocalnetPaths,
  type LocalnetReady,
  type LocalnetSettings,
  localnetPaths,
  readSettings,
  writeReady,
} from "./localnet-files.ts";
import { takeFolder } from "./localnet-folder.ts";
import { setUpLocalnet } from "./set-up-localnet.ts";

export interface LocalnetOptions {
  /** Folder of the network; made when it is not there, continued when it is. */
  readonly dir: string;
  /** ELF or bundle for a new network; null: the demo. An existing network keeps the one it was made with. */
  readonly paratime: string | null;
  /** Time between blocks in milliseconds; null: as fast as transactions come, at least one a second. */
  readonly blockTimeMs: number | null;
}

export interface LocalnetDeps {
  /** Ends the network. */
  readonly signal: AbortSignal;
  report(event: LocalnetEvent): void;
}

/** Wanted ports of gRPC and of gRPC-Web; another free one is taken where one is busy. */
const grpcPort = 42270;
const httpPort = 42280;
/** What `npm run setup` builds. */
const demoParaTime = fileURLToPath(new URL("../../../build/keyvalue", import.meta.url));

/** What the network tells while it starts and runs. */
export type LocalnetEvent =
  | { readonly event: "progress"; readonly step: string }
  | ({ readonly event: "ready" } & LocalnetReady)
  | { readonly event: "stopped"; readonly reason: string };

/**
 * Sets a local network up where there is none yet, and runs its node: the ordinary node, with a configuration that was
 * made for it. Ends as the node does, or when `signal` aborts.
 */
export async function runLocalnet(options: LocalnetOptions, deps: LocalnetDeps): Promise<ExitReason> {
  const paths = localnetPaths(options.dir);
  const giveUpFolder = takeFolder(paths);
  try {
    return await runInFolder(paths, options, deps);
  } finally {
    rmSync(paths.ready, { force: true });
    giveUpFolder();
  }
}

async function runInFolder(
  paths: LocalnetPaths,
  options: LocalnetOptions,
  { signal, report }: LocalnetDeps,
): Promise<ExitReason> {
  const progress = (step: string) => report({ event: "progress", step });
  const found = readSettings(paths);
  const settings =
    found === null
      ? await setUpLocalnet(
          { paths, paratime: resolve(options.paratime ?? demoParaTime), blockTimeMs: options.blockTimeMs },
          { progress },
        )
      : continued(found, options);
  writeLocalnetConfig(paths, settings, {
    grpcPort: await freePort(grpcPort),
    httpPort: await freePort(httpPort),
  });
  progress("starting the node");
  const run = () => runConfigured(paths, { signal, report });
  const reason = await run().catch((error: unknown) => {
    if (!(error instanceof QanatError) || error.code !== "api/listen") throw error;
    // Another network that starts at this moment was faster with the same ports.
    writeLocalnetConfig(paths, settings, { grpcPort: 0, httpPort: 0 });
    return run();
  });
  report({ event: "stopped", reason: reason.kind === "failed" ? reason.message : "asked to" });
  return reason;
}

/** Runs the node that the folder's configuration is of. */
function runConfigured(paths: LocalnetPaths, { signal, report }: LocalnetDeps): Promise<ExitReason> {
  const progress = (step: string) => report({ event: "progress", step });
  return runNode(
    { configPath: paths.config, overrides: {} },
    {
      signal,
      started: async (node) => {
        progress("waiting for the ParaTime to be elected");
        await untilElected(node, signal);
        if (signal.aborted) return;
        const ready = readyEvent(node, paths);
        writeReady(paths, ready);
        report({ event: "ready", ...ready });
      },
    },
  );
}

/** An existing network goes on as it was made; another program for its ParaTime may be named. */
function continued(
  found: LocalnetSettings,
  { dir, paratime, blockTimeMs }: LocalnetOptions,
): LocalnetSettings {
  if (blockTimeMs !== null && blockTimeMs !== found.blockTimeMs) {
    const made = found.blockTimeMs === null ? "blocks on demand" : `a block time of ${found.blockTimeMs} ms`;
    throw new QanatError(
      "localnet/block-time",
      `the network in ${dir} was made with ${made}, which is in its genesis document. Choose another folder with --dir, or remove this one.`,
    );
  }
  return paratime === null ? found : { ...found, paratime: resolve(paratime) };
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
