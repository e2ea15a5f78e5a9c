import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkGenesis } from "../../config/genesis/check-genesis.ts";
import { parseGenesis } from "../../config/genesis/read-genesis.ts";
import { formatGenesis } from "../../config/genesis/write-genesis.ts";
import { createBlacklist } from "../../crypto/blacklist.ts";
import { loadOrCreateIdentity } from "../../crypto/identity.ts";
import { MemorySigner } from "../../crypto/memory-signer.ts";
import { localnetGenesis } from "./localnet-genesis.ts";

function makeGenesis() {
  const dataDir = mkdtempSync(join(tmpdir(), "qanat-genesis-"));
  try {
    return localnetGenesis({
      time: 1_800_000_000_000_000_000n,
      entity: MemorySigner.generate(),
      identity: loadOrCreateIdentity({ dataDir, now: new Date() }),
      consensusAddress: "127.0.0.1:26656",
      p2pAddress: "127.0.0.1:9200",
      runtimeId: new Uint8Array(32).fill(0x80, 0, 1),
      runtimeVersion: { major: 1, minor: 2, patch: 3 },
      softwareVersion: "test",
      timeoutCommitMs: 1000,
    });
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

test("the document passes the checks that every genesis document must pass", () => {
  const genesis = makeGenesis();
  const blacklist = createBlacklist({ allowTestKeys: false });
  expect(checkGenesis(genesis, { debug: true, blacklist })).toEqual([]);
});

test("only what makes it a test network keeps it from being a real one", () => {
  const blacklist = createBlacklist({ allowTestKeys: false });
  const problems = checkGenesis(makeGenesis(), { debug: false, blacklist }).map(({ path }) => path);
  expect(problems).toContain("registry.params.debug_allow_unroutable_addresses");
  expect(problems.filter((path) => path.startsWith("staking"))).toEqual([]);
});

test("written and read again it is the same document", () => {
  const genesis = makeGenesis();
  expect(parseGenesis(formatGenesis(genesis))).toEqual(genesis);
});

test("the first election is two blocks after the first block", () => {
  const { height, beacon } = makeGenesis();
  const { interval } = beacon.params.insecure_parameters!;
  expect((height + 2n) % interval).toBe(0n);
});
