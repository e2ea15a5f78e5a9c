import { describe, expect, test } from "vitest";
import { Network } from "../../test/consensus-network.ts";
import type { ApplicationOptions } from "./application.ts";
import { LocalHaltError } from "./errors.ts";
import { DbStateStore } from "./state-store.ts";

/** A network on which blocks 1 and 2 are made, with a node that starts with other options then. */
function networkWith(options: Partial<ApplicationOptions>): Network {
  const network = new Network();
  network.produce();
  network.produce();
  network.application = network.start({}, options);
  return network;
}

describe("a node that shall halt", () => {
  test("makes and accepts no block from that height on", () => {
    const network = networkWith({ halt: { height: 4n, epoch: 0n } });
    network.produce();
    expect(() => network.produce()).toThrow(LocalHaltError);
    expect(() => network.application.processProposal(network.proposal([]))).toThrow(LocalHaltError);
    expect(() => network.application.finalizeBlock(network.proposal([]))).toThrow(LocalHaltError);
    expect(network.application.info().lastHeight).toBe(3n);
  });

  test("does so before the first block of the epoch", () => {
    const network = networkWith({ halt: { height: 0n, epoch: 1n } });
    expect(() => {
      while (network.height < 30n) network.produce();
    }).toThrow(/stopping before height 10 \(epoch 1\)/);
  });
});

describe("a node that prunes", () => {
  test("keeps the newest versions, and lets go of many old ones little by little", () => {
    const network = new Network();
    for (let i = 0; i < 20; i++) network.produce();
    network.application = network.start({}, { keepVersions: 3n });
    const retained: bigint[] = [];
    for (let i = 0; i < 8; i++) {
      const block = network.proposal(
        network.application.prepareProposal({ ...network.proposal([]), maxTxBytes: 1_000_000n }),
      );
      network.application.processProposal(block);
      network.application.finalizeBlock(block);
      retained.push(network.application.commit().retainHeight);
      network.height = block.height;
    }
    expect(retained).toEqual([5n, 9n, 13n, 17n, 21n, 23n, 24n, 25n]);
    expect(network.database.rootsForVersion(24n)).toEqual([]);
    expect(network.database.rootsForVersion(25n)).toHaveLength(1);
    expect(new DbStateStore(network.database).last?.version).toBe(28n);
  });
});
