import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  hookedApplication,
  type NodeDisk,
  newDisk,
  testGenesis,
  testNode,
} from "../../test/chain/engine-fixture.ts";
import { followChain } from "../../test/chain/follow-chain.ts";
import { emptyDisk, encodeTx } from "../../test/chain/key-value-application.ts";
import { toHex } from "../codec/bytes.ts";
import type { Environment } from "../storage/environment/environment.ts";
import type { ConsensusSigner } from "./consensus-signature.ts";
import { WAL_FILE } from "./rounds/round-driver.ts";
import { SIGN_STATE_FILE } from "./sign-state.ts";

const genesis = testGenesis();
let transactions = 0;
const never = new AbortController().signal;

class Crash extends Error {}

/** Everything that was ever signed: what by what position. Signing two things for one position fails the test. */
class SignatureLog {
  readonly #signed = new Map<string, string>();

  wrap = (signer: ConsensusSigner): ConsensusSigner => ({
    publicKey: signer.publicKey,
    sign: (context, message) => {
      // Sign bytes: length, type, height and, when it is not 0, the round; the block id's hash follows.
      const text = toHex(message);
      const isNextRound = text.slice(26, 28) === "19";
      const position = text.slice(4, isNextRound ? 44 : 26);
      const block = /220a?48?0a20([0-9a-f]{64})|2a480a20([0-9a-f]{64})/.exec(text)?.[0] ?? "nil";
      const earlier = this.#signed.get(position);
      if (earlier !== undefined && earlier !== block) throw new Error(`signed twice: ${position}`);
      this.#signed.set(position, block);
      return signer.sign(context, message);
    },
  });
}

/** Runs until `advanceMs` have passed or something crashes; gives the height it got to. */
async function run(
  disk: NodeDisk,
  log: SignatureLog,
  advanceMs: number,
  tick: (where: string) => void = () => {},
): Promise<bigint> {
  const { engine, clock, controller } = testNode({
    disk,
    wrapSigner: log.wrap,
    wrap: (application) =>
      hookedApplication(
        application,
        (method) => tick(`before ${method}`),
        (method) => tick(`after ${method}`),
      ),
    wrapEnvironment: (environment) => hookedEnvironment(environment, tick),
  });
  try {
    engine.start(controller.signal);
    // Another transaction each time, so that a block that is made again differs.
    const tx = encodeTx({ key: "k", value: String(transactions++) });
    await engine.submitTx(tx, "check", never);
    clock.advance(advanceMs);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  const { status } = engine;
  if (status.state === "halted" && !(status.error instanceof Crash)) throw status.error;
  controller.abort();
  expect(clock.pending).toBe(0);
  return engine.latestHeight;
}

function hookedEnvironment(environment: Environment, tick: (where: string) => void): Environment {
  return {
    readonly: environment.readonly,
    table: (definition, scope) => environment.table(definition, scope),
    transaction(body) {
      tick("before transaction");
      const result = environment.transaction(body);
      tick("after transaction");
      return result;
    },
    flush: () => environment.flush(),
    size: () => environment.size(),
    fileSize: () => environment.fileSize(),
    close: () => environment.close(),
  };
}

test("a chain that was stopped goes on where it was", async () => {
  const disk = newDisk();
  const log = new SignatureLog();
  for (const height of [2n, 4n, 6n]) expect(await run(disk, log, 2000)).toBe(height);
  expect(followChain(genesis, disk.environment).last_block_height).toBe(6n);
});

test("a crash at any moment loses no height and signs nothing twice", async () => {
  const crashes = new Set<string>();
  for (let moment = 0; ; moment++) {
    const disk = newDisk();
    const log = new SignatureLog();
    await run(disk, log, 1000);
    let ticks = 0;
    let crashed: string | null = null;
    const heightAtCrash = await run(disk, log, 1000, (where) => {
      if (ticks++ !== moment) return;
      crashed = where;
      throw new Crash(where);
    });
    if (crashed === null) break;
    crashes.add(crashed);
    const height = await run(disk, log, 2000);
    expect(height, crashed).toBeGreaterThanOrEqual(heightAtCrash + 1n);
    expect(followChain(genesis, disk.environment).last_block_height, crashed).toBe(height);
  }
  expect([...crashes].sort()).toEqual(
    [
      ...["info", "checkTx", "prepareProposal", "processProposal", "finalizeBlock", "commit"].flatMap(
        (method) => [`after ${method}`, `before ${method}`],
      ),
      "after transaction",
      "before transaction",
    ].sort(),
  );
});

test("crash after crash still gets somewhere", async () => {
  const disk = newDisk();
  const log = new SignatureLog();
  for (let moment = 0; moment < 40; moment++) {
    let ticks = 0;
    await run(disk, log, 1000, (where) => {
      if (ticks++ === moment % 17) throw new Crash(where);
    });
  }
  const height = await run(disk, log, 5000);
  expect(height).toBeGreaterThan(5n);
  expect(followChain(genesis, disk.environment).last_block_height).toBe(height);
});

test("an application that lost its last blocks executes them again", async () => {
  const disk = newDisk();
  const log = new SignatureLog();
  await run(disk, log, 3000);
  const before = structuredClone(disk.app);
  await run(disk, log, 3000);
  Object.assign(disk.app, before);
  expect(await run(disk, log, 1000)).toBe(7n);
  expect(followChain(genesis, disk.environment).last_block_height).toBe(7n);
});

test("an application that lost everything is built from the genesis again", async () => {
  const disk = newDisk();
  const log = new SignatureLog();
  await run(disk, log, 3000);
  Object.assign(disk.app, emptyDisk());
  expect(await run(disk, log, 1000)).toBe(4n);
});

describe("what does not fit together is refused", () => {
  const corrupt = expect.objectContaining({ code: "chain/corrupt" });

  test("an application ahead of the blocks", async () => {
    const disk = newDisk();
    await run(disk, new SignatureLog(), 2000);
    disk.app.height = 9n;
    await expect(run(disk, new SignatureLog(), 1000)).rejects.toThrow(corrupt);
  });

  test("an application with another state", async () => {
    const disk = newDisk();
    await run(disk, new SignatureLog(), 2000);
    disk.app.appHash = new Uint8Array(32);
    await expect(run(disk, new SignatureLog(), 1000)).rejects.toThrow(corrupt);
  });

  test("a damaged sign state", async () => {
    const disk = newDisk();
    await run(disk, new SignatureLog(), 2000);
    writeFileSync(join(disk.directory, SIGN_STATE_FILE), '{"height": 1');
    await expect(run(disk, new SignatureLog(), 1000)).rejects.toThrow(/damaged/);
  });

  test("a sign state ahead of the chain: nothing is signed for its heights", async () => {
    const disk = newDisk();
    await run(disk, new SignatureLog(), 5000);
    const path = join(disk.directory, SIGN_STATE_FILE);
    const ahead = readFileSync(path, "utf8");
    const fresh = { ...newDisk(), directory: disk.directory };
    await expect(run(fresh, new SignatureLog(), 1000)).rejects.toThrow(
      expect.objectContaining({ code: "chain/sign-state" }),
    );
    expect(readFileSync(path, "utf8")).toBe(ahead);
  });
});

test("without its sign state the node remembers from the last commit and the log", async () => {
  const disk = newDisk();
  const log = new SignatureLog();
  await run(disk, log, 2000);
  rmSync(join(disk.directory, SIGN_STATE_FILE));
  expect(await run(disk, log, 1000)).toBe(3n);
});

test.each([1, 7, 20, 160, 300])(
  "a write-ahead log that lost its last %i bytes is good up to there",
  async (bytes) => {
    const disk = newDisk();
    const log = new SignatureLog();
    let ticks = 0;
    await run(disk, log, 3000, (where) => {
      if (where === "before finalizeBlock" && ++ticks === 2) throw new Crash(where);
    });
    const path = join(disk.directory, WAL_FILE);
    truncateSync(path, readFileSync(path).length - bytes);
    expect(await run(disk, log, 2000)).toBeGreaterThanOrEqual(2n);
    followChain(genesis, disk.environment);
  },
);
