import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CallError } from "../../src/api/client.ts";
import { newTransaction, signTransaction } from "../../src/cli/write-transaction.ts";
import { CodedError } from "../../src/codec/errors.ts";
import { encode } from "../../src/codec/schema.ts";
import { sha512_256 } from "../../src/crypto/hash.ts";
import type { MemorySigner } from "../../src/crypto/memory-signer.ts";
import { stakingAddress } from "../../src/types/account-address.ts";
import { wirePair } from "../../src/types/errors.ts";
import type { MethodName } from "../../src/types/methods.ts";
import { type CapabilityTEE, TEE_HARDWARE_INTEL_SGX } from "../../src/types/node.ts";
import { ROLE_COMPUTE_WORKER } from "../../src/types/roles.ts";
import { GOVERNANCE_ENTITY, KIND_COMPUTE, Runtime } from "../../src/types/runtime.ts";
import { IASQuotePolicy, PCSQuotePolicy } from "../../src/types/sgx.ts";
import { SGXConstraints } from "../../src/types/sgx-attestation.ts";
import { executable } from "../e2e/command.ts";
import { entities, type NodeKeys, SGX_COMPUTE_ID } from "../fuzz/cast.ts";
import { entityDescriptor, nodeDescriptor, signNode } from "../fuzz/descriptors.ts";
import { type AttestationForm, enclaveIdentity, teeCapability } from "../fuzz/enclave.ts";
import {
  eventually,
  makeOfficialNetwork,
  type OfficialNetwork,
  type OfficialNode,
  officialBinary,
} from "./official-network.ts";

// Nodes that do not look at Intel's signatures, as official test networks with simulated enclaves have them.
const FLAGS = "--debug.allow_debug_enclaves --debug.skip_quote_verify";
const EPOCH = 15n;
const MAX_AGE = 40n;
const SECOND = 1_000_000_000n;
const binary = officialBinary();
const [entity] = entities;
const [first, second] = entity!.nodes;
const VERSION = { major: 0, minor: 0, patch: 0 };

function runtime(validFrom: bigint): Runtime {
  const constraints = SGXConstraints.zero();
  return {
    ...Runtime.zero(),
    v: 3,
    id: SGX_COMPUTE_ID,
    entity_id: entity!.signer.publicKey,
    kind: KIND_COMPUTE,
    genesis: { state_root: sha512_256(), round: 0n },
    governance_model: GOVERNANCE_ENTITY,
    admission_policy: { any_node: {}, entity_whitelist: null, per_role: null },
    tee_hardware: TEE_HARDWARE_INTEL_SGX,
    deployments: [
      {
        version: VERSION,
        valid_from: validFrom,
        tee: encode(SGXConstraints, {
          ...constraints,
          v: 1,
          enclaves: [enclaveIdentity(SGX_COMPUTE_ID, 0)],
          policy: { ias: IASQuotePolicy.make({}), pcs: PCSQuotePolicy.make({ tcb_validity_period: 30 }) },
        }),
        bundle_checksum: null,
      },
    ],
    executor: { ...Runtime.zero().executor, group_size: 1, round_timeout: 5n },
    txn_scheduler: {
      batch_flush_timeout: SECOND,
      max_batch_size: 10n,
      max_batch_size_bytes: 10_000n,
      max_in_messages: 0,
      propose_batch_timeout: 2n * SECOND,
    },
  };
}

describe.skipIf(binary === null)("a ParaTime in enclaves, beside an official validator", () => {
  let official: OfficialNetwork;
  let validator: OfficialNode;
  let ours: OfficialNode;

  beforeAll(async () => {
    official = await makeOfficialNetwork(binary!, {
      validators: 1,
      genesisFlags: [
        ...["--beacon.insecure.cometbft.interval", String(EPOCH)],
        ...["--registry.tee_features.sgx.default_max_attestation_age", String(MAX_AGE)],
      ],
    });
    const program = join(official.directory, "official.sh");
    writeFileSync(program, `#!/bin/sh\nexec "${binary}" "$@" ${FLAGS}\n`);
    chmodSync(program, 0o755);
    validator = official.validators[0]!;
    ours = await official.addNode("ours", "client");
    await validator.start({}, program);
    const debug = { allow_debug_enclaves: true, skip_quote_verify: true };
    const peers = { consensus: { p2p: { persistent_peers: [validator.peerText] } } };
    await ours.start({ ...peers, debug }, executable);
  }, 240_000);

  afterAll(() => official[Symbol.asyncDispose]());

  /** Submits to the official node: `ok`, or the error's pair. */
  async function submit(method: MethodName, body: unknown, signer: MemorySigner): Promise<string> {
    const { client } = validator;
    const account = await client.call("Staking", "Account", {
      height: 0n,
      owner: stakingAddress(signer.publicKey),
    });
    const fee = { amount: 0n, gas: 1_000_000n };
    const draft = newTransaction(method, body, { nonce: account.general.nonce, fee });
    const chainContext = await client.call("Consensus", "GetChainContext", null);
    const signed = signTransaction(draft, { chainContext } as never, signer);
    try {
      await client.call("Consensus", "SubmitTx", signed);
      return "ok";
    } catch (error) {
      // Errors without a pair of their own come without one.
      if (error instanceof CallError) return "unknown/1";
      if (!(error instanceof CodedError)) throw error;
      const { module, code } = wirePair(error);
      return `${module}/${code}`;
    }
  }

  const epochOf = async (node: OfficialNode) => node.client.call("Beacon", "GetEpoch", 0n);
  const heightOf = async (node: OfficialNode) =>
    (await node.client.call("Consensus", "GetStatus", null)).latest_height;

  async function register(
    keys: NodeKeys,
    form: AttestationForm | null,
    change: (tee: CapabilityTEE) => CapabilityTEE = (tee) => tee,
    age = 0n,
  ): Promise<string> {
    const height = (await heightOf(validator)) - age;
    const tee =
      form === null ? null : change(teeCapability(keys.id.publicKey, SGX_COMPUTE_ID, 0, height, form));
    const descriptor = nodeDescriptor(keys, {
      expiration: (await epochOf(validator)) + 5n,
      roles: ROLE_COMPUTE_WORKER,
      runtimes: [{ id: SGX_COMPUTE_ID, version: VERSION, capabilities: { tee }, extra_info: null }],
    });
    return submit("registry.RegisterNode", signNode(descriptor, keys), keys.id);
  }

  async function committeesAt(node: OfficialNode, height: bigint) {
    return node.client.call("Scheduler", "GetCommittees", { height, runtime_id: SGX_COMPUTE_ID });
  }

  test("is registered, and its nodes by what their enclaves say", async () => {
    const listed = entity!.nodes.map(({ id }) => id.publicKey);
    expect(await submit("registry.RegisterEntity", entityDescriptor(entity!, listed), entity!.signer)).toBe(
      "ok",
    );
    const descriptor = runtime((await epochOf(validator)) + 1n);
    expect(await submit("registry.RegisterRuntime", descriptor, entity!.signer)).toBe("ok");

    await eventually(async () => (await heightOf(validator)) > 2n * MAX_AGE);

    expect(await register(first!, null)).toBe("registry/8");
    expect(await register(first!, "EPID")).toBe("unknown/1");
    expect(await register(first!, "DCAP", undefined, MAX_AGE + 2n)).toBe("unknown/1");
    expect(await register(first!, "DCAP", (tee) => ({ ...tee, rak: second!.id.publicKey }))).toBe(
      "unknown/1",
    );
    expect(await register(first!, "DCAP", (tee) => ({ ...tee, attestation: Uint8Array.of(0xff) }))).toBe(
      "unknown/1",
    );
    expect(await register(first!, "DCAP")).toBe("ok");
    expect(await register(second!, "DCAP", undefined, 5n)).toBe("ok");
  }, 180_000);

  test("has committees until attestations are too old, on the official node and on ours", async () => {
    const from = await heightOf(validator);
    const to = from + 5n * EPOCH;
    await eventually(async () => (await heightOf(validator)) > to && (await heightOf(ours)) > to);
    const elected: boolean[] = [];
    for (let height = from; height <= to; height++) {
      const [expected, got] = [await committeesAt(validator, height), await committeesAt(ours, height)];
      expect(got).toEqual(expected);
      elected.push((expected ?? []).length > 0);
    }
    expect(elected).toContain(true);
    expect(elected.at(-1)).toBe(false);
    const blocks = await Promise.all(
      [validator, ours].map(({ client }) => client.call("Consensus", "GetBlock", to)),
    );
    expect(blocks[1]!.state_root).toEqual(blocks[0]!.state_root);
  }, 240_000);
});
