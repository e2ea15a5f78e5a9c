import { fromBase64 } from "../src/codec/bytes.ts";
import type { PublicKey } from "../src/codec/common-types.ts";
import { type Codec, decode } from "../src/codec/schema.ts";
import { setEpoch } from "../src/consensus/beacon/state.ts";
import { BlockContext } from "../src/consensus/block-context.ts";
import { type ChainFacts, Context, type Mode } from "../src/consensus/context.ts";
import type { EventKind } from "../src/consensus/events.ts";
import { LimitedGas } from "../src/consensus/gas.ts";
import { setConsensusParameters } from "../src/consensus/params.ts";
import { registryService } from "../src/consensus/registry/service.ts";
import * as registryState from "../src/consensus/registry/state.ts";
import { roothashService } from "../src/consensus/roothash/service.ts";
import * as roothashState from "../src/consensus/roothash/state.ts";
import { ServiceTable } from "../src/consensus/service-table.ts";
import { stakingService } from "../src/consensus/staking/service.ts";
import * as staking from "../src/consensus/staking/state.ts";
import { createBlacklist } from "../src/crypto/blacklist.ts";
import { Overlay } from "../src/storage/overlay.ts";
import { emptyTree } from "../src/storage/tree.ts";
import { stakingAddress } from "../src/types/account-address.ts";
import { Parameters } from "../src/types/consensus.ts";
import { wirePair } from "../src/types/errors.ts";
import * as registryTypes from "../src/types/registry.ts";
import * as roothashTypes from "../src/types/roothash.ts";
import * as stakingTypes from "../src/types/staking.ts";
import { FEATURE_26_1 } from "../src/types/versions.ts";

export const CHAIN_CONTEXT = "ab".repeat(32);
const GAS_LIMIT = 1_000_000n;

/** Facts of a chain in the middle of its life that a test may change between contexts. */
export interface WorldFacts {
  height: bigint;
  epoch: bigint;
  /** Unix seconds. */
  time: bigint;
  feature261: boolean;
  /** Whether keys whose secrets everybody knows are accepted. */
  allowTestKeys: boolean;
}

/**
 * A state of registry, roothash and staking for tests of service functions, with contexts to run them in.
 *
 * Nothing is simulated: the services, their messages and the state are the real ones.
 */
export class World {
  readonly state = new Overlay(emptyTree);
  readonly facts: WorldFacts = {
    height: 100n,
    epoch: 10n,
    time: 1_600_000_000n,
    feature261: true,
    allowTestKeys: false,
  };
  readonly #messages = new ServiceTable([registryService, roothashService, stakingService]).messages;
  /** The state of the last block: what it was when {@link World.nextBlock} was called. */
  #committed = new Overlay(emptyTree);
  #block = this.#newBlock();

  constructor() {
    const ctx = this.context("initChain");
    registryState.setParameters(ctx, registryTypes.ConsensusParameters.zero());
    roothashState.setParameters(ctx, roothashTypes.ConsensusParameters.zero());
    staking.setParameters(ctx, stakingTypes.ConsensusParameters.zero());
    this.#setChainState();
  }

  /** Changes parameters of the registry. */
  setRegistryParameters(parameters: Partial<registryTypes.ConsensusParameters>): void {
    const ctx = this.context("initChain");
    registryState.setParameters(ctx, { ...registryState.getParameters(this.state), ...parameters });
  }

  /** Changes parameters of roothash. */
  setRoothashParameters(parameters: Partial<roothashTypes.ConsensusParameters>): void {
    const ctx = this.context("initChain");
    roothashState.setParameters(ctx, { ...roothashState.getParameters(this.state), ...parameters });
  }

  /** Changes parameters of staking. */
  setStakingParameters(parameters: Partial<stakingTypes.ConsensusParameters>): void {
    const ctx = this.context("initChain");
    staking.setParameters(ctx, { ...staking.getParameters(this.state), ...parameters });
  }

  /** Gives an account stake of its own, beside a general balance. */
  fund(key: PublicKey, stake: bigint, balance = 0n): void {
    const account = staking.getAccount(this.state, stakingAddress(key));
    account.general.balance += balance;
    account.escrow.active.balance += stake;
    account.escrow.active.total_shares += stake;
    staking.setAccount(this.state, stakingAddress(key), account);
  }

  /** Stake claims of an account by name. */
  claims(key: PublicKey): Map<string, stakingTypes.StakeThreshold[] | null> {
    return staking.getAccount(this.state, stakingAddress(key)).escrow.stake_accumulator.claims ?? new Map();
  }

  /** Ends the block and begins the next one, in a new epoch if one is given. */
  nextBlock(epoch = this.facts.epoch): void {
    this.#committed = new Overlay(emptyTree);
    for (const [key, value] of this.state.seek(new Uint8Array(0))) {
      this.#committed.insert(key, value);
    }
    this.facts.height++;
    this.facts.epoch = epoch;
    this.#block = this.#newBlock();
    this.#setChainState();
  }

  /** A context of the current block, with a gas meter if there is a signer. */
  context(mode: Mode, signer: PublicKey | null = null): Context {
    const ctx = new Context({ mode, chain: this.#chainFacts(), block: this.#block, state: this.state });
    if (signer !== null) {
      ctx.setTxSigner(signer);
      ctx.setGas(new LimitedGas(GAS_LIMIT));
    }
    return ctx;
  }

  #setChainState(): void {
    const feature = this.facts.feature261 ? FEATURE_26_1 : null;
    setConsensusParameters(this.state, { ...Parameters.zero(), feature_version: feature });
    setEpoch(this.state, this.facts.epoch, this.facts.height);
  }

  #newBlock(): BlockContext {
    return new BlockContext({
      timeNs: this.facts.time * 1_000_000_000n,
      proposerAddress: new Uint8Array(20),
      lastCommit: { round: 0, votes: [] },
      misbehavior: [],
    });
  }

  #chainFacts(): ChainFacts {
    const blacklist = createBlacklist(this.facts);
    return {
      chainContext: CHAIN_CONTEXT,
      initialHeight: 1n,
      baseEpoch: 0n,
      lastVersion: this.facts.height - 1n,
      lastStateRoot: new Uint8Array(32),
      committed: this.#committed,
      consensusParameters: Parameters.zero(),
      blacklist,
      signatures: { blacklist },
      messages: this.#messages,
      attestation: null,
      dontBlameOasis: false,
      localMinGasPrice: 0n,
      ownTxSigner: null,
    };
  }
}

/** `ok`, or the wire pair of what was thrown as `module/code`; errors that stop the block are thrown on. */
export function outcomeOf(work: () => void): string {
  try {
    work();
    return "ok";
  } catch (error) {
    const { module, code } = wirePair(error);
    return `${module}/${code}`;
  }
}

/** Kinds of the events of a context, in order. */
export function eventKinds(ctx: Context): string[] {
  return ctx.events.map(({ attributes }) => attributes[0]!.key);
}

/** Values of all events of one kind. */
export function eventsOf<T>(ctx: Context, { kind, codec }: EventKind<T> & { codec: Codec<T> }): T[] {
  return ctx.events
    .filter(({ attributes }) => attributes[0]!.key === kind)
    .map(({ attributes }) => decode(codec, fromBase64(attributes[0]!.value)));
}
