import { toHex } from "../../codec/bytes.ts";
import { contexts } from "../../crypto/contexts.ts";
import { openMultiSigned } from "../../crypto/envelope.ts";
import type { VerifyOptions } from "../../crypto/signature.ts";
import { stakingAddress } from "../../types/account-address.ts";
import { BACKEND_INSECURE, BACKEND_VRF, type ConsensusParameters } from "../../types/beacon.ts";
import type { Document } from "../../types/genesis.ts";
import { Node } from "../../types/node.ts";
import { ROLE_VALIDATOR } from "../../types/roles.ts";
import { CONSENSUS_APP_VERSION } from "../../types/versions.ts";
import { votingPower } from "../../types/voting-power.ts";
import { chainContext, cometChainId } from "./chain-context.ts";
import { sortLikeGo } from "./go-sort.ts";

const NANOS_PER_SECOND = 1_000_000_000n;
/** Epoch length that evidence ages are computed with when a mock beacon has none. */
const MOCK_EPOCH_INTERVAL = 100n;
/** CometBFT's word for "no limit". */
const NO_GAS_LIMIT = -1n;
const PUB_KEY_TYPE_ED25519 = "ed25519";

/** A validator that the chain starts with. */
export interface GenesisValidator {
  /** Consensus key. */
  readonly public_key: Uint8Array;
  readonly power: bigint;
}

/** What CometBFT takes from a genesis document; times and durations in nanoseconds. */
export interface CometGenesis {
  readonly chain_id: string;
  readonly genesis_time: bigint;
  readonly initial_height: bigint;
  readonly consensus_params: {
    readonly block: { readonly max_bytes: bigint; readonly max_gas: bigint };
    readonly evidence: {
      readonly max_age_num_blocks: bigint;
      readonly max_age_duration: bigint;
      readonly max_bytes: bigint;
    };
    readonly validator: { readonly pub_key_types: string[] };
    readonly version: { readonly app: bigint };
  };
  readonly validators: GenesisValidator[];
}

export interface CometGenesisOptions extends VerifyOptions {
  /** The node runs with debug.dont_blame_oasis: zero debonding and epoch intervals have stand-ins. */
  readonly debug: boolean;
  /** The document's chain context, where it is known already: a large document takes its time to be hashed. */
  readonly chainContext?: string;
}

/**
 * Derives the chain's own genesis from the document (facts/formats.md 3.4).
 *
 * Entry condition: the document has passed `checkGenesis`.
 * oasis-core v26.1 go/consensus/cometbft/api/genesis.go.
 * @throws SignatureError for a node descriptor that is not validly signed
 * @throws RangeError when there is no epoch interval
 */
export function cometGenesis(document: Document, options: CometGenesisOptions): CometGenesis {
  const { params } = document.consensus;
  const maxAgeBlocks =
    debondingInterval(document, options.debug) * epochInterval(document.beacon.params, options.debug);
  return {
    chain_id: cometChainId(options.chainContext ?? chainContext(document)),
    genesis_time: document.genesis_time ?? 0n,
    initial_height: document.height,
    consensus_params: {
      block: {
        max_bytes: params.max_block_size,
        max_gas: params.max_block_gas === 0n ? NO_GAS_LIMIT : params.max_block_gas,
      },
      evidence: {
        max_age_num_blocks: maxAgeBlocks,
        max_age_duration: maxAgeBlocks * (params.timeout_commit + NANOS_PER_SECOND),
        max_bytes: params.max_evidence_size,
      },
      validator: { pub_key_types: [PUB_KEY_TYPE_ED25519] },
      version: { app: CONSENSUS_APP_VERSION },
    },
    validators: genesisValidators(document, options),
  };
}

/** Nodes that start as validators: unexpired, so many an entity, strongest first, cut to the maximum. */
function genesisValidators(document: Document, options: VerifyOptions): GenesisValidator[] {
  const { max_validators, max_validators_per_entity } = document.scheduler.params;
  const perEntity = new Map<string, bigint>();
  const validators: GenesisValidator[] = [];
  for (const signed of document.registry.nodes ?? []) {
    const node = openMultiSigned(Node, contexts.registerNode, signed, options);
    if ((node.roles & ROLE_VALIDATOR) === 0 || node.expiration < document.beacon.base) continue;
    const power = genesisPower(document, node);
    const entity = toHex(node.entity_id);
    const count = perEntity.get(entity) ?? 0n;
    // The limit holds from the second node on: an entity's first one always counts.
    if (count > 0n && count >= max_validators_per_entity) continue;
    perEntity.set(entity, count + 1n);
    validators.push({ public_key: node.consensus.id, power });
  }
  sortLikeGo(validators, (a, b) => a.power > b.power);
  return max_validators < BigInt(validators.length)
    ? validators.slice(0, Number(max_validators))
    : validators;
}

function genesisPower({ scheduler, staking }: Document, node: Node): bigint {
  if (scheduler.params.debug_bypass_stake) return 1n;
  const account = staking.ledger?.get(toHex(stakingAddress(node.entity_id)));
  return votingPower(account?.escrow.active.balance ?? 0n, scheduler.params.voting_power_distribution);
}

function debondingInterval(document: Document, debug: boolean): bigint {
  const interval = document.staking.params.debonding_interval;
  return interval === 0n && debug ? 1n : interval;
}

function epochInterval(params: ConsensusParameters, debug: boolean): bigint {
  const interval = configuredInterval(params);
  if (interval !== 0n) return interval;
  if (debug && params.debug_mock_backend) return MOCK_EPOCH_INTERVAL;
  throw new RangeError("beacon parameters have no epoch interval");
}

function configuredInterval(params: ConsensusParameters): bigint {
  if (params.backend === BACKEND_INSECURE) return params.insecure_parameters?.interval ?? 0n;
  if (params.backend === BACKEND_VRF) return params.vrf_parameters?.interval ?? 0n;
  throw new RangeError(`unknown beacon backend "${params.backend}"`);
}
