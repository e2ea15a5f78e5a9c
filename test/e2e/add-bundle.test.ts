import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildExecutable } from "../../paratime/build/build-executable.ts";
import { demoParaTime, secondVersion } from "../../paratime/build/targets.ts";
import { fromHex, toHex } from "../../src/codec/bytes.ts";
import { encode } from "../../src/codec/schema.ts";
import { readGenesis } from "../../src/config/genesis/read-genesis.ts";
import { formatGenesis } from "../../src/config/genesis/write-genesis.ts";
import { transactionContext } from "../../src/consensus/decode-transaction.ts";
import { signSigned } from "../../src/crypto/envelope.ts";
import { identityFiles, privateKeyPath } from "../../src/crypto/identity.ts";
import { loadSigner } from "../../src/crypto/key-file.ts";
import { localnetPaths } from "../../src/node/localnet/localnet-files.ts";
import { localnetNodes } from "../../src/node/localnet/localnet-nodes.ts";
import { setUpLocalnet } from "../../src/node/localnet/set-up-localnet.ts";
import { readBundle } from "../../src/runtime/bundle/read-bundle.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import { Transaction } from "../../src/types/consensus.ts";
import { Runtime } from "../../src/types/runtime.ts";
import {
  type LocalnetProcess,
  newLocalnetDir,
  removeLocalnetDir,
  startLocalnet,
} from "../localnet-process.ts";
import { writeBundle } from "./bundle-file.ts";
import { oasisNode } from "./command.ts";
import { get, insert } from "./key-value-client.ts";

const runtimeId = fromHex(`80${"00".repeat(31)}`);
const V0 = { major: 0, minor: 0, patch: 0 };
const V1 = { major: 1, minor: 0, patch: 0 };
/** Blocks in an epoch; two of them are left of the first. */
const EPOCH_BLOCKS = 20n;

let dir: string;
let first: string;
let second: string;

beforeAll(async () => {
  await buildExecutable(demoParaTime);
  await buildExecutable(secondVersion);
  dir = newLocalnetDir();
  mkdirSync(join(dir, "bundles"));
  first = join(dir, "bundles", "first.orc");
  second = join(dir, "bundles", "second.orc");
  writeBundle(first, demoParaTime.output, runtimeId, V0);
  writeBundle(second, secondVersion.output, runtimeId, V1);
}, 600_000);
afterAll(() => removeLocalnetDir(dir));

test("a bundle that is added while the node runs is used as soon as its version is deployed", {
  timeout: 600_000,
}, async () => {
  const net = join(dir, "net");
  const paths = localnetPaths(net);
  mkdirSync(net, { mode: 0o700 });
  const settings = await setUpLocalnet(
    { paths, paratime: first, blockTimeMs: null, validators: 1, compute: 1 },
    { progress: () => {} },
  );
  const document = await readGenesis(paths.genesis, "");
  document.beacon.params.insecure_parameters!.interval = EPOCH_BLOCKS;
  document.height = EPOCH_BLOCKS - 2n;
  writeFileSync(paths.genesis, formatGenesis(document));
  const [node] = localnetNodes(paths, settings);
  const entity = loadSigner(privateKeyPath(node!.paths.entityDir, identityFiles.entity));

  {
    await using network = await startLocalnet(net);
    const socket = `unix:${network.ready.socket}`;
    // What the local network deploys is the very bundle that it was given.
    const deployed = (await descriptorOf(network)).deployments![0]!;
    expect(toHex(deployed.bundle_checksum!)).toBe(toHex(readBundle(first).hash));
    await insert(network, "key", "by the first version");

    const other = join(dir, "bundles", "other.orc");
    writeBundle(other, "/bin/true", fromHex(`80${"00".repeat(30)}01`), V1);
    const refused = await oasisNode(["control", "add-bundle", other, "-a", socket]);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/does not host ParaTime 80(00)*01/),
    });
    writeFileSync(other, "no bundle");
    expect(await oasisNode(["control", "add-bundle", other, "-a", socket])).toMatchObject({ code: 1 });

    const added = await oasisNode(["control", "add-bundle", second, "-a", socket]);
    expect(added).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await registeredVersions(network)).toEqual([V0]);

    const { nonce, epoch } = await nonceAndEpoch(network, entity.publicKey);
    const descriptor = await descriptorOf(network);
    const bundle_checksum = readBundle(second).hash;
    descriptor.deployments!.push({ version: V1, valid_from: epoch + 2n, tee: null, bundle_checksum });
    const transaction = Transaction.make({
      nonce,
      fee: { amount: 0n, gas: 100_000n },
      method: "registry.RegisterRuntime",
      body: encode(Runtime, descriptor),
    });
    const signed = signSigned(
      Transaction,
      transaction,
      transactionContext(network.ready.chain_context),
      entity,
    );
    await network.client.call("Consensus", "SubmitTx", signed);

    // The node offers itself for both before the second is in force, so that no epoch is without it.
    await keepBusy(network, async () => (await registeredVersions(network)).length === 2);
    expect(await registeredVersions(network)).toEqual([V0, V1]);
    await keepBusy(network, async () => (await runningVersion(network))?.major === 1);
    await insert(network, "another key", "by the second version");
    expect(await get(network, "key")).toBe("by the first version");
    await keepBusy(network, async () => (await registeredVersions(network)).length === 1);
    expect(await registeredVersions(network)).toEqual([V1]);
    expect(await network.stop()).toBe(0);
  }

  await using again = await startLocalnet(net);
  expect((await runningVersion(again))?.major).toBe(1);
  expect(await get(again, "another key")).toBe("by the second version");
  await insert(again, "key", "after a restart");
});

async function descriptorOf({ client }: LocalnetProcess) {
  return await client.call("Registry", "GetRuntime", { height: 0n, id: runtimeId, include_suspended: true });
}

async function nonceAndEpoch({ client }: LocalnetProcess, publicKey: Parameters<typeof stakingAddress>[0]) {
  const account_address = stakingAddress(publicKey);
  const [nonce, epoch] = await Promise.all([
    client.call("Consensus", "GetSignerNonce", { account_address, height: 0n }),
    client.call("Beacon", "GetEpoch", 0n),
  ]);
  return { nonce, epoch };
}

async function registeredVersions({ client }: LocalnetProcess) {
  const { registration } = await client.call("NodeController", "GetStatus", null);
  return (registration!.descriptor?.runtimes ?? []).map((runtime) => runtime!.version);
}

async function runningVersion({ client }: LocalnetProcess) {
  const { runtimes } = await client.call("NodeController", "GetStatus", null);
  return runtimes!.get(toHex(runtimeId))!.components?.[0]?.version ?? null;
}

/** Blocks come as fast as there are transactions: makes some until it happens, which the test's time limits. */
async function keepBusy(network: LocalnetProcess, reached: () => Promise<boolean>): Promise<void> {
  while (!(await reached())) await insert(network, "busy", "busy").catch(() => {});
}
