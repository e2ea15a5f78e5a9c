import type { BlockInput, BlockResults, TxResult } from "../src/chain/application.ts";
import { toHex } from "../src/codec/bytes.ts";
import { encode } from "../src/codec/schema.ts";
import { chainContext } from "../src/config/genesis/chain-context.ts";
import { cometGenesis } from "../src/config/genesis/comet-genesis.ts";
import {
  type ApplicationDeps,
  type ApplicationOptions,
  ConsensusApplication,
} from "../src/consensus/application.ts";
import { transactionContext } from "../src/consensus/decode-transaction.ts";
import { consensusAddress } from "../src/consensus/registry/consensus-address.ts";
import { DbStateStore } from "../src/consensus/state-store.ts";
import { createBlacklist } from "../src/crypto/blacklist.ts";
import { contexts } from "../src/crypto/contexts.ts";
import { signMultiSigned, signSigned } from "../src/crypto/envelope.ts";
import { type MemorySigner, testSigner } from "../src/crypto/memory-signer.ts";
import { memoryEnvironment } from "../src/storage/environment/memory-environment.ts";
import { openNodeDb } from "../src/storage/node-db/table-node-db.ts";
import { stakingAddress } from "../src/types/account-address.ts";
import * as consensus from "../src/types/consensus.ts";
import { Entity } from "../src/types/entity.ts";
import { Document } from "../src/types/genesis.ts";
import { Node } from "../src/types/node.ts";
import { ROLE_VALIDATOR } from "../src/types/roles.ts";
import * as scheduler from "../src/types/scheduler.ts";
import * as staking from "../src/types/staking.ts";
import { FEATURE_26_1 } from "../src/types/versions.ts";

/** Keys of the network's one entity, its validator node, and of two users. */
export const entity = testSigner("network entity");
export const [nodeKey, consensusKey, vrfKey, tlsKey, p2pKey] = ["node", "consensus", "vrf", "tls", "p2p"].map(
  (name) => testSigner(`network ${name}`),
) as [MemorySigner, MemorySigner, MemorySigner, MemorySigner, MemorySigner];
export const alice = testSigner("alice");
export const bob = testSigner("bob");

export const GENESIS_TIME = 1_600_000_000n * 1_000_000_000n;
export const STAKE = 1600n;
export const BALANCE = 1_000_000n;
const EPOCH_BLOCKS = 10n;
const NODE_EXPIRATION = 1000n;

/** A network of one validator and two users; `change` may alter the document. */
export function networkDocument(change: (document: Document) => void = () => {}): Document {
  const document = Document.zero();
  document.height = 1n;
  document.genesis_time = GENESIS_TIME;
  document.chain_id = "test network";
  document.consensus = {
    backend: consensus.BACKEND_COMETBFT,
    params: consensus.Parameters.make({
      timeout_commit: 1_000_000_000n,
      max_tx_size: 32_768n,
      max_block_size: 1_048_576n,
      max_evidence_size: 51_200n,
      feature_version: FEATURE_26_1,
    }),
  };
  document.beacon.params.backend = "insecure";
  document.beacon.params.insecure_parameters = { interval: EPOCH_BLOCKS };
  document.scheduler.params = scheduler.ConsensusParameters.make({
    min_validators: 1n,
    max_validators: 10n,
    max_validators_per_entity: 1n,
  });
  document.registry.entities = [
    signSigned(
      Entity,
      { v: 2, id: entity.publicKey, nodes: [nodeKey.publicKey] },
      contexts.registerEntity,
      entity,
    ),
  ];
  document.registry.nodes = [validatorNode()];
  document.staking = stakingGenesis();
  change(document);
  return document;
}

function validatorNode() {
  const address = { IP: Uint8Array.of(8, 8, 8, 8), Port: 26656n, Zone: "" };
  const node: Node = {
    v: 3,
    id: nodeKey.publicKey,
    entity_id: entity.publicKey,
    expiration: NODE_EXPIRATION,
    tls: { pub_key: tlsKey.publicKey },
    p2p: { id: p2pKey.publicKey, addresses: [address] },
    consensus: { id: consensusKey.publicKey, addresses: [{ id: consensusKey.publicKey, address }] },
    vrf: { id: vrfKey.publicKey },
    runtimes: null,
    roles: ROLE_VALIDATOR,
    software_version: "",
  };
  return signMultiSigned(Node, node, contexts.registerNode, [nodeKey, consensusKey, vrfKey, tlsKey, p2pKey]);
}

function stakingGenesis(): staking.Genesis {
  const account = (balance: bigint, stake = 0n): staking.Account => {
    const value = staking.Account.zero();
    value.general.balance = balance;
    value.escrow.active = { balance: stake, total_shares: stake };
    return value;
  };
  const id = (signer: MemorySigner) => toHex(stakingAddress(signer.publicKey));
  return staking.Genesis.make({
    params: staking.ConsensusParameters.make({
      thresholds: new Map(staking.REQUIRED_THRESHOLD_KINDS.map((kind) => [kind, 1n])),
      debonding_interval: 1n,
      gas_costs: new Map([["transfer", 10n]]),
      max_allowances: 16,
      fee_split_weight_propose: 1n,
      fee_split_weight_vote: 2n,
      fee_split_weight_next_propose: 2n,
    }),
    total_supply: 2n * BALANCE + STAKE,
    ledger: new Map([
      [id(alice), account(BALANCE)],
      [id(bob), account(BALANCE)],
      [id(entity), account(0n, STAKE)],
    ]),
    delegations: new Map([[id(entity), new Map([[id(entity), { shares: STAKE }]])]]),
  });
}

export interface TestTransaction {
  nonce: bigint;
  method: string;
  body?: Uint8Array;
  fee?: consensus.Fee;
}

/** The document's network with one application on it, and a second one that only follows where a test wants it. */
export class Network {
  readonly document: Document;
  readonly chainContext: string;
  readonly database = openNodeDb(memoryEnvironment(), new Uint8Array(32));
  application: ConsensusApplication;
  height = 0n;

  constructor(change?: (document: Document) => void, deps: Partial<ApplicationDeps> = {}) {
    this.document = networkDocument(change);
    this.chainContext = chainContext(this.document);
    this.application = this.start(deps);
    this.initialise(this.application);
  }

  /** An application on the network's database, or on one of its own. */
  start(
    deps: Partial<ApplicationDeps> = {},
    options: Partial<ApplicationOptions> = {},
  ): ConsensusApplication {
    return new ConsensusApplication(
      {
        document: this.document,
        chainContext: this.chainContext,
        dontBlameOasis: false,
        allowTestKeys: false,
        minGasPrice: 0n,
        ...options,
      },
      {
        store: new DbStateStore(this.database),
        logger: { warn: () => {} },
        proposer: consensusKey,
        ownTxSigner: null,
        attestation: null,
        observer: null,
        ...deps,
      },
    );
  }

  /** An application that starts from nothing. */
  follower(): ConsensusApplication {
    const store = new DbStateStore(openNodeDb(memoryEnvironment(), new Uint8Array(32)));
    const application = this.start({ store, proposer: null });
    this.initialise(application);
    return application;
  }

  initialise(application: ConsensusApplication): Uint8Array {
    const blacklist = createBlacklist({ allowTestKeys: false });
    const genesis = cometGenesis(this.document, { debug: false, blacklist });
    const { appHash } = application.initChain({
      chainId: genesis.chain_id,
      time: genesis.genesis_time,
      initialHeight: genesis.initial_height,
      validators: genesis.validators,
    });
    return appHash;
  }

  sign(signer: MemorySigner, { nonce, method, body, fee }: TestTransaction): Uint8Array {
    const transaction = { nonce, fee: fee ?? null, method, body: body ?? null };
    const context = transactionContext(this.chainContext);
    return encode(
      consensus.SignedTransaction,
      signSigned(consensus.Transaction, transaction, context, signer),
    );
  }

  /** What the chain tells of the next block. */
  proposal(txs: Uint8Array[]): BlockInput {
    const height = this.height + 1n;
    const address = consensusAddress(consensusKey.publicKey);
    const votes = height === 1n ? [] : [{ address, power: STAKE / 16n, signed: true }];
    return {
      hash: new Uint8Array(32).fill(Number(height % 256n)),
      height,
      time: GENESIS_TIME + height * 1_000_000_000n,
      proposerAddress: address,
      lastCommit: { round: 0, votes },
      misbehavior: [],
      nextValidatorsHash: new Uint8Array(32),
      txs,
    };
  }

  /** Proposes, decides and commits a block of transactions. */
  produce(...txs: Uint8Array[]): {
    results: BlockResults;
    txs: TxResult[];
    block: BlockInput;
    appHash: Uint8Array;
  } {
    const input = this.proposal(txs);
    const block = this.proposal(this.application.prepareProposal({ ...input, maxTxBytes: 1_000_000n }));
    const accepted = this.application.processProposal(block);
    if (!accepted) {
      throw new Error(`the application refuses its own block ${block.height}`);
    }
    const results = this.application.finalizeBlock(block);
    const { appHash } = this.application.commit();
    this.height = block.height;
    return { results, txs: results.txResults.slice(0, -1), block, appHash };
  }
}
