import type { NodeStore } from "../node/storage/node-store.ts";
import { type VerifyParts, verifyStore } from "../node/storage/verify-store.ts";
import { CommandError } from "./errors.ts";
import type { Io } from "./io.ts";

/** Steps after which a signal is looked for. */
const STEPS_A_TURN = 100;

/** Verifies what a node keeps and prints the outcome. @throws CommandError when something is wrong */
export async function verifyAndTell(store: NodeStore, parts: VerifyParts, io: Io): Promise<void> {
  const work = verifyStore(store, parts);
  let step = work.next();
  for (let steps = 1; step.done !== true; steps++) {
    if (steps % STEPS_A_TURN === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      io.signal.throwIfAborted();
    }
    step = work.next();
  }
  const { blocks, rounds, roots, nodes, problems } = step.value;
  io.out(`looked at ${blocks} blocks, ${rounds} rounds, ${roots} trees with ${nodes} nodes\n`);
  for (const problem of problems) io.out(`${problem}\n`);
  if (problems.length > 0) throw new CommandError("the database is damaged");
  io.out("everything belongs together\n");
}
