import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LocalnetNode } from "./localnet-nodes.ts";

/** How a process ended. */
export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last that it wrote to its terminal. */
  readonly output: string;
}

const executable = fileURLToPath(new URL("../../../bin/oasis-node", import.meta.url));
/** Has a program told when the process that started it ends, however it ends. Part of every Debian. */
const tiedToUs = "/usr/bin/setpriv";
/** What is kept of a node's output to its terminal; what it logs is in its log. */
const MAX_OUTPUT = 16_384;

/** The process of a node: the ordinary program with the node's configuration. */
export class NodeProcess {
  readonly node: LocalnetNode;
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  #output = "";

  /** Starts it. */
  constructor(node: LocalnetNode) {
    this.node = node;
    const command = nodeCommand(node);
    // In a session of its own: Ctrl-C on our terminal is for us, and we end the nodes in order.
    this.#child = spawn(command[0]!, command.slice(1), { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.pid = this.#child.pid ?? 0;
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-MAX_OUTPUT);
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => resolve({ code, signal, output: this.#output }));
      this.#child.once("error", ({ message }) => resolve({ code: 1, signal: null, output: message }));
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** The command that runs a node, for people. */
export function commandText({ paths }: Pick<LocalnetNode, "paths">): string {
  return `bin/oasis-node --config ${paths.config}`;
}

function nodeCommand({ paths }: LocalnetNode): string[] {
  const command = [executable, "--config", paths.config];
  return existsSync(tiedToUs) ? [tiedToUs, "--pdeathsig", "TERM", "--", ...command] : command;
}
