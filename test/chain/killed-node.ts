import { join } from "node:path";
import { ChainEngine } from "../../src/chain/chain-engine.ts";
import { systemClock } from "../../src/chain/clock.ts";
import { DEFAULT_MEMPOOL_OPTIONS } from "../../src/chain/mempool.ts";
import { ROUND_TIMEOUTS } from "../../src/chain/rounds/timing.ts";
import { toHex } from "../../src/codec/bytes.ts";
import { openEnvironment } from "../../src/storage/environment/lmdb-environment.ts";
import { silentLogging } from "../../src/telemetry/logger.ts";
import { testGenesis, testSignerOf } from "./engine-fixture.ts";
import { encodeTx } from "./key-value-application.ts";
import { storedApplication } from "./stored-application.ts";

/**
 * A node in a process of its own, made to be killed: `node killed-node.ts DIRECTORY`. It makes blocks as fast as it
 * can and prints, each on a line of its own, `height N` after a commit and `signed TYPE HEIGHT ROUND HASH` for every
 * signature that it lets out.
 */
const directory = process.argv[2]!;
const environment = openEnvironment(join(directory, "db"));
const { application } = storedApplication(environment);
const engine = new ChainEngine(
  {
    genesis: testGenesis(),
    timing: { ...ROUND_TIMEOUTS, pacing: { kind: "on-demand", maxIntervalMs: 50 } },
    mempool: DEFAULT_MEMPOOL_OPTIONS,
    directory,
  },
  {
    environment,
    application,
    signer: testSignerOf(1),
    clock: systemClock,
    logger: silentLogging.logger("chain"),
  },
);
const never = new AbortController().signal;

engine.onBlock(({ height }) => print(`height ${height}`));
engine.onHalt((error) => {
  console.error(error);
  process.exitCode = 1;
});
engine.start(never);
engine.onMessage((message) => {
  if (message.type === "proposal") {
    const { type, height, round, block_id } = message.proposal;
    print(`signed ${type} ${height} ${round} ${toHex(block_id.hash)}`);
  } else if (message.type === "vote") {
    const { type, height, round, block_id } = message.vote;
    print(`signed ${type} ${height} ${round} ${toHex(block_id.hash)}`);
  }
});
for (let i = 0; ; i++) {
  await engine.submitTx(encodeTx({ key: `k${i % 50}`, value: `${process.pid} ${i}` }), "block", never);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
