import { rmSync } from "node:fs";
import { toHex } from "../../codec/bytes.ts";
import { chainContext } from "../../config/genesis/chain-context.ts";
import { readGenesis } from "../../config/genesis/read-genesis.ts";
import type { ExitReason } from "../node.ts";
import { type ApiPorts, chooseApiPorts, otherApiPorts, requireFreePorts } from "./choose-ports.ts";
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
import {
  type LocalnetNode,
  localnetNodes,
  peerAddress,
  seedAddresses,
  WANTED_API_PORTS,
} from "./localnet-nodes.ts";
import { nodeEnd, wasApiPortTaken } from "./node-end.ts";
import { NodeProcess, type ProcessEnd } from "./node-process.ts";
import { untilReady } from "./watch-node.ts";

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
  progress(`starting ${settings.validators} validators and their seed`);
  return await new Nodes(paths, settings, deps, nodes).run();
}

/** The running nodes of one network. */
class Nodes {
  readonly #paths: LocalnetPaths;
  readonly #settings: LocalnetSettings;
  readonly #deps: LocalnetDeps;
  readonly #nodes: readonly LocalnetNode[];
  /** Ends the watches: the network stops. */
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, NodeProcess>();
  readonly #ready = new Set<string>();
  #api = WANTED_API_PORTS;
  #isReady = false;
  /** Why the network fails; null while it does not. */
  #failure: string | null = null;

  constructor(
    paths: LocalnetPaths,
    settings: LocalnetSettings,
    deps: LocalnetDeps,
    nodes: readonly LocalnetNode[],
  ) {
    this.#paths = paths;
    this.#settings = settings;
    this.#deps = deps;
    this.#nodes = nodes;
  }

  async run(): Promise<ExitReason> {
    const { signal } = this.#deps;
    this.#writeConfigs(await chooseApiPorts(this.#paths.dir, WANTED_API_PORTS));
    const stop = () => this.#stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const ends = this.#nodes.map((node) => this.#accompany(node));
      if (signal.aborted) stop();
      await Promise.all(ends);
    } finally {
      signal.removeEventListener("abort", stop);
      rmSync(this.#paths.processes, { force: true });
    }
    return this.#failure === null || signal.aborted
      ? { kind: "stopped" }
      : { kind: "failed", message: this.#failure };
  }

  #writeConfigs(api: ApiPorts): void {
    this.#api = api;
    const seeds = seedAddresses(this.#nodes.find(({ kind }) => kind === "seed")!);
    for (const node of this.#nodes) {
      writeLocalnetConfig(this.#paths, this.#settings, node, { ...this.#api, seeds });
    }
  }

  /** Runs a node. Resolves when it has ended, and tells of it. */
  async #accompany(node: LocalnetNode): Promise<void> {
    let end = await this.#runOnce(node);
    if (node.kind === "first" && !this.#isReady && wasApiPortTaken(end)) {
      // Another program was faster, perhaps only to see whether the port is free.
      this.#writeConfigs(await otherApiPorts(this.#paths.dir));
      if (!this.#stopping.signal.aborted) end = await this.#runOnce(node);
    }
    const isStopping = this.#stopping.signal.aborted;
    const told = nodeEnd(node, end, isStopping);
    this.#deps.report({ event: "node", node: node.name, ...told });
    if (isStopping) return;
    if (!told.wasAsked) this.#failure = "the nodes of the network have ended, see above";
    if (node.kind !== "seed") this.#reportQuorum();
    if (node.kind === "first" && !this.#isReady) {
      this.#failure = `the network cannot start without ${node.name}, which runs the ParaTime`;
      this.#stop();
    }
    // A seed alone is no network.
    if (this.#runningValidators() === 0) this.#stop();
  }

  async #runOnce(node: LocalnetNode): Promise<ProcessEnd> {
    const process = new NodeProcess(node);
    this.#running.set(node.name, process);
    noteProcesses(this.#paths.processes, [...this.#running.values()]);
    this.#deps.report({
      ...{ event: "node", node: node.name, state: "started" },
      ...{ pid: process.pid, log: node.paths.log },
    });
    void this.#watch(process);
    const end = await process.ended;
    this.#running.delete(node.name);
    return end;
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
    const paratime = this.#running.has(this.#nodes[0]!.name);
    this.#deps.report({ event: "network", state, running, needed, validators, paratime });
  }

  /** Follows a node until it is ready or has ended. */
  async #watch({ node, ended }: NodeProcess): Promise<void> {
    const over = new AbortController();
    void ended.then(() => over.abort());
    const signal = AbortSignal.any([over.signal, this.#stopping.signal]);
    const tell = { event: "node", node: node.name } as const;
    const waits = (what: string) => this.#deps.report({ ...tell, state: "waiting", for: what });
    try {
      await untilReady(node, { signal, waits });
      this.#deps.report({ ...tell, state: "ready" });
      this.#ready.add(node.name);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await this.#lookWhetherReady();
  }

  /** Tells that the network can be used, once all of its nodes that live are ready. */
  async #lookWhetherReady(): Promise<void> {
    const living = [...this.#running.keys()];
    // Without the first node there is nobody who runs the ParaTime and serves the API.
    const isReady = this.#ready.has(this.#nodes[0]!.name) && living.every((name) => this.#ready.has(name));
    if (this.#isReady || !isReady || this.#stopping.signal.aborted) return;
    this.#isReady = true;
    const ready = await this.#readyEvent();
    if (this.#stopping.signal.aborted) return;
    writeReady(this.#paths, ready);
    this.#deps.report({ event: "ready", ...ready });
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
    const left = [...this.#running.values()];
    if (left.length > 0) this.#deps.report({ event: "progress", step: `stopping ${left.length} nodes` });
    for (const process of left) process.kill("SIGTERM");
    const timer = setTimeout(() => {
      for (const process of this.#running.values()) process.kill("SIGKILL");
    }, STOP_TIMEOUT_MS);
    void Promise.all(left.map(({ ended }) => ended)).then(() => clearTimeout(timer));
  }
}
