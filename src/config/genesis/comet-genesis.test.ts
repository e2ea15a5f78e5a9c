import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedPath } from "../../../test/shared.ts";
import { toHex } from "../../codec/bytes.ts";
import { createBlacklist } from "../../crypto/blacklist.ts";
import { contexts } from "../../crypto/contexts.ts";
import { openMultiSigned, signMultiSigned } from "../../crypto/envelope.ts";
import { testSigner } from "../../crypto/memory-signer.ts";
import { stakingAddress } from "../../types/account-address.ts";
import type { MultiSigned } from "../../types/common.ts";
import type { Document } from "../../types/genesis.ts";
import { Node } from "../../types/node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_VALIDATOR } from "../../types/roles.ts";
import { Account } from "../../types/staking.ts";
import { cometGenesis } from "./comet-genesis.ts";
import { parseGenesis } from "./read-genesis.ts";

const text = readFileSync(sharedPath("chains", "first-light.genesis.json"), "utf8");
const options = { debug: true, blacklist: createBlacklist({ allowTestKeys: true }) };

const entities = ["entity a", "entity b"].map(testSigner);

interface NodeSpec {
  entity: number;
  roles?: number;
  expiration?: bigint;
}

function documentWith(nodes: readonly NodeSpec[], stakes: readonly bigint[]): Document {
  const document = parseGenesis(text);
  document.beacon.base = 5n;
  document.scheduler.params.max_validators_per_entity = 2n;
  document.registry.nodes = nodes.map(signedNode);
  document.staking.ledger = new Map(
    stakes.map((stake, i) => {
      const account = Account.zero();
      account.escrow.active.balance = stake;
      return [toHex(stakingAddress(entities[i]!.publicKey)), account];
    }),
  );
  return document;
}

function signedNode({ entity, roles = ROLE_VALIDATOR, expiration = 5n }: NodeSpec, i: number): MultiSigned {
  const signer = testSigner(`node ${i}`);
  const node = Node.zero();
  Object.assign(node, {
    v: 3,
    id: signer.publicKey,
    entity_id: entities[entity]!.publicKey,
    roles,
    expiration,
  });
  node.consensus.id = testSigner(`consensus ${i}`).publicKey;
  return signMultiSigned(Node, node, contexts.registerNode, [signer]);
}

/** Numbers of the nodes that became validators, with their powers. */
function validatorsOf(document: Document): [node: number, power: bigint][] {
  const keys = (document.registry.nodes ?? []).map((signed) =>
    toHex(openMultiSigned(Node, contexts.registerNode, signed).consensus.id),
  );
  return cometGenesis(document, options).validators.map((v) => [keys.indexOf(toHex(v.public_key)), v.power]);
}

describe("genesis validators", () => {
  it("are unexpired validator nodes, strongest first, so many an entity", () => {
    const nodes = [
      { entity: 0 },
      { entity: 1, roles: ROLE_COMPUTE_WORKER },
      { entity: 1, expiration: 4n },
      { entity: 1 },
      { entity: 0 },
      { entity: 0 },
    ];
    expect(validatorsOf(documentWith(nodes, [32n, 1600n]))).toEqual([
      [3, 100n],
      [0, 2n],
      [4, 2n],
    ]);
  });

  it("are cut to the maximum", () => {
    const document = documentWith([{ entity: 0 }, { entity: 1 }], [16n, 160n]);
    document.scheduler.params.max_validators = 1n;
    expect(validatorsOf(document)).toEqual([[1, 10n]]);
  });

  it("have power 1 without an account and when stake is bypassed", () => {
    expect(validatorsOf(documentWith([{ entity: 0 }], []))).toEqual([[0, 1n]]);
    const document = documentWith([{ entity: 0 }], [1n << 80n]);
    document.scheduler.params.debug_bypass_stake = true;
    expect(validatorsOf(document)).toEqual([[0, 1n]]);
  });

  it("must be validly signed", () => {
    const document = documentWith([{ entity: 0 }], []);
    document.registry.nodes![0]!.untrusted_raw_value![40]! ^= 1;
    expect(() => cometGenesis(document, options)).toThrow(/signature/);
  });
});

describe("chain parameters", () => {
  it("follow from the document", () => {
    const document = documentWith([], []);
    document.consensus.params.max_block_gas = 0n;
    document.staking.params.debonding_interval = 3n;
    document.consensus.params.timeout_commit = 5_000_000_000n;
    const interval = document.beacon.params.insecure_parameters!.interval;
    const { consensus_params } = cometGenesis(document, options);
    expect(consensus_params.block.max_gas).toBe(-1n);
    expect(consensus_params.evidence.max_age_num_blocks).toBe(3n * interval);
    expect(consensus_params.evidence.max_age_duration).toBe(3n * interval * 6_000_000_000n);
    expect(consensus_params.version.app).toBe(30_064_771_072n);
  });

  it("have stand-ins for zero intervals in debug mode only", () => {
    const document = documentWith([], []);
    document.staking.params.debonding_interval = 0n;
    document.beacon.params.insecure_parameters!.interval = 0n;
    document.beacon.params.debug_mock_backend = true;
    expect(cometGenesis(document, options).consensus_params.evidence.max_age_num_blocks).toBe(100n);
    expect(() => cometGenesis(document, { ...options, debug: false })).toThrow(/epoch interval/);
  });
});
