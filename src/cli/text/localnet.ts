import type { LocalnetEvent } from "../../node/localnet/localnet.ts";

/**
 * What a local network tells, for people at a terminal.
 * @param dir the folder, where it must be named for other commands to find the network; else null
 */
export function localnetText(event: LocalnetEvent, dir: string | null): string {
  switch (event.event) {
    case "progress":
      return `… ${event.step}\n`;
    case "ready":
      return readyText(event, dir);
    case "stopped":
      return `stopped: ${event.reason}\n`;
  }
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

Try in another terminal:

  bin/oasis-node paratime submit${at} insert hello world
  bin/oasis-node paratime query${at} get hello
  bin/oasis-node control status -a ${shellWord(`unix:${ready.socket}`)}

Ctrl-C stops it; started again, it continues.
`;
}

/** A word as a shell takes it: quoted where it has more than the characters of an ordinary path. */
function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
