import type { ListenAddress } from "../../api/listener.ts";
import { toHex } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { runNode } from "../main.ts";
import type { ExitReason, Node } from "../node.ts";
import { chooseApiPorts, otherApiPorts } from "./choose-ports.ts";
import type { LocalnetDeps } from "./localnet.ts";
import { writeLocalnetConfig } from "./localnet-config.ts";
import {
  type LocalnetPaths,
  type LocalnetReady,
  type LocalnetSettings,
  writeReady,
} from "./localnet-files.ts";
import { type LocalnetNode, localnetNodes, WANTED_API_PORTS } from "./localnet-nodes.ts";

/** Runs a network of one node in this process: the ordinary node, with a configuration that was made for it. */
export async function runOnlyNode(
  paths: LocalnetPaths,
  settings: LocalnetSettings,
  deps: LocalnetDeps,
): Promise<ExitReason> {
  const [node] = localnetNodes(paths, settings) as [LocalnetNode];
  writeLocalnetConfig(paths, settings, node, {
    ...(await chooseApiPorts(paths.dir, WANTED_API_PORTS)),
    seeds: [],
  });
  deps.report({ event: "progress", step: "starting the node" });
  return await runConfigured(paths, node, deps).catch(async (error: unknown) => {
    if (!(error instanceof QanatError) || error.code !== "api/listen") throw error;
    // Another network that starts at this moment was faster with the same ports.
    writeLocalnetConfig(paths, settings, node, { ...(await otherApiPorts(paths.dir)), seeds: [] });
    return await runConfigured(paths, node, deps);
  });
}

/** Runs the node that the folder's configuration is of. */
function runConfigured(
  paths: LocalnetPaths,
  own: LocalnetNode,
  { signal, report }: LocalnetDeps,
): Promise<ExitReason> {
  return runNode(
    { configPath: own.paths.config, overrides: {} },
    {
      signal,
      started: async (node) => {
        report({ event: "progress", step: "waiting for the ParaTime to be elected" });
        await untilElected(node, signal);
        if (signal.aborted) return;
        const ready = readyEvent(node, own, paths);
        writeReady(paths, ready);
        report({ event: "ready", ...ready });
      },
    },
  );
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

function readyEvent(node: Node, own: LocalnetNode, paths: LocalnetPaths): LocalnetReady {
  const [, grpc, http] = node.addresses;
  const { socket } = own.paths;
  return {
    socket,
    grpc: hostAndPort(grpc!),
    http: `http://${hostAndPort(http!)}`,
    runtime_id: toHex(node.workers[0]!.runtimeId),
    chain_context: node.chainContext,
    genesis: paths.genesis,
    nodes: [{ name: own.name, socket, consensus_address: null }],
    seed: null,
  };
}

function hostAndPort(address: ListenAddress): string {
  if (address.kind === "unix") throw new TypeError("not a TCP address");
  return `${address.host}:${address.port}`;
}
