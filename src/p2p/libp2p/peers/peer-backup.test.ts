import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PublicKey } from "../../../codec/common-types.ts";
import { silentLogging } from "../../../telemetry/logger.ts";
import { peerIdOf } from "../peer-id.ts";
import { PeerBackup } from "./peer-backup.ts";

const logger = silentLogging.logger("p2p");
const peer = { id: peerIdOf(new Uint8Array(32) as PublicKey), addresses: ["/ip4/10.0.0.1/tcp/9200"] };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qanat-peers-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("what is saved is loaded again; nothing is nobody", () => {
  const backup = new PeerBackup(join(folder, "p2p", "peers.json"), logger);
  expect(backup.load()).toEqual(new Map());
  const peers = new Map([
    ["", [peer]],
    ["light", []],
  ]);
  backup.save(peers);
  expect(backup.load()).toEqual(peers);
});

test.each(["", "[]", "{", `{"light":5}`])("a file with %j is put aside", (content) => {
  const path = join(folder, "peers.json");
  writeFileSync(path, content);
  expect(new PeerBackup(path, logger).load()).toEqual(new Map());
  expect([existsSync(path), existsSync(`${path}.damaged`)]).toEqual([false, true]);
});

test("damaged entries are left out", () => {
  const path = join(folder, "peers.json");
  writeFileSync(path, JSON.stringify({ "": [{ ID: peer.id, Addrs: peer.addresses }, { ID: 5 }, null] }));
  expect(new PeerBackup(path, logger).load()).toEqual(new Map([["", [peer]]]));
});

test("a place that cannot be written costs nothing", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => new PeerBackup(join(folder, "file", "peers.json"), logger).save(new Map())).not.toThrow();
});
