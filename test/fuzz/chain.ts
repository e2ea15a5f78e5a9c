import type { BlockInput, BlockResults, Misbehavior, VoteInfo } from "../../src/chain/application.ts";
import { fromHex } from "../../src/codec/bytes.ts";
import type { PublicKey } from "../../src/codec/common-types.ts";
import { chainContext } from "../../src/config/genesis/chain-context.ts";
import { cometGenesis } from "../../src/config/genesis/comet-genesis.ts";
import { ConsensusApplication } from "../../src/consensus/application.ts";
import { getEpoch } from "../../src/consensus/beacon/state.ts";
import type { BlockObserver } from "../../src/consensus/execute-block.ts";
import { consensusAddress } from "../../src/consensus/registry/consensus-address.ts";
import { getCurrentValidators } from "../../src/consensus/scheduler/state.ts";
import { DbStateStore } from "../../src/consensus/state-store.ts";
import { createBlacklist } from "../../src/crypto/blacklist.ts";
import type { MemorySigner } from "../../src/crypto/memory-signer.ts";
import type { Signer } from "../../src/crypto/signature.ts";
import { memoryEnvironment } from "../../src/storage/environment/memory-environment.ts";
import { openNodeDb } from "../../src/storage/node-db/table-node-db.ts";
import { Overlay } from "../../src/storage/overlay.ts";
import { emptyTree, type ReadonlyTree } from "../../src/storage/tree.ts";
import type { Document } from "../../src/types/genesis.ts";
import { nodes } from "./cast.ts";
import { GENESIS_TIME } from "./document.ts";
import { trustingVerifier } from "./enclave.ts";
import type { Random } from "./random.ts";

const SECOND = 1_000_000_000n;
const MAX_TX_BYTES = 1_048_576n;

/** What the chain tells of a block besides its transactions. */
export type Header = Omit<BlockInput, "txs">;

/**
 * A network of one node that proposes on behalf of all validators: the real application on a database in memory.
 *
 * CometBFT is left out. Its part, votes and evidence, is made up from the elected validators.
 */
export class FuzzChain {
  readonly document: Document;
  readonly chainContext: string;
  readonly application: ConsensusApplication;
  readonly initialHash: Uint8Array;
  readonly #random: Random;
  #proposer: MemorySigner = nodes[0]!.consensus;
  #time = GENESIS_TIME;
  #genesisState: ReadonlyTree | null = null;
  /** Why the last proposal could not be made. */
  #warning: unknown;
  /** Validators that sign the next block. */
  #validators: { key: PublicKey; power: bigint }[];
  height: bigint;

  /** @param debug whether the network is one for tests */
  constructor(document: Document, debug: boolean, random: Random, observer: BlockObserver | null = null) {
    this.document = document;
    this.#random = random;
    this.chainContext = chainContext(document);
    this.height = document.height - 1n;
    this.application = new ConsensusApplication(
      {
        document,
        chainContext: this.chainContext,
        dontBlameOasis: debug,
        allowTestKeys: debug,
        minGasPrice: 0n,
      },
      {
        store: new DbStateStore(openNodeDb(memoryEnvironment(), new Uint8Array(32))),
        logger: {
          warn: (facts: unknown) => {
            this.#warning = (facts as { err: unknown }).err;
          },
        },
        proposer: signerOf(() => this.#proposer),
        ownTxSigner: null,
        attestation: trustingVerifier(debug),
        observer: {
          onChanges: (changes) => {
            this.#genesisState ??= copyOf(changes.base);
            observer?.onChanges?.(changes);
          },
          onExecuted: (executed) => observer?.onExecuted?.(executed),
        },
      },
    );
    const genesis = cometGenesis(document, { debug, blacklist: createBlacklist({ allowTestKeys: debug }) });
    this.#validators = genesis.validators.map(({ public_key, power }) => ({ key: public_key, power }));
    const { appHash } = this.application.initChain({
      chainId: genesis.chain_id,
      time: genesis.genesis_time,
      initialHeight: genesis.initial_height,
      validators: genesis.validators,
    });
    this.initialHash = appHash;
    // Executing the first block for a trial shows the state that it starts from.
    this.propose(this.#header(this.document.height, []), []);
  }

  /** The committed state; that of the genesis document before the first block. */
  get state(): ReadonlyTree {
    return this.application.state ?? this.#genesisState ?? emptyTree;
  }

  get epoch(): bigint {
    return getEpoch(this.state).epoch;
  }

  /** Makes up the next block's header: its proposer, who signed the last block, evidence. */
  nextHeader(): Header {
    const random = this.#random;
    const height = this.height + 1n;
    this.#time += BigInt(random.between(1, 3)) * SECOND + random.bigint(SECOND - 1n);
    const proposers = nodes.filter(({ consensus }) =>
      this.#validators.some(({ key }) => Buffer.from(key).equals(consensus.publicKey)),
    );
    this.#proposer = random.pick(random.chance(0.9) && proposers.length > 0 ? proposers : nodes).consensus;
    const votes =
      height === this.document.height
        ? []
        : this.#validators.map(({ key, power }) => ({
            address: random.chance(0.99) ? consensusAddress(key) : random.bytes(20),
            power,
            signed: random.chance(0.85),
          }));
    const misbehavior = height > this.document.height + 1n && random.chance(0.04) ? [this.#evidence()] : [];
    return { ...this.#header(height, votes), misbehavior };
  }

  #header(height: bigint, votes: VoteInfo[]): Header {
    return {
      hash: Uint8Array.from({ length: 32 }, (_, i) => Number((height >> BigInt(8 * (i % 8))) & 0xffn)),
      height,
      time: this.#time,
      proposerAddress: consensusAddress(this.#proposer.publicKey),
      lastCommit: { round: 0, votes },
      misbehavior: [],
      nextValidatorsHash: new Uint8Array(32),
    };
  }

  /** Index of the node whose key signs the block. */
  get proposerIndex(): number {
    return nodes.findIndex(({ consensus }) => consensus === this.#proposer);
  }

  /** Builds the block with the transactions that the proposer takes, metadata last. */
  propose(header: Header, txs: Uint8Array[]): Uint8Array[] {
    const block = this.application.prepareProposal({ ...header, txs, maxTxBytes: MAX_TX_BYTES });
    if (block.length === 0) {
      throw new Error(`no proposal for height ${header.height}`, { cause: this.#warning });
    }
    return block;
  }

  /** Decides and commits a block. */
  commit(header: Header, txs: Uint8Array[]): { results: BlockResults; appHash: Uint8Array } {
    const results = this.application.finalizeBlock({ ...header, txs });
    const { appHash } = this.application.commit();
    this.height = header.height;
    this.#validators = Array.from(getCurrentValidators(this.state), ([key, { voting_power }]) => ({
      key: fromHex(key),
      power: voting_power,
    }));
    return { results, appHash };
  }

  #evidence(): Misbehavior {
    const { consensus } = this.#random.pick(nodes);
    return {
      type: this.#random.pick(["duplicate_vote", "light_client_attack"]),
      validator: { address: consensusAddress(consensus.publicKey), power: 1n },
      height: this.height,
      time: this.#time,
      totalVotingPower: 10n,
    };
  }
}

function copyOf(tree: ReadonlyTree): ReadonlyTree {
  const copy = new Overlay(emptyTree);
  for (const [key, value] of tree.prefix(new Uint8Array(0))) {
    copy.insert(key, value);
  }
  return copy;
}

/** The signer that `current` gives at the time of use. */
function signerOf(current: () => MemorySigner): Signer {
  return {
    get publicKey() {
      return current().publicKey;
    },
    sign: (context, message) => current().sign(context, message),
    signRaw: (message) => current().signRaw(message),
  };
}
