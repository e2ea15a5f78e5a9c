import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { testGenesis } from "../../test/chain/engine-fixture.ts";
import { followChain } from "../../test/chain/follow-chain.ts";
import { openEnvironment } from "../storage/environment/lmdb-environment.ts";

const KILLS = 6;
/** Blocks after which a run is killed at the latest. */
const MAX_BLOCKS = 25;

test("a node killed in the middle of its work comes back, loses nothing and signs nothing twice", async () => {
  const seed = Date.now() % 1_000_000;
  const directory = mkdtempSync(join(tmpdir(), "qanat-kill-"));
  const signed = new Map<string, string>();
  let height = 0n;
  for (let kill = 0; kill < KILLS; kill++) {
    const blocks = 1 + ((seed * 7919 + kill * 104_729) % MAX_BLOCKS);
    const reached = await runAndKill(directory, blocks, signed);
    expect(reached, `seed ${seed}, kill ${kill}`).toBeGreaterThan(height);
    height = reached;
  }
  const environment = openEnvironment(join(directory, "db"));
  const { last_block_height } = followChain(testGenesis(), environment);
  await environment.close();
  expect(last_block_height, `seed ${seed}`).toBeGreaterThanOrEqual(height);
});

/** Runs the node until it has made so many blocks, and kills it at some moment after that; gives its last height. */
async function runAndKill(directory: string, blocks: number, signed: Map<string, string>): Promise<bigint> {
  const script = join(import.meta.dirname, "../../test/chain/killed-node.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let height = 0n;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [kind, ...rest] = line.split(" ");
    if (kind === "signed") {
      const [hash] = rest.splice(-1);
      const position = rest.join(" ");
      expect(signed.get(position) ?? hash, position).toBe(hash);
      signed.set(position, hash!);
    } else {
      height = BigInt(rest[0]!);
      if (++seen === blocks) child.kill("SIGKILL");
    }
  }
  if (child.signalCode === null && child.exitCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  return height;
}
