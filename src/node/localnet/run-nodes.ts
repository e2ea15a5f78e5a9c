import { rmSync } from "node:fs";
import { toHex } from "../../codec/bytes.ts";
import { chainContext } from "../../config/genesis/chain-context.ts";
import { readGenesis } from "../../config/genesis/read-genesis.ts";
import type { ExitReason } from "../node.ts";
import { freePortNear, requireFreePorts } from "./choose-ports.ts";
import { endLeftovers, noteProcesses, STOP_TIMEOUT_MS } from "./leftover-processes.ts";
import type { LocalnetDeps } from "./localnet.ts";
import { writeLocalnetConfig } from "./localnet-config.ts";
import {
  type LocalnetPaths,
  type LocalnetReady,
  type LocalnetSettings,
  type ReadyNode,
  writeReady,
} from "./localnet-files.ts";
import { type LocalnetNode, localnetNodes, peerAddress, WANTED_API_PORTS } from "./localnet-nodes.ts";
import { nodeEnd } from "./node-end.ts";
import { NodeProcess } from "./node-process.ts";
import { untilReady } from "./watch-node.ts";

interface ApiPorts {
  readonly grpcPort: number;
  readonly httpPort: number;
}

/**
 * Runs the nodes of a network, each in a process of its own, and tells what becomes of them. A node that ends is told
 * of and not started again: the others go on while they are more than two thirds of the validators.
 *
 * Ends when all validators have ended, or when `signal` aborts: then the nodes are stopped in order.
 */
export async function runNodes(
  paths: LocalnetPaths,
  settings: LocalnetSettings,
  deps: LocalnetDeps,
): Promise<ExitReason> {
  const progress = (step: string) => deps.report({ event: "progress", step });
  await endLeftovers(paths.processes, progress);
  await requireFreePorts(settings.ports, paths.settings);
  const nodes = localnetNodes(paths, settings);
  const seed = peerAddress(nodes.find(({ kind }) => kind === "seed")!);
  const api = {
    grpcPort: await freePortNear(WANTED_API_PORTS.grpc),
    httpPort: await freePortNear(WANTED_API_PORTS.http),
  };
  for (const node of nodes) writeLocalnetConfig(paths, settings, node, { ...api, seed });
  progress(`starting ${settings.validators} validators and their seed`);
  return await new Nodes(paths, settings, deps, nodes, api).run();
}

/** The running nodes of one network. */
class Nodes {
  readonly #paths: LocalnetPaths;
  readonly #settings: LocalnetSettings;
  readonly #deps: LocalnetDeps;
  readonly #nodes: readonly LocalnetNode[];
  readonly #api: ApiPorts;
  /** Ends the watches: the network stops. */
  readonly #stopping = new AbortController();
  #processes: NodeProcess[] = [];
  #running = new Set<string>();
  #hasFailed = false;

  constructor(
    paths: LocalnetPaths,
    settings: LocalnetSettings,
    deps: LocalnetDeps,
    nodes: readonly LocalnetNode[],
    api: ApiPorts,
  ) {
    this.#paths = paths;
    this.#settings = settings;
    this.#deps = deps;
    this.#nodes = nodes;
    this.#api = api;
  }

  async run(): Promise<ExitReason> {
    const { signal, report } = this.#deps;
    this.#processes = this.#nodes.map((node) => new NodeProcess(node));
    noteProcesses(this.#paths.processes, this.#processes);
    const stop = () => this.#stop();
    signal.addEventListener("abort", stop, { once: true });
    for (const { node, pid } of this.#processes) {
      this.#running.add(node.name);
      report({ event: "node", node: node.name, state: "started", pid, log: node.paths.log });
    }
    const ends = this.#processes.map((process) => this.#accompany(process));
    try {
      if (signal.aborted) this.#stop();
      void this.#whenReady();
      await Promise.all(ends);
    } finally {
      signal.removeEventListener("abort", stop);
      rmSync(this.#paths.processes, { force: true });
    }
    return this.#hasFailed && !signal.aborted
      ? { kind: "failed", message: "the nodes of the network have ended, see above" }
      : { kind: "stopped" };
  }

  /** Resolves when the process has ended, and says so. */
  async #accompany(process: NodeProcess): Promise<void> {
    const end = await process.ended;
    const { node } = process;
    this.#running.delete(node.name);
    const told = nodeEnd(node, end, this.#stopping.signal.aborted);
    this.#deps.report({ event: "node", node: node.name, ...told });
    if (this.#stopping.signal.aborted) return;
    if (!told.wasAsked) this.#hasFailed = true;
    if (node.kind !== "seed") this.#reportQuorum();
    // A seed alone is no network.
    if (this.#runningValidators() === 0) this.#stop();
  }

  #runningValidators(): number {
    return this.#nodes.filter(({ kind, name }) => kind !== "seed" && this.#running.has(name)).length;
  }

  #reportQuorum(): void {
    const { validators } = this.#settings;
    const running = this.#runningValidators();
    // More than two thirds of the power, which is equal.
    const needed = Math.floor((2 * validators) / 3) + 1;
    const state = running >= needed ? "goes on" : "stands still";
    this.#deps.report({ event: "network", state, running, needed, validators });
  }

  /** Tells the others that the network can be used, once all of its nodes that live are ready. */
  async #whenReady(): Promise<void> {
    const states = await Promise.all(this.#processes.map((process) => this.#readiness(process)));
    // Without the first node there is nobody who runs the ParaTime and serves the API.
    if (this.#stopping.signal.aborted || !states[0]) return;
    const ready = await this.#readyEvent();
    if (this.#stopping.signal.aborted) return;
    writeReady(this.#paths, ready);
    this.#deps.report({ event: "ready", ...ready });
  }

  /** Whether the node has become ready; false when it ended before. */
  async #readiness({ node, ended }: NodeProcess): Promise<boolean> {
    const over = new AbortController();
    void ended.then(() => over.abort());
    const signal = AbortSignal.any([over.signal, this.#stopping.signal]);
    const tell = { event: "node", node: node.name } as const;
    const waits = (what: string) => this.#deps.report({ ...tell, state: "waiting", for: what });
    try {
      await untilReady(node, { signal, waits });
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
    this.#deps.report({ ...tell, state: "ready" });
    return true;
  }

  async #readyEvent(): Promise<LocalnetReady> {
    const described = this.#nodes.map((node): ReadyNode => {
      return { name: node.name, socket: node.paths.socket, consensus_address: peerAddress(node) };
    });
    return {
      socket: this.#nodes[0]!.paths.socket,
      grpc: `127.0.0.1:${this.#api.grpcPort}`,
      http: `http://127.0.0.1:${this.#api.httpPort}`,
      runtime_id: toHex(this.#settings.runtimeId),
      chain_context: chainContext(await readGenesis(this.#paths.genesis)),
      genesis: this.#paths.genesis,
      nodes: described.filter(({ name }) => name !== "seed"),
      seed: described.find(({ name }) => name === "seed") ?? null,
    };
  }

  /** Asks all nodes to end, and makes those end that do not. */
  #stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(new Error("the network stops"));
    rmSync(this.#paths.ready, { force: true });
    const left = this.#processes.filter(({ node }) => this.#running.has(node.name));
    if (left.length > 0) {
      this.#deps.report({ event: "progress", step: `stopping ${left.length} nodes` });
    }
    for (const process of left) process.kill("SIGTERM");
    const timer = setTimeout(() => {
      for (const process of left) {
        if (this.#running.has(process.node.name)) process.kill("SIGKILL");
      }
    }, STOP_TIMEOUT_MS);
    void Promise.all(left.map(({ ended }) => ended)).then(() => clearTimeout(timer));
  }
}
