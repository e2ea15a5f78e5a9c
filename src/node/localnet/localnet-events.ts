import type { LocalnetReady } from "./localnet-files.ts";

/** What the network tells while it starts and runs. */
export type LocalnetEvent =
  | { readonly event: "progress"; readonly step: string }
  | NodeEvent
  | ({ readonly event: "ready" } & LocalnetReady)
  | NetworkEvent
  | { readonly event: "stopped"; readonly reason: string };

/** What became of one node of several. */
export type NodeEvent = {
  readonly event: "node";
  /** The node's name. */
  readonly node: string;
} & (
  | { readonly state: "started"; readonly pid: number; readonly log: string }
  /** It answers; `waiting` says what it waits for, null when nothing. */
  | { readonly state: "waiting"; readonly for: string }
  | { readonly state: "ready" }
  | NodeEnd
);

/** How the process of a node ended. */
export interface NodeEnd {
  readonly state: "ended";
  /** Whether it was asked to: by `control shutdown`, or because the network stops. */
  readonly wasAsked: boolean;
  readonly reason: string;
  /** The last lines of its log. */
  readonly lastLines: readonly string[];
  /** The command that runs it again. */
  readonly again: string;
}

/** Whether the network goes on after a node has ended. */
export interface NetworkEvent {
  readonly event: "network";
  readonly state: "goes on" | "stands still";
  /** Validators that run, and how many of `validators` must run for blocks to be made. */
  readonly running: number;
  readonly needed: number;
  readonly validators: number;
  /** Whether the node runs that runs the ParaTime and serves the API. */
  readonly paratime: boolean;
}
