import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkGenesis } from "../../config/genesis/check-genesis.ts";
import { cometGenesis } from "../../config/genesis/comet-genesis.ts";
import { parseGenesis } from "../../config/genesis/read-genesis.ts";
import { formatGenesis } from "../../config/genesis/write-genesis.ts";
import { createBlacklist } from "../../crypto/blacklist.ts";
import { loadOrCreateIdentity } from "../../crypto/identity.ts";
import { MemorySigner } from "../../crypto/memory-signer.ts";
import { localnetGenesis } from "./localnet-genesis.ts";
import { MAX_VALIDATORS } from "./localnet-nodes.ts";

function makeGenesis(validators = 1) {
  const dir = mkdtempSync(join(tmpdir(), "qanat-genesis-"));
  try {
    return localnetGenesis({
      time: 1_800_000_000_000_000_000n,
      compute: 1,
      validators: Array.from({ length: validators }, (_, i) => ({
        entity: MemorySigner.generate(),
        identity: loadOrCreateIdentity({ dataDir: join(dir, `${i}`), now: new Date() }),
        consensusAddress: `127.0.0.1:${26656 + i}`,
        p2pAddress: `127.0.0.1:${9200 + i}`,
      })),
      runtimeId: new Uint8Array(32).fill(0x80, 0, 1),
      runtimeVersion: { major: 1, minor: 2, patch: 3 },
      bundleChecksum: null,
      softwareVersion: "test",
      timeoutCommitMs: 1000,
      emptyBlockIntervalMs: 0,
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test.each([1, 2, MAX_VALIDATORS])(
  "the document for %i validators passes the checks of every genesis document",
  (count) => {
    const genesis = makeGenesis(count);
    const blacklist = createBlacklist({ allowTestKeys: false });
    expect(checkGenesis(genesis, { debug: true, blacklist })).toEqual([]);
  },
);

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

test("validators have equal power, and entities of their own", () => {
  const genesis = makeGenesis(7);
  const { validators } = cometGenesis(genesis, { debug: true });
  expect(validators).toHaveLength(7);
  expect(new Set(validators.map(({ power }) => power)).size).toBe(1);
  expect(genesis.registry.entities).toHaveLength(7);
  const { total_supply, ledger } = genesis.staking;
  let sum = 0n;
  for (const { general, escrow } of ledger!.values()) sum += general.balance + escrow.active.balance;
  expect(sum).toBe(total_supply);
});
