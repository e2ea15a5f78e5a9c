import { join } from "node:path";
import type { Namespace, PublicKey } from "../../../codec/common-types.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { signMultiSigned } from "../../../crypto/envelope.ts";
import { loadOrCreateIdentity, type NodeIdentity } from "../../../crypto/identity.ts";
import {
  type Address,
  type ConsensusAddress,
  parseAddress,
  parseConsensusAddress,
} from "../../../types/address.ts";
import { MultiSigned } from "../../../types/common.ts";
import { LATEST_NODE_DESCRIPTOR_VERSION, Node, NodeRuntime } from "../../../types/node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_KEY_MANAGER, ROLE_VALIDATOR } from "../../../types/roles.ts";
import { COMPATIBLE_SOFTWARE_VERSION } from "../../../types/versions.ts";
import { defineCommand } from "../../command.ts";
import { exitCode, UsageError } from "../../errors.ts";
import { writeJsonFile } from "../../files.ts";
import { type Given, parseRuntimeId } from "../../given.ts";
import { datadirOptions } from "../../options/datadir.ts";
import { signerOptions } from "../../options/signer.ts";

/** The signed descriptor, for a genesis document. */
const NODE_GENESIS_FILE = "node_genesis.json";

const ROLES: Readonly<Record<string, number>> = {
  "compute-worker": ROLE_COMPUTE_WORKER,
  "key-manager": ROLE_KEY_MANAGER,
  validator: ROLE_VALIDATOR,
};

interface Input {
  readonly dataDir: string;
  readonly entityId: PublicKey;
  readonly expiration: bigint;
  readonly roles: number;
  readonly runtimeIds: readonly Namespace[];
  readonly p2pAddresses: readonly Address[];
  /** Without a key: the node's own. */
  readonly consensusAddresses: readonly (ConsensusAddress | Address)[];
}

export const registryNodeInit = defineCommand<Input>({
  path: "registry node init",
  summary: "make the keys of a node and its signed descriptor for a genesis document",
  options: [
    ...datadirOptions,
    { name: "node.entity_id", value: "KEY", summary: "ID of the entity that controls the node" },
    {
      name: "node.expiration",
      value: "EPOCH",
      default: "0",
      summary: "epoch in which the registration ends",
    },
    { name: "node.p2p_address", value: "IP:PORT", isList: true, summary: "addresses of the node for peers" },
    {
      name: "node.consensus_address",
      value: "[ID@]IP:PORT",
      isList: true,
      summary: "addresses of the node for the consensus layer",
    },
    { name: "node.role", value: "ROLE", isList: true, summary: "compute-worker, key-manager, validator" },
    { name: "node.runtime.id", value: "ID", isList: true, summary: "ParaTimes of the node, in hex" },
    {
      name: "node.is_self_signed",
      default: "true",
      summary: "accepted; descriptors are self signed",
      isHidden: true,
    },
    {
      name: "node.tls_address",
      value: "ADDRESS",
      isList: true,
      summary: "of 21.x; has no effect",
      isHidden: true,
    },
    ...signerOptions,
  ],
  resolve: resolveNodeInit,
  run: async (input) => {
    const identity = loadOrCreateIdentity({ dataDir: input.dataDir, now: new Date() });
    const signers = [identity.node, identity.p2p, identity.consensus, identity.vrf, identity.tls];
    const signed = signMultiSigned(Node, descriptor(input, identity), contexts.registerNode, signers);
    const path = join(input.dataDir, NODE_GENESIS_FILE);
    await writeJsonFile(MultiSigned, signed as MultiSigned, path, "the signed node to");
    return exitCode.ok;
  },
});

/** @internal for tests */
export function resolveNodeInit(given: Given): Input {
  if (given.text("node.entity_id") === "")
    throw new UsageError("missing --node.entity_id command-line argument");
  let roles = 0;
  for (const name of given.list("node.role")) {
    const role = ROLES[name.toLowerCase()];
    if (role === undefined) throw new UsageError(`node: unsupported role: '${name}'`);
    roles |= role;
  }
  const p2pAddresses = given.list("node.p2p_address").map((text) => {
    const address = parseAddress(text);
    if (address === null) throw new UsageError(`--node.p2p_address: expected IP:PORT, not "${text}"`);
    return address;
  });
  if (p2pAddresses.length === 0)
    throw new UsageError("all nodes require at least 1 P2P address: --node.p2p_address");
  const isValidator = (roles & ROLE_VALIDATOR) !== 0;
  const consensusAddresses = (isValidator ? given.list("node.consensus_address") : []).map((text) => {
    const address = parseConsensusAddress(text) ?? parseAddress(text);
    if (address === null)
      throw new UsageError(`--node.consensus_address: expected [ID@]IP:PORT, not "${text}"`);
    return address;
  });
  if (isValidator && consensusAddresses.length === 0) {
    throw new UsageError("validator nodes require a consensus address: --node.consensus_address");
  }
  return {
    dataDir: given.text("datadir") || ".",
    entityId: given.publicKey("node.entity_id"),
    expiration: given.u64("node.expiration"),
    roles,
    runtimeIds: given.list("node.runtime.id").map((text) => parseRuntimeId("--node.runtime.id", text)),
    p2pAddresses,
    consensusAddresses,
  };
}

function descriptor(input: Input, identity: NodeIdentity): Node {
  const runtimes = input.runtimeIds.map((id) => ({ ...NodeRuntime.zero(), id }));
  const addresses = input.consensusAddresses.map((address) =>
    "id" in address ? address : { id: identity.p2p.publicKey, address },
  );
  return {
    v: LATEST_NODE_DESCRIPTOR_VERSION,
    id: identity.node.publicKey,
    entity_id: input.entityId,
    expiration: input.expiration,
    tls: { pub_key: identity.tls.publicKey },
    p2p: { id: identity.p2p.publicKey, addresses: [...input.p2pAddresses] },
    consensus: { id: identity.consensus.publicKey, addresses: addresses.length === 0 ? null : addresses },
    vrf: { id: identity.vrf.publicKey },
    runtimes: runtimes.length === 0 ? null : runtimes,
    roles: input.roles,
    software_version: COMPATIBLE_SOFTWARE_VERSION,
  };
}
