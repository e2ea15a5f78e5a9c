import { expect, test } from "vitest";
import { makeNodeNetwork, reached, sameChain } from "./node-network.ts";

const BLOCKS = 10n;

test.each([1, 4, 7])("a network of %i nodes has one chain", { timeout: 240_000 }, async (count) => {
  await using network = await makeNodeNetwork({ validators: count });
  await Promise.all(network.validators.map((node) => node.start()));
  await reached(network.validators, BLOCKS);
  expect(await sameChain(network.validators)).toBeGreaterThanOrEqual(BLOCKS);
  const status = await network.validators[0]!.status();
  expect(status.consensus).toMatchObject({ is_validator: true, status: 0 });
  expect(status.consensus!.p2p!.peers).toHaveLength(count - 1);
});
