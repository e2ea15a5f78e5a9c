import { expect, test } from "vitest";
import type { LocalnetEvent } from "../../node/localnet/localnet-events.ts";
import { localnetText } from "./localnet.ts";

const node = { event: "node", node: "validator-3" } as const;
const ended = {
  ...node,
  state: "ended",
  lastLines: ["one", "two"],
  again: "bin/oasis-node --config /n/c.yml",
} as const;
const network = { event: "network", running: 3, needed: 3, validators: 4, paratime: true } as const;

test.each<[LocalnetEvent, string]>([
  [{ event: "progress", step: "making keys" }, "… making keys\n"],
  [{ ...node, state: "started", pid: 7, log: "/n/node.log" }, ""],
  [{ ...node, state: "waiting", for: "peers" }, "… validator-3: waiting for peers\n"],
  [{ ...node, state: "ready" }, "… validator-3: ready\n"],
  [{ ...ended, wasAsked: true, reason: "it was asked to stop" }, "… validator-3: stopped\n"],
  [
    { ...ended, wasAsked: false, reason: "it was killed by SIGKILL" },
    "\nvalidator-3 has ended: it was killed by SIGKILL\n  The end of its log:\n    one\n    two\n  It runs again with: bin/oasis-node --config /n/c.yml\n",
  ],
  [
    { ...ended, wasAsked: false, reason: "first\nsecond", lastLines: [] },
    "\nvalidator-3 has ended: first\n    second\n  It runs again with: bin/oasis-node --config /n/c.yml\n",
  ],
  [{ ...network, state: "goes on" }, "The network goes on: 3 of 4 validators run, 3 are needed.\n\n"],
  [
    { ...network, state: "stands still", running: 2, paratime: false },
    "The network makes no blocks, and has lost the ParaTime and the API: 2 of 4 validators run, 3 are needed.\n\n",
  ],
  [{ event: "stopped", reason: "asked to" }, "stopped: asked to\n"],
])("%o", (event, text) => {
  expect(localnetText(event, null)).toBe(text);
});

test("a ready network names its folder where commands need it, and its nodes where there are several", () => {
  const ready = {
    event: "ready",
    ...{ socket: "/n/a b/internal.sock", grpc: "127.0.0.1:1", http: "http://127.0.0.1:2" },
    ...{ runtime_id: "80", chain_context: "ab", genesis: "/n/genesis.json" },
  } as const;
  const one = { name: "node", socket: "/s", consensus_address: null };
  const alone = localnetText({ ...ready, nodes: [one], seed: null }, null);
  expect(alone).toContain("paratime query get hello");
  expect(alone).toContain("-a 'unix:/n/a b/internal.sock'");
  expect(alone).not.toContain("p2p.seeds");
  const named = (name: string) => ({ name, socket: "/s", consensus_address: `KEY-${name}@127.0.0.1:3` });
  const several = localnetText(
    { ...ready, nodes: [named("validator-1"), named("validator-2")], seed: named("seed") },
    "/n/a b",
  );
  expect(several).toContain("paratime submit --dir '/n/a b' insert");
  expect(several).toContain(
    "  validator-2   KEY-validator-2@127.0.0.1:3\n  seed          KEY-seed@127.0.0.1:3\n",
  );
});
