import { expect, test } from "vitest";
import type { SigningStatus } from "../../src/types/api-control.ts";
import { eventually } from "../interop/official-network.ts";
import { makeNodeNetwork, type NetworkNode, reached, sameChain } from "./node-network.ts";

const BLOCKS = 10n;

test.each([1, 4, 7])("a network of %i nodes has one chain", { timeout: 600_000 }, async (count) => {
  await using network = await makeNodeNetwork({ validators: count });
  await Promise.all(network.validators.map((node) => node.start()));
  await reached(network.validators, BLOCKS);
  expect(await sameChain(network.validators)).toBeGreaterThanOrEqual(BLOCKS);
  const status = await network.validators[0]!.status();
  expect(status.consensus).toMatchObject({ is_validator: true, status: 0 });
  expect(status.consensus!.p2p!.peers).toHaveLength(count - 1);
  await Promise.all(network.validators.map(votesAlways));
});

/**
 * By its own record a validator that runs votes at every height. For nil, on a machine that is too busy: a block that
 * does not come within the times of the rules is nobody's to sign.
 */
async function votesAlways(node: NetworkNode): Promise<void> {
  let signing: SigningStatus | null = null;
  await eventually(async () => {
    signing = (await node.status()).signing;
    return signing !== null && signing.included + signing.late + signing.nil >= 5n;
  });
  expect(signing).toMatchObject({ none: 0n });
}
