import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { NodeEnd } from "./localnet-events.ts";
import type { LocalnetNode } from "./localnet-nodes.ts";
import { commandText, type ProcessEnd } from "./node-process.ts";

/** Lines of a log that are shown. */
const LAST_LINES = 8;
/** Of a log's end that is read for them. */
const MAX_TAIL_BYTES = 16_384;

/** What to tell of a node whose process has ended. @param wasStopped whether it was ended by us */
export function nodeEnd(node: LocalnetNode, end: ProcessEnd, wasStopped: boolean): NodeEnd {
  const { code, signal, output } = end;
  return {
    state: "ended",
    wasAsked: code === 0 || wasStopped,
    reason: endReason(code, signal, output),
    lastLines: lastLines(node.paths.log, LAST_LINES),
    again: commandText(node),
  };
}

/** Whether a node ended because somebody else had a port of its API. */
export function wasApiPortTaken({ code, output }: ProcessEnd): boolean {
  return code === 1 && /the API cannot listen on \S+: another process listens there already/.test(output);
}

function endReason(code: number | null, signal: NodeJS.Signals | null, output: string): string {
  if (signal !== null) return `it was killed by ${signal}`;
  if (code === 0) return "it was asked to stop";
  const lines = output.trim().split("\n");
  // A mistake of the program comes with its stack: what it is stands at its beginning.
  const at = lines.findLastIndex((line) => /^(?:Internal error|Error): /.test(line));
  const complaint = (at < 0 ? lines.slice(-LAST_LINES) : lines.slice(at, at + LAST_LINES)).join("\n");
  return complaint === "" ? `it ended with code ${code}` : complaint.replace(/^Error: /, "");
}

/** The last lines of a text file; none when it is not there. */
export function lastLines(path: string, count: number): string[] {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size, MAX_TAIL_BYTES));
    readSync(file, tail, 0, tail.length, size - tail.length);
    const lines = tail
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
    // The first one may have lost its beginning.
    if (tail.length < size) lines.shift();
    return lines.slice(-count);
  } finally {
    closeSync(file);
  }
}
