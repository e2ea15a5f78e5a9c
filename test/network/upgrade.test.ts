import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toJsonText } from "../../src/codec/schema.ts";
import { testSigner } from "../../src/crypto/memory-signer.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import { Proposal, ProposalContent, STATE_ACTIVE, VOTE_YES } from "../../src/types/governance.ts";
import { Descriptor } from "../../src/types/upgrade.ts";
import { PROTOCOL_VERSIONS } from "../../src/types/versions.ts";
import { alice } from "../consensus-network.ts";
import { oasisNode } from "../e2e/command.ts";
import { eventually } from "../interop/official-network.ts";
import { makeNodeNetwork, type NetworkNode, reached, sameChain } from "./node-network.ts";

/** Epochs have ten blocks. */
const EPOCH = 2n;
const LAST_BLOCK = 19n;

const upgrade = Descriptor.make({
  v: 1,
  handler: "__e2e-test-valid",
  target: PROTOCOL_VERSIONS,
  epoch: EPOCH,
});

test("a network halts for an upgrade that its operators submitted, and goes on with it", {
  timeout: 600_000,
}, async () => {
  await using network = await makeNodeNetwork({ validators: 2, clients: 1, blockMs: 50 });
  const nodes = [...network.validators, ...network.clients];
  const [first, second] = nodes as [NetworkNode, NetworkNode];
  const [client] = network.clients as [NetworkNode];
  const path = join(first.dataDir, "upgrade.json");
  writeFileSync(path, toJsonText(Descriptor, upgrade));
  const socketOf = (node: NetworkNode) => `unix:${join(node.dataDir, "internal.sock")}`;

  // As long as they do not know each other there is no block: all are told in time.
  await Promise.all(nodes.map((node) => node.start({ consensus: { p2p: { persistent_peers: [] } } })));
  const told = await oasisNode(["control", "upgrade-binary", path, "-a", socketOf(first)]);
  expect(told).toEqual({ code: 0, stdout: "", stderr: "" });
  for (const node of nodes.slice(1)) await node.client.call("NodeController", "UpgradeBinary", upgrade);
  const again = await oasisNode(["control", "upgrade-binary", path, "-a", socketOf(first)]);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/is already pending/) });
  const cancelled = { ...upgrade, epoch: 1n };
  await second.client.call("NodeController", "UpgradeBinary", cancelled);
  const cancelPath = join(first.dataDir, "cancel.json");
  writeFileSync(cancelPath, toJsonText(Descriptor, cancelled));
  expect(await oasisNode(["control", "cancel-upgrade", cancelPath, "-a", socketOf(second)])).toMatchObject({
    code: 0,
  });
  for (const node of nodes) {
    expect((await node.status()).pending_upgrades).toEqual([
      { v: 1, descriptor: upgrade, upgrade_height: 0n, last_completed_stage: 0n },
    ]);
  }
  await Promise.all(nodes.map((node) => node.stop()));

  const delays = (node: NetworkNode) => ({ upgrade_stop_delay: node === client ? "1ms" : "1h" });
  await Promise.all(nodes.map((node) => node.start({ consensus: delays(node) })));
  // The client stops by itself. The others stay for a while, for those who lack something.
  expect(await client.process!.exited).toBe(0);
  expect(client.process!.stderr).toMatch(
    /halts for upgrade \\"__e2e-test-valid\\" at epoch 2, after block 19: .*; start the node again/,
  );
  for (const node of network.validators) {
    await eventually(async () => (await node.status()).pending_upgrades![0]!.upgrade_height === LAST_BLOCK);
    const { consensus, waiting } = await node.status();
    expect(consensus!.latest_height).toBe(LAST_BLOCK);
    expect(waiting!.map(({ for: what }) => what).join()).toMatch(/the end of the node: halts for upgrade/);
    await eventually(() => existsSync(join(node.dataDir, "exports", "genesis-test network-at-19.json")));
    const refused = node.client.call("NodeController", "CancelUpgrade", upgrade);
    await expect(refused).rejects.toThrow("can not cancel upgrade in progress");
  }
  await Promise.all(nodes.map((node) => node.stop()));

  await Promise.all(nodes.map((node) => node.start()));
  await reached(nodes, LAST_BLOCK + 5n);
  await sameChain(nodes);
  for (const node of nodes) {
    const { parameters } = await node.client.call("Consensus", "GetParameters", 0n);
    expect(parameters.max_tx_size).toBe(network.document.consensus.params.max_tx_size + 1n);
    const id = testSigner("__e2e-test-migration-entity").publicKey;
    expect(await node.client.call("Registry", "GetEntity", { height: 0n, id })).toMatchObject({ id });
    expect((await node.status()).pending_upgrades ?? []).toEqual([]);
  }
});

test("for an accepted upgrade to another version the node halts, and that version is needed", {
  timeout: 600_000,
}, async () => {
  const target = { ...PROTOCOL_VERSIONS, consensus_protocol: { major: 8, minor: 0, patch: 0 } };
  // The only validator has voted for it before the first block.
  const proposal = Proposal.make({
    id: 1n,
    submitter: stakingAddress(alice.publicKey),
    state: STATE_ACTIVE,
    content: ProposalContent.make({ upgrade: { ...upgrade, handler: "empty", target } }),
    closes_at: 1n,
  });
  const voter = stakingAddress(testSigner("entity 0").publicKey);
  await using network = await makeNodeNetwork({
    validators: 1,
    blockMs: 50,
    change: (document) => {
      document.governance.proposals = [proposal];
      document.governance.vote_entries = new Map([[1n, [{ voter, vote: VOTE_YES }]]]);
    },
  });
  const [node] = network.validators as [NetworkNode];
  const exported = () => readdirSync(join(node.dataDir, "exports"));

  await node.start({ consensus: { halt_height: 6 } });
  expect(await node.process!.exited).toBe(0);
  expect(node.process!.stderr).toMatch(/stopping before height 6/);
  expect(exported()).toEqual(["genesis-test network-at-5.json"]);

  await node.start();
  expect(await node.process!.exited).toBe(0);
  expect(node.process!.stderr).toMatch(
    /halts for upgrade \\"empty\\" at epoch 2, after block 19: .* own 7\.0\.0, required 8\.0\.0; install the version/,
  );
  expect(exported()).toContain("genesis-test network-at-19.json");

  await expect(node.start()).rejects.toThrow(
    /halted after block 19 for upgrade "empty" at epoch 2, and this is not the version for it/,
  );
});
