import { beforeEach, describe, expect, test } from "vitest";
import type { NextBlock } from "../../consensus/upgrade/next-block.ts";
import { memoryEnvironment } from "../../storage/environment/memory-environment.ts";
import { Descriptor } from "../../types/upgrade.ts";
import { PROTOCOL_VERSIONS } from "../../types/versions.ts";
import { storedUpgrades } from "./stored-upgrades.ts";
import { MAX_PENDING_UPGRADES, UpgradeManager } from "./upgrade-manager.ts";

const EPOCH = 10n;
const lines: string[] = [];
const note = (_: unknown, text?: string) => {
  lines.push(text ?? "");
};
const logger = { info: note, warn: note };

let store: ReturnType<typeof storedUpgrades>;
let manager: UpgradeManager;

beforeEach(() => {
  lines.length = 0;
  store = storedUpgrades(memoryEnvironment());
  manager = start();
});

const start = () => new UpgradeManager({ store, logger });

function upgrade(handler: string, change: Partial<Descriptor> = {}): Descriptor {
  return Descriptor.make({ v: 1, handler, target: PROTOCOL_VERSIONS, epoch: EPOCH, ...change });
}

/** An upgrade for a version that does not exist yet. */
const foreign = upgrade("empty", {
  target: { ...PROTOCOL_VERSIONS, consensus_protocol: { major: 8, minor: 0, patch: 0 } },
});

/** The block that is the first of an epoch; of epoch 10 it is block 101. */
function firstOf(epoch: bigint, accepted: readonly Descriptor[] = []): NextBlock {
  return { height: epoch * 10n + 1n, epochBefore: epoch - 1n, epoch, accepted };
}

const quiet = (accepted: readonly Descriptor[] = []): NextBlock => ({
  ...{ height: 95n, epochBefore: EPOCH - 1n, epoch: EPOCH - 1n, accepted },
});

describe("an upgrade of the operator's", () => {
  test("is pending, over restarts, until it is cancelled", () => {
    manager.submit(upgrade("consensus261"));
    const [shown] = start().pending;
    expect(shown).toEqual({
      ...{ v: 1, descriptor: upgrade("consensus261"), upgrade_height: 0n, last_completed_stage: 0n },
    });
    expect(() => manager.submit(upgrade("consensus261"))).toThrow(
      expect.objectContaining({ module: "upgrade", wireCode: 5 }),
    );
    manager.cancel(upgrade("consensus261", { epoch: 11n }));
    expect(manager.pending).toHaveLength(1);
    manager.cancel(upgrade("consensus261"));
    manager.cancel(upgrade("consensus261"));
    expect(start().pending).toEqual([]);
  });

  test("is carried out in the first block of its epoch, and is gone afterwards", () => {
    manager.submit(upgrade("consensus261"));
    expect(manager.due(quiet())).toEqual([]);
    expect(manager.due(firstOf(EPOCH))).toEqual(["consensus261"]);
    manager.settle(firstOf(EPOCH));
    expect(manager.pending).toHaveLength(1);
    manager.settle({ height: 102n, epochBefore: EPOCH, epoch: EPOCH, accepted: [] });
    expect(start().pending).toEqual([]);
  });

  test("is carried out when its epoch was skipped", () => {
    manager.submit(upgrade("consensus261"));
    expect(manager.due({ ...firstOf(14n), epochBefore: 9n })).toEqual(["consensus261"]);
  });

  test.each([
    ["another version of the protocol", foreign, /own 7\.0\.0, required 8\.0\.0; install the version/],
    [
      "an unknown handler",
      upgrade("consensus999"),
      /no migration handler "consensus999"; install the version/,
    ],
  ])("for %s halts the node, and the next start needs the other version", (_, descriptor, message) => {
    manager.submit(descriptor);
    expect(manager.due(quiet())).toEqual([]);
    expect(() => start().begin()).not.toThrow();
    expect(() => manager.due(firstOf(EPOCH))).toThrow(message);
    manager.stopped(firstOf(EPOCH));
    expect(manager.pending).toMatchObject([{ upgrade_height: 100n }]);
    expect(() => manager.cancel(descriptor)).toThrow(
      expect.objectContaining({ module: "upgrade", wireCode: 6 }),
    );
    const next = start();
    expect(() => next.begin()).toThrow(message);
    expect(() => next.begin()).toThrow(/halted after block 100 for upgrade/);
  });

  test("that begins with a start halts the node once", () => {
    manager.submit(upgrade("__e2e-test-valid"));
    expect(() => manager.due(firstOf(EPOCH))).toThrow(/after block 100: .* start the node again/);
    manager.stopped(firstOf(EPOCH));
    // Should it end before it was able to say that it has started, the next start is as good.
    for (const next of [start(), start()]) {
      next.begin();
      next.settle(firstOf(EPOCH));
      expect(next.due(firstOf(EPOCH))).toEqual(["__e2e-test-valid"]);
      expect(next.pending).toMatchObject([{ upgrade_height: 100n, last_completed_stage: 1n }]);
    }
  });

  test("for an epoch that has begun is refused, unless the next block begins it", () => {
    manager.settle({ ...quiet(), epochBefore: EPOCH, epoch: EPOCH + 1n });
    expect(() => manager.submit(upgrade("empty"))).toThrow(/bad descriptor: epoch 10 has begun/);
    manager.submit(upgrade("empty", { epoch: EPOCH + 1n }));
  });

  test("is refused when there are too many", () => {
    for (let epoch = 1n; epoch <= MAX_PENDING_UPGRADES; epoch++) manager.submit(upgrade("empty", { epoch }));
    expect(() => manager.submit(upgrade("empty", { epoch: 1000n }))).toThrow(/64 upgrades are pending/);
    expect(start().pending).toHaveLength(MAX_PENDING_UPGRADES);
  });
});

describe("an upgrade that governance accepted", () => {
  const accepted = upgrade("__e2e-test-valid");

  test("is pending like others and is left to the state to carry out", () => {
    manager.settle(quiet([accepted]));
    expect(start().pending).toMatchObject([{ descriptor: accepted }]);
    expect(() => manager.due(firstOf(EPOCH, [accepted]))).toThrow(/start the node again/);
    manager.stopped(firstOf(EPOCH, [accepted]));
    const next = start();
    next.begin();
    expect(next.due(firstOf(EPOCH, [accepted]))).toEqual([]);
    next.settle({ height: 102n, epochBefore: EPOCH, epoch: EPOCH, accepted: [] });
    expect(next.pending).toEqual([]);
    expect(lines).toContain("an upgrade is completed");
  });

  test("halts a node that has not heard of it before", () => {
    expect(() => manager.due(firstOf(EPOCH, [foreign]))).toThrow(/required 8\.0\.0/);
    manager.stopped(firstOf(EPOCH, [foreign]));
    expect(() => start().begin()).toThrow(/required 8\.0\.0/);
  });

  test("goes when the network cancels it, also while the node is down", () => {
    manager.settle(quiet([accepted]));
    const next = start();
    next.settle(quiet());
    expect(next.pending).toEqual([]);
    expect(lines).toContain("the network cancelled an upgrade");
    expect(next.due(firstOf(EPOCH))).toEqual([]);
  });

  test("takes over the operator's, and takes it along when it is cancelled", () => {
    manager.submit(accepted);
    manager.settle(quiet([accepted]));
    expect(manager.pending).toHaveLength(1);
    manager.settle(quiet());
    expect(manager.pending).toEqual([]);
  });

  test("halts the node that its operator cancelled it on, until it is started again", () => {
    const simple = upgrade("empty");
    manager.settle(quiet([simple]));
    manager.cancel(simple);
    expect(manager.pending).toEqual([]);
    manager.settle(quiet([simple]));
    expect(() => manager.due(firstOf(EPOCH, [simple]))).toThrow(/was cancelled on this node; start the node/);
    manager.stopped(firstOf(EPOCH, [simple]));
    const next = start();
    next.begin();
    expect(next.due(firstOf(EPOCH, [simple]))).toEqual([]);
  });

  test("is not forgotten by a node that took up its chain before it was accepted", () => {
    manager.stopped(firstOf(EPOCH, [accepted]));
    const next = start();
    next.begin();
    next.settle({ height: 20n, epochBefore: 1n, epoch: 1n, accepted: [] });
    next.settle(quiet([accepted]));
    expect(next.due(firstOf(EPOCH, [accepted]))).toEqual([]);
  });
});
