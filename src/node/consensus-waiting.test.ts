import { describe, expect, test } from "vitest";
import { LocalHaltError } from "../consensus/errors.ts";
import type { NetworkReport } from "../p2p/comet/network-report.ts";
import type { NodeId } from "../p2p/comet/node-id.ts";
import { NONE_NEEDED } from "../telemetry/waiting.ts";
import { type ConsensusFigures, consensusWaiting, progressText } from "./consensus-waiting.ts";
import { consensusWarnings } from "./consensus-warnings.ts";

const id = "0".repeat(40) as NodeId;
const peer: NetworkReport["peers"][number] = {
  ...{ id, address: "8.8.8.8:26656", direction: "outbound", moniker: "peer", isPersistent: false, score: 0 },
  ...{ connectedAtMs: 0, sentBytes: 0, receivedBytes: 0, droppedMessages: 0 },
};
const network: NetworkReport = {
  ...{ id, listening: "0.0.0.0:26656", hadInbound: false, knownAddresses: 0 },
  ...{ peers: [peer], dialed: [], banned: [], waiting: null },
};
const noPeers: NetworkReport = {
  ...network,
  peers: [],
  waiting: { for: "consensus peers", cause: "no address has been dialed", remedy: "name seeds", sinceMs: 1 },
};
const figures: ConsensusFigures = {
  ...{
    phase: "rounds",
    phaseSinceMs: 7,
    isAlone: false,
    progress: null,
    checkpoint: null,
    network,
    isRecent: true,
  },
  engine: { state: "running", height: 5n, round: 0, step: "propose", sinceMs: 9 },
  clockOffsetMs: null,
};
const progress = { height: 120n, target: 5120n, blocksPerSecond: 80, secondsLeft: 63, sinceMs: 3 };

describe("what keeps a node from the head of the chain", () => {
  test.each<[string, Partial<ConsensusFigures>, object | null]>([
    ["nothing", {}, null],
    ["nothing, though its peers have gone for a moment", { network: noPeers }, null],
    ["no peers", { phase: "blocks", network: noPeers }, { for: "consensus peers", remedy: "name seeds" }],
    ["peers that say nothing", { phase: "blocks" }, { for: "peers to tell which blocks they have" }],
    [
      "blocks to fetch",
      { phase: "blocks", progress },
      { for: "the head of the chain", cause: "height 120 of 5120, 80 blocks/s, about 63 s left", sinceMs: 3 },
    ],
    [
      "a checkpoint",
      { phase: "checkpoint", checkpoint: { cause: "checkpoint of height 5: 1 of 4 chunks", remedy: "wait" } },
      {
        ...{ for: "a checkpoint of the state", cause: "checkpoint of height 5: 1 of 4 chunks" },
        ...{ remedy: "wait", sinceMs: 7 },
      },
    ],
    ["no peers at the head", { isRecent: false, network: noPeers }, { for: "consensus peers" }],
    [
      "validators that are down",
      { isRecent: false, engine: { state: "running", height: 5n, round: 3, step: "prevote", sinceMs: 9 } },
      { for: "a recent block", cause: expect.stringMatching(/^height 5 is in round 3, step prevote/) },
    ],
    [
      "the first block of a node that is alone",
      { isRecent: false, isAlone: true, network: noPeers },
      { for: "a recent block", cause: null, remedy: NONE_NEEDED },
    ],
    [
      "its clock",
      { isRecent: false, clockOffsetMs: 90_000 },
      { cause: "blocks come, but this machine's clock is 90 s ahead of the validators'" },
    ],
    [
      "a chain that halted",
      { engine: { state: "halted", height: 5n, error: new Error("bad disk") } },
      { cause: "the chain halted: bad disk", remedy: "see the log" },
    ],
    [
      "a chain that ends on purpose",
      { engine: { state: "halted", height: 5n, error: new LocalHaltError(6n, 1n) } },
      { for: "the end of the node", cause: expect.stringMatching(/as configured/), remedy: NONE_NEEDED },
    ],
  ])("%s", (_, change, expected) => {
    const waiting = consensusWaiting({ ...figures, ...change });
    if (expected === null) expect(waiting).toBeNull();
    else expect(waiting).toMatchObject(expected);
  });
});

test.each([
  [{ ...progress, blocksPerSecond: 0, secondsLeft: null }, "height 120 of 5120, 0.0 blocks/s"],
  [
    { ...progress, blocksPerSecond: 2.5, secondsLeft: 2000 },
    "height 120 of 5120, 2.5 blocks/s, about 33 min left",
  ],
  [{ ...progress, secondsLeft: 20_000 }, "height 120 of 5120, 80 blocks/s, about 6 h left"],
  [{ ...progress, secondsLeft: 400_000 }, "height 120 of 5120, 80 blocks/s, about 5 days left"],
])("progress in words", (rate, text) => {
  expect(progressText(rate)).toBe(text);
});

describe("what works and is not as it should be", () => {
  const told = "203.0.113.7:26656";
  const check = { told, answer: null };
  const base = { network, check, clockOffsetMs: null, startedMs: 0, nowMs: 11 * 60_000 };

  test("a port that nobody has connected to for ten minutes", () => {
    expect(consensusWarnings(base)).toMatchObject([
      { text: expect.stringContaining(told), remedy: expect.stringContaining("TCP port"), sinceMs: 0 },
    ]);
  });

  test.each([network, noPeers])("a port that this machine cannot connect to either, at once", (some) => {
    const answer = "nothing listens at the address (code: ECONNREFUSED)";
    expect(consensusWarnings({ ...base, network: some, check: { told, answer }, nowMs: 1 })).toMatchObject([
      {
        text: expect.stringMatching(/closed from outside.*203\.0\.113\.7:26656.*ECONNREFUSED/),
        remedy: expect.stringContaining("consensus.external_address"),
      },
    ]);
  });

  test.each([
    ["somebody has connected", { network: { ...network, hadInbound: true } }],
    ["it is early", { nowMs: 9 * 60_000 }],
    ["it has no peers that could tell others", { network: noPeers }],
    ["it does not listen", { network: { ...network, listening: null } }],
    ["nobody is told", { check: null }],
  ])("not when %s", (_, change) => {
    expect(consensusWarnings({ ...base, ...change })).toEqual([]);
  });

  test("a clock that is behind", () => {
    const [warning] = consensusWarnings({ ...base, check: null, clockOffsetMs: -2500 });
    expect(warning).toMatchObject({ text: "this machine's clock is 3 s behind the validators'" });
  });
});
