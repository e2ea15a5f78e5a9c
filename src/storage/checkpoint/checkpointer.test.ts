import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FakeClock } from "../../../test/fake-clock.ts";
import { utf8 } from "../../codec/bytes.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { ROOT_STATE } from "../../types/storage.ts";
import { memoryEnvironment } from "../environment/memory-environment.ts";
import { MkvsTree } from "../mkvs/mkvs-tree.ts";
import { openNodeDb } from "../node-db/table-node-db.ts";
import { CheckpointFiles } from "./checkpoint-files.ts";
import { Checkpointer } from "./checkpointer.ts";

const ns = new Uint8Array(32);
const never = new AbortController().signal;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qanat-checkpointer-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function checkpointer() {
  const db = openNodeDb(memoryEnvironment(), ns);
  const tree = MkvsTree.empty(ROOT_STATE, db);
  const files = new CheckpointFiles(folder);
  const parameters = { interval: 10n, numKept: 2n, initialVersion: 1n, chunkSize: 4096, threads: 0 };
  const maker = new Checkpointer({
    db,
    files,
    parameters: () => parameters,
    roots: (version) => db.rootsForVersion(version),
    clock: new FakeClock(),
    logger: silentLogging.logger("checkpoint"),
  });
  return {
    db,
    maker,
    parameters,
    /** Makes versions up to one, and then what is due. */
    async advance(to: bigint) {
      for (let version = (db.latestVersion() ?? 0n) + 1n; version <= to; version++) {
        tree.insert(utf8(`key ${version}`), utf8("value"));
        db.finalize([tree.commit(ns, version).root]);
      }
      await maker.run(never);
      return files.list().map(({ root }) => root.version);
    },
  };
}

it("makes what falls due and keeps the newest, and the first", async () => {
  const { maker, advance } = checkpointer();
  const begun: bigint[] = [];
  maker.begun.subscribe((version) => {
    expect(maker.heldVersion).toBeNull();
    begun.push(version);
  });
  expect(await advance(1n)).toEqual([1n]);
  expect(await advance(10n)).toEqual([1n]);
  expect(await advance(25n)).toEqual([1n, 11n, 21n]);
  expect(await advance(31n)).toEqual([1n, 21n, 31n]);
  expect(await advance(99n)).toEqual([1n, 81n, 91n]);
  expect(begun).toEqual([1n, 21n, 11n, 31n, 91n, 81n]);
  expect(maker.heldVersion).toBeNull();
});

it("makes others when asked, as soon as they are there", async () => {
  const { maker, advance, parameters } = checkpointer();
  parameters.interval = 0n;
  maker.force(7n);
  expect(await advance(5n)).toEqual([]);
  expect(await advance(9n)).toEqual([7n]);
  maker.force(7n);
  expect(await advance(10n)).toEqual([7n]);
});

it("holds the version that it works on, and stops with its signal", async () => {
  const { maker, advance, parameters, db } = checkpointer();
  parameters.interval = 0n;
  await advance(30n);
  maker.force(20n);
  const controller = new AbortController();
  const running = maker.run(controller.signal);
  expect(maker.heldVersion).toBe(20n);
  controller.abort(new Error("stopping"));
  await expect(running).rejects.toThrow("stopping");
  expect(maker.heldVersion).toBeNull();
  db.prune(1n);
  maker.force(1n);
  expect(await advance(30n)).toEqual([20n]);
});
