import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeNodeNetwork, type NetworkNode, reached, sameChain } from "../network/node-network.ts";
import { openLab } from "./lab.ts";

/** Time in which an undivided network makes dozens of blocks. */
const WHILE_MS = 3000;

async function highest(nodes: readonly NetworkNode[]): Promise<bigint> {
  const heads = await Promise.all(nodes.map((node) => node.height()));
  return heads.sort((a, b) => Number(b - a))[0]!;
}

// Two switches with two validators each, and a cable between them.
test("a network that is cut in two stands still or goes on by its majority, and never forks", async ({
  skip,
}) => {
  await using lab = (await openLab()) ?? skip();
  const [one, other] = [await lab.newSwitch(), await lab.newSwitch()];
  const trunk = await lab.trunk(one, other);
  const machines = [];
  for (let i = 0; i < 4; i++) {
    const machine = await lab.machine();
    const host = `45.${80 + i}.0.1`;
    const cable = await machine.connect(i < 2 ? one : other, "eth0", `${host}/8`);
    machines.push({ cable, place: machine.place(host) });
  }
  await using network = await makeNodeNetwork({ validators: 4, places: machines.map(({ place }) => place) });
  const { validators } = network;
  await Promise.all(validators.map((node) => node.start()));
  await reached(validators, 5n);

  // Two and two: nobody has two thirds. Of what had been sent, one more block or two may come.
  await trunk.cut();
  const atCut = await highest(validators);
  await delay(WHILE_MS);
  expect(await highest(validators)).toBeLessThanOrEqual(atCut + 2n);
  await trunk.mend();
  await reached(validators, atCut + 5n);

  // Three and one: three go on.
  const alone = validators[3]!;
  await machines[3]!.cable.cut();
  const three = validators.slice(0, 3);
  const left = await alone.height();
  await reached(three, left + 6n);
  expect(await alone.height()).toBeLessThanOrEqual(left + 2n);
  await machines[3]!.cable.mend();
  await reached([alone], left + 6n);
  await reached(validators, left + 10n);
  expect(await sameChain(validators)).toBeGreaterThanOrEqual(left + 10n);
});
