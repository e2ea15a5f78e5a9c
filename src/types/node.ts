import { namespace, publicKey, x25519Key } from "../codec/common-types.ts";
import {
  bytes,
  type Codec,
  type Infer,
  list,
  nullable,
  optional,
  struct,
  text,
  u8,
  u16,
  versioned,
} from "../codec/schema.ts";
import { Address, ConsensusAddress, TLSAddress } from "./address.ts";
import { EpochTime, MultiSigned, Signature, Version } from "./common.ts";
import { ROLE_RESERVED_3, RolesMask } from "./roles.ts";

/** Version of the descriptors that are written; version 2 blobs are read as this one. */
export const LATEST_NODE_DESCRIPTOR_VERSION = 3;
/** Longest `software_version` in bytes. */
export const SOFTWARE_VERSION_MAX_LENGTH = 128;

/** No trusted execution. */
export const TEE_HARDWARE_NONE = 0;
/** Intel SGX or TDX. */
export const TEE_HARDWARE_INTEL_SGX = 1;
/** First value that names no hardware. */
export const TEE_HARDWARE_RESERVED = 2;

/** How to reach the node over TLS. */
export const TLSInfo = struct("TLSInfo", { pub_key: publicKey });
export type TLSInfo = Infer<typeof TLSInfo>;

/** How to reach the node over libp2p. */
export const P2PInfo = struct("P2PInfo", { id: publicKey, addresses: list(Address) });
export type P2PInfo = Infer<typeof P2PInfo>;

/** How to reach the node as a consensus member. */
export const ConsensusInfo = struct("ConsensusInfo", { id: publicKey, addresses: list(ConsensusAddress) });
export type ConsensusInfo = Infer<typeof ConsensusInfo>;

/** Key with which the node takes part in VRF elections. */
export const VRFInfo = struct("VRFInfo", { id: publicKey });
export type VRFInfo = Infer<typeof VRFInfo>;

/** Proof that a ParaTime runs in trusted hardware: its keys and the attestation of them. */
export const CapabilityTEE = struct("CapabilityTEE", {
  hardware: u8,
  rak: publicKey,
  rek: optional(nullable(x25519Key)),
  attestation: bytes,
});
export type CapabilityTEE = Infer<typeof CapabilityTEE>;

/** A TEE capability that the node signed. */
export const EndorsedCapabilityTEE = struct("EndorsedCapabilityTEE", {
  capability_tee: CapabilityTEE,
  node_endorsement: Signature,
});
export type EndorsedCapabilityTEE = Infer<typeof EndorsedCapabilityTEE>;

/** What a node offers for one ParaTime. */
export const Capabilities = struct("Capabilities", { tee: optional(nullable(CapabilityTEE)) });
export type Capabilities = Infer<typeof Capabilities>;

/** One version of a ParaTime that a node runs (Go: `node.Runtime`). */
export const NodeRuntime = struct("NodeRuntime", {
  id: namespace,
  version: Version,
  capabilities: Capabilities,
  extra_info: bytes,
});
export type NodeRuntime = Infer<typeof NodeRuntime>;

const NodeV3 = struct("Node", {
  v: u16,
  id: publicKey,
  entity_id: publicKey,
  expiration: EpochTime,
  tls: TLSInfo,
  p2p: P2PInfo,
  consensus: ConsensusInfo,
  vrf: VRFInfo,
  runtimes: list(nullable(NodeRuntime)),
  roles: RolesMask,
  software_version: optional(text),
});
export type Node = Infer<typeof NodeV3>;

const TLSInfoV2 = struct("TLSInfoV2", {
  pub_key: publicKey,
  next_pub_key: optional(publicKey),
  addresses: list(TLSAddress),
});

const NodeV2 = struct("NodeV2", {
  v: u16,
  id: publicKey,
  entity_id: publicKey,
  expiration: EpochTime,
  tls: TLSInfoV2,
  p2p: P2PInfo,
  consensus: ConsensusInfo,
  vrf: optional(nullable(VRFInfo)),
  runtimes: list(nullable(NodeRuntime)),
  roles: RolesMask,
  software_version: optional(text),
});

/**
 * A node descriptor. `runtimes` may hold null entries on the wire; checks reject them.
 *
 * A version 2 blob decodes to version 3 with the former consensus-rpc role cleared (facts/formats.md 0.15 and
 * section 4). oasis-core v26.1 go/common/node/node.go.
 */
export const Node: Codec<Node> = versioned(NodeV3, {
  current: [LATEST_NODE_DESCRIPTOR_VERSION],
  former: {
    2: {
      read: (reader) => {
        const old = NodeV2.read(reader);
        return {
          ...old,
          v: LATEST_NODE_DESCRIPTOR_VERSION,
          tls: { pub_key: old.tls.pub_key },
          vrf: old.vrf ?? VRFInfo.zero(),
          roles: (old.roles & ~ROLE_RESERVED_3) >>> 0,
        };
      },
    },
  },
});

/** Node descriptor signed by all of the node's keys. */
export const MultiSignedNode = MultiSigned;
export type MultiSignedNode = Infer<typeof MultiSignedNode>;
