import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { stakingAddress } from "../../src/types/account-address.ts";
import * as staking from "../../src/types/staking.ts";
import { STAKE } from "../consensus-network.ts";
import { Random } from "../fuzz/random.ts";
import { makeNodeNetwork, type NetworkNode, reached, sameChain } from "./node-network.ts";

/** `QANAT_KILLS` makes a longer run, `QANAT_KILL_SEED` repeats one's choices. */
const EVENTS = Number(process.env.QANAT_KILLS ?? 7);
const SEED = Number(process.env.QANAT_KILL_SEED ?? Date.now() % 1_000_000);
/** More, and those that are left have too little power for a block. */
const MAX_DOWN = 2;
/** Longest time from one event to the next, besides what the others need for two blocks. */
const MAX_PAUSE_MS = 700;

const PENALTY = 100n;

test(`seven validators of which some are killed, stopped and restarted at ${EVENTS} random moments`, {
  timeout: 600_000 + EVENTS * 60_000,
}, async () => {
  console.log(`QANAT_KILL_SEED=${SEED}`);
  const random = new Random(SEED);
  await using network = await makeNodeNetwork({
    validators: 7,
    change: (document) => {
      // Nobody is away for so long that its registration ends, which would leave fewer validators.
      document.beacon.params.insecure_parameters = { interval: 10_000n };
      // Whoever signs twice loses stake.
      const penalty = { amount: PENALTY, freeze_interval: 1n };
      document.staking.params.slashing = new Map([[staking.SLASH_CONSENSUS_EQUIVOCATION, penalty]]);
    },
  });
  const { validators } = network;
  await Promise.all(validators.map((node) => node.start()));
  await reached(validators, 2n);

  const up = new Set(validators);
  const down = () => validators.filter((node) => !up.has(node));
  const end = async (node: NetworkNode) => {
    up.delete(node);
    const isKilled = random.chance(0.6);
    const code = await node.stop(isKilled ? "SIGKILL" : "SIGINT");
    expect(code, node.name).toBe(isKilled ? null : 0);
  };
  const come = async (node: NetworkNode) => {
    const starting = node.start();
    if (random.chance(0.25)) {
      starting.catch(() => {});
      await delay(random.int(MAX_PAUSE_MS));
      await node.stop("SIGKILL");
      await starting.catch(() => {});
      await node.stop("SIGKILL");
      return;
    }
    await starting;
    up.add(node);
  };
  for (let event = 0; event < EVENTS; event++) {
    await delay(random.int(MAX_PAUSE_MS));
    const missing = down();
    if (missing.length >= MAX_DOWN || (missing.length > 0 && random.chance(0.4))) {
      await come(random.pick(missing));
    } else await end(random.pick([...up]));
    const [head] = await Promise.all([...up].map((node) => node.height()));
    await reached([...up], head! + 2n);
  }
  await Promise.all(down().map((node) => node.start()));
  const [head] = await Promise.all(validators.map((node) => node.height()));
  await reached(validators, head! + 5n);
  expect(await sameChain(validators)).toBeGreaterThanOrEqual(head! + 5n);
  for (const { entity } of validators) {
    const owner = stakingAddress(entity.publicKey);
    const { escrow } = await validators[0]!.client.call("Staking", "Account", { height: 0n, owner });
    expect(escrow.active.balance).toBe(STAKE);
  }
});
