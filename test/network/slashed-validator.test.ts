import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NIL_BLOCK_ID } from "../../src/chain/block-id.ts";
import { STEP } from "../../src/chain/rounds/step.ts";
import { SIGNED_MSG_TYPE } from "../../src/chain/vote.ts";
import { equal, toHex } from "../../src/codec/bytes.ts";
import { chainContext } from "../../src/config/genesis/chain-context.ts";
import { cometGenesis } from "../../src/config/genesis/comet-genesis.ts";
import { ConsensusApplication } from "../../src/consensus/application.ts";
import { getNodeStatus } from "../../src/consensus/registry/state.ts";
import { getAccount } from "../../src/consensus/staking/state.ts";
import { DbStateStore } from "../../src/consensus/state-store.ts";
import { contexts } from "../../src/crypto/contexts.ts";
import { signSigned } from "../../src/crypto/envelope.ts";
import { loadOrCreateIdentity, type NodeIdentity } from "../../src/crypto/identity.ts";
import { type MemorySigner, testSigner } from "../../src/crypto/memory-signer.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import { parseAddress } from "../../src/types/address.ts";
import { Entity } from "../../src/types/entity.ts";
import type { Document } from "../../src/types/genesis.ts";
import { ROLE_VALIDATOR } from "../../src/types/roles.ts";
import * as staking from "../../src/types/staking.ts";
import { nodeDescriptor, signNodeDescriptor } from "../../src/workers/registration/node-descriptor.ts";
import { BALANCE, networkDocument, STAKE } from "../consensus-network.ts";
import { memoryFolder } from "../temporary-folder.ts";
import { Liar, type Lie, noBlockId } from "./liar.ts";
import { blocksOf, connectAll, PeerNode } from "./peer-node.ts";

const PENALTY = 100n;

interface Owner {
  readonly identity: NodeIdentity;
  readonly entity: MemorySigner;
}

const account = ({ entity }: Owner) => stakingAddress(entity.publicKey);

/** A network of validators with equal stake that pays for votes that contradict each other. */
function documentOf(owners: readonly Owner[]): Document {
  return networkDocument((document) => {
    document.genesis_time = BigInt(Date.now() - 60_000) * 1_000_000n;
    document.consensus.params.timeout_commit = 20_000_000n;
    document.registry.params.debug_allow_unroutable_addresses = true;
    document.registry.entities = owners.map(({ entity, identity }) =>
      signSigned(
        Entity,
        { v: 2, id: entity.publicKey, nodes: [identity.node.publicKey] },
        contexts.registerEntity,
        entity,
      ),
    );
    document.registry.nodes = owners.map(({ identity, entity }) =>
      signNodeDescriptor(
        identity,
        nodeDescriptor({
          ...{ identity, entityId: entity.publicKey, expiration: 1000n, roles: ROLE_VALIDATOR, runtimes: [] },
          consensusAddresses: [parseAddress("127.0.0.1:26656")!],
          p2pAddresses: [parseAddress("127.0.0.1:9200")!],
          softwareVersion: "",
        }),
      ),
    );
    const { ledger, params } = document.staking;
    params.slashing = new Map([
      [staking.SLASH_CONSENSUS_EQUIVOCATION, { amount: PENALTY, freeze_interval: 1n }],
    ]);
    document.staking.delegations = new Map();
    for (const [address, { escrow }] of ledger!) if (escrow.active.balance > 0n) ledger!.delete(address);
    for (const owner of owners) {
      const stake = staking.Account.zero();
      stake.escrow.active = { balance: STAKE, total_shares: STAKE };
      const id = toHex(account(owner));
      ledger!.set(id, stake);
      document.staking.delegations.set(id, new Map([[id, { shares: STAKE }]]));
    }
    document.staking.total_supply = 2n * BALANCE + BigInt(owners.length) * STAKE;
  });
}

/** Signs two prevotes in each round. */
const prevotesTwice: Lie = (liar, step) => {
  if (step !== STEP.prevote) return;
  for (const blockId of [NIL_BLOCK_ID, noBlockId(1)]) {
    liar.say({ type: "vote", value: { vote: liar.vote(SIGNED_MSG_TYPE.prevote, blockId) } });
  }
};

test("who votes twice loses stake and its place in the network", { timeout: 600_000 }, async () => {
  const owners = [0, 1, 2, 3].map((i): Owner => {
    const dataDir = mkdtempSync(join(memoryFolder(), "owner-"));
    return {
      identity: loadOrCreateIdentity({ dataDir, now: new Date() }),
      entity: testSigner(`entity ${i}`),
    };
  });
  const document = documentOf(owners);
  const genesis = cometGenesis(document, { debug: true });
  const stores: DbStateStore[] = [];
  const parts = owners.map(({ identity }, i) => {
    const store = new DbStateStore(openNodeDb(memoryEnvironment(), new Uint8Array(32)));
    stores.push(store);
    const application = new ConsensusApplication(
      {
        ...{ document, chainContext: chainContext(document), dontBlameOasis: true, allowTestKeys: true },
        minGasPrice: 0n,
      },
      {
        ...{ store, logger: { warn: () => {} }, proposer: identity.consensus, ownTxSigner: null },
        ...{ attestation: null, observer: null },
      },
    );
    return { seed: i + 1, genesis, application };
  });
  const honest = parts.slice(0, 3).map((options, i) => {
    return new PeerNode({ ...options, signer: owners[i]!.identity.consensus });
  });
  const liar = new Liar(parts[3]!, owners[3]!.identity.consensus, prevotesTwice);
  const nodes = [...honest, liar.node];
  try {
    for (const node of nodes) await node.start(false);
    await connectAll(nodes);
    for (const node of nodes) node.follow();
    const escrowOf = (owner: Owner) => getAccount(stores[0]!.open(), account(owner)).escrow.active.balance;
    const isValidator = () =>
      honest[0]!.engine.state.next_validators.validators.some(({ address }) => equal(address, liar.address));
    await honest[0]!.until(() => escrowOf(owners[3]!) < STAKE);
    // Once, however often it did it: it is frozen.
    await honest[0]!.until(() => !isValidator());
    expect(owners.map(escrowOf)).toEqual([STAKE, STAKE, STAKE, STAKE - PENALTY]);
    const status = getNodeStatus(stores[0]!.open(), owners[3]!.identity.node.publicKey);
    expect(status!.freeze_end_time).toBeGreaterThan(0n);
    const height = honest[0]!.engine.latestHeight + 2n;
    await Promise.all(honest.map((node) => node.reaches(height)));
    for (let h = 1n; h <= height; h++) expect(blocksOf(honest, h).size).toBe(1);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
});
