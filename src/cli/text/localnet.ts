import type { LocalnetEvent, NodeEvent } from "../../node/localnet/localnet-events.ts";

/**
 * What a local network tells, for people at a terminal.
 * @param dir the folder, where it must be named for other commands to find the network; else null
 */
export function localnetText(event: LocalnetEvent, dir: string | null): string {
  switch (event.event) {
    case "progress":
      return `… ${event.step}\n`;
    case "node":
      return nodeText(event);
    case "ready":
      return readyText(event, dir);
    case "network":
      return networkText(event);
    case "stopped":
      return `stopped: ${event.reason}\n`;
  }
}

function nodeText(event: NodeEvent): string {
  const name = event.node;
  switch (event.state) {
    case "started":
      return "";
    case "waiting":
      return `… ${name}: waiting for ${event.for}\n`;
    case "ready":
      return `… ${name}: ready\n`;
    case "ended":
      return event.wasAsked ? `… ${name}: stopped\n` : endText(event);
  }
}

function endText({ node, reason, lastLines, again }: Extract<NodeEvent, { state: "ended" }>): string {
  const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}\n`).join("");
  const [first, ...more] = reason.split("\n");
  const log = lastLines.length === 0 ? "" : `  The end of its log:\n${indented(lastLines)}`;
  return `\n${node} has ended: ${first}\n${indented(more)}${log}  It runs again with: ${again}\n`;
}

function networkText(event: Extract<LocalnetEvent, { event: "network" }>): string {
  const { state, running, needed, validators, paratime } = event;
  const goesOn = state === "goes on" ? "The network goes on" : "The network makes no blocks";
  const without = paratime ? "" : ", and has lost the ParaTime and the API";
  return `${goesOn}${without}: ${running} of ${validators} validators run, ${needed} are needed.\n\n`;
}

function readyText(ready: Extract<LocalnetEvent, { event: "ready" }>, dir: string | null): string {
  const at = dir === null ? "" : ` --dir ${shellWord(dir)}`;
  return `
The network runs.

  socket          ${ready.socket}
  gRPC            ${ready.grpc}
  gRPC-Web        ${ready.http}
  ParaTime        ${ready.runtime_id}
  chain context   ${ready.chain_context}
${nodesText(ready)}
Try in another terminal:

  bin/oasis-node paratime submit${at} insert hello world
  bin/oasis-node paratime query${at} get hello
  bin/oasis-node control status -a ${shellWord(`unix:${ready.socket}`)}

Ctrl-C stops it; started again, it continues.
`;
}

/** Where there are several. */
function nodesText({ nodes, seed }: Extract<LocalnetEvent, { event: "ready" }>): string {
  if (seed === null) return "";
  const width = Math.max(...nodes.map(({ name }) => name.length));
  const lines = [...nodes, seed].map(
    ({ name, consensus_address }) => `  ${name.padEnd(width)}   ${consensus_address}\n`,
  );
  return `\nIts nodes, as other nodes name them in p2p.seeds:\n\n${lines.join("")}`;
}

/** A word as a shell takes it: quoted where it has more than the characters of an ordinary path. */
function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
