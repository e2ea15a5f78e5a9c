import { describe, expect, test } from "vitest";
import { Network } from "../../test/consensus-network.ts";
import type { ApplicationOptions } from "./application.ts";
import { LocalHaltError } from "./errors.ts";

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
