import { join } from "node:path";
import { MemorySigner } from "../../src/crypto/memory-signer.ts";
import { nodeIdOf } from "../../src/p2p/comet/node-id.ts";
import { openEnvironment } from "../../src/storage/environment/lmdb-environment.ts";
import { testGenesis, testSignerOf } from "../chain/engine-fixture.ts";
import { storedApplication } from "../chain/stored-application.ts";
import { PeerNode } from "./peer-node.ts";

// The first validator of a network, in a process of its own, made to be killed:
// `node validator-to-be-killed.ts FOLDER GENESIS_TIME PORT...`, the ports those of the second validator and so on. It
// prints a line for each block and for each message that it signs.

const [folder, genesisTime, ...ports] = process.argv.slice(2) as [string, string, ...string[]];
const environment = openEnvironment(join(folder, "db"));
const { disk: app, application } = storedApplication(environment);
const node = new PeerNode({
  seed: 1,
  genesis: { ...testGenesis(ports.length + 1), genesis_time: BigInt(genesisTime) },
  application,
  signer: testSignerOf(1),
  disk: { directory: folder, environment, app },
});
node.engine.onBlock(({ height }) => process.stdout.write(`height ${height}\n`));
node.engine.onHalt((error) => {
  console.error(error);
  process.exit(1);
});
await node.start(false);
for (const [i, port] of ports.entries()) {
  const id = nodeIdOf(MemorySigner.fromSeed(new Uint8Array(32).fill(i + 2)).publicKey);
  await node.network.dial({ id, host: "127.0.0.1", port: Number(port) });
}
await node.catchUp();
node.engine.onMessage((message) => process.stdout.write(`signed ${message.type}\n`));
