import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedPath } from "../../test/shared.ts";
import { fromHex, toHex } from "../codec/bytes.ts";
import { publicKey } from "../codec/common-types.ts";
import { CodecError } from "../codec/errors.ts";
import {
  bool,
  decode,
  encode,
  fromJsonText,
  list,
  nullable,
  optional,
  struct,
  toJsonText,
  u16,
  u32,
} from "../codec/schema.ts";
import { contexts } from "../crypto/contexts.ts";
import { openSigned } from "../crypto/envelope.ts";
import { TLSAddress } from "./address.ts";
import { Signed } from "./common.ts";
import { Entity, SignedEntity } from "./entity.ts";
import { ConsensusInfo, Node, NodeRuntime, P2PInfo, VRFInfo } from "./node.ts";
import { ROLE_COMPUTE_WORKER, ROLE_RESERVED_3, ROLE_VALIDATOR } from "./roles.ts";
import { SGXAttestation, SGXConstraints } from "./sgx-attestation.ts";

const KEY = fromHex("4ea5328f943ef6f66daaed74cb0e99c3b1c45f76307b425003dbc7cb3638ed35");

const OldEntity = struct("OldEntity", {
  v: u16,
  id: publicKey,
  nodes: optional(list(publicKey)),
  allow_entity_signed_nodes: optional(bool),
});

const OldNode = struct("OldNode", {
  ...Node2Fields(),
});

function Node2Fields() {
  return {
    v: u16,
    id: publicKey,
    entity_id: publicKey,
    expiration: u32,
    tls: struct("OldTls", {
      pub_key: publicKey,
      next_pub_key: optional(publicKey),
      addresses: list(TLSAddress),
    }),
    p2p: P2PInfo,
    consensus: ConsensusInfo,
    vrf: optional(nullable(VRFInfo)),
    runtimes: list(nullable(NodeRuntime)),
    roles: u32,
  };
}

describe("entity descriptor", () => {
  it("of version 1 reads as version 2", () => {
    const old = encode(OldEntity, OldEntity.make({ v: 1, id: KEY, nodes: [KEY] }));
    expect(decode(Entity, old)).toEqual({ v: 2, id: KEY, nodes: [KEY] });
  });

  it("of version 1 that lets the entity sign for nodes is refused", () => {
    const old = encode(OldEntity, OldEntity.make({ v: 1, id: KEY, allow_entity_signed_nodes: true }));
    expect(() => decode(Entity, old)).toThrow(/allow_entity_signed_nodes/);
  });

  it.each([0, 3, 9])("of version %i is refused", (v) => {
    expect(() => decode(Entity, encode(OldEntity, OldEntity.make({ v, id: KEY })))).toThrow(CodecError);
  });

  it("of version 2 has no place for the old member", () => {
    const mixed = encode(OldEntity, OldEntity.make({ v: 2, id: KEY, allow_entity_signed_nodes: true }));
    expect(() => decode(Entity, mixed)).toThrow(/unknown field/);
  });

  it("matches the official node's files", () => {
    const plain = readFileSync(sharedPath("samples", "entity.json"), "utf8");
    const signed = fromJsonText(
      SignedEntity,
      readFileSync(sharedPath("samples", "entity_genesis.json"), "utf8"),
    );
    const entity = openSigned(Entity, contexts.registerEntity, signed);
    expect(toJsonText(Entity, entity, 2)).toBe(plain.trimEnd());
    expect(encode(Entity, entity)).toEqual(signed.untrusted_raw_value);
    expect(toJsonText(Signed, signed, 2)).toBe(
      readFileSync(sharedPath("samples", "entity_genesis.json"), "utf8").trimEnd(),
    );
  });
});

describe("node descriptor", () => {
  it("of version 2 reads as version 3 without the consensus-rpc role, and with a zero key for a missing VRF", () => {
    const old = OldNode.make({
      v: 2,
      id: KEY,
      entity_id: KEY,
      expiration: 7,
      roles: ROLE_COMPUTE_WORKER | ROLE_VALIDATOR | ROLE_RESERVED_3,
    });
    old.tls.pub_key = KEY;
    old.tls.addresses = [{ pub_key: KEY, address: { IP: Uint8Array.of(127, 0, 0, 1), Port: 80n, Zone: "" } }];
    const node = decode(Node, encode(OldNode, old));
    expect(node.v).toBe(3);
    expect(node.roles).toBe(ROLE_COMPUTE_WORKER | ROLE_VALIDATOR);
    expect(node.tls).toEqual({ pub_key: KEY });
    expect(toHex(node.vrf.id)).toBe("00".repeat(32));
    expect(decode(Node, encode(Node, node), "strict")).toEqual(node);
  });

  it("of other versions is refused", () => {
    expect(() => decode(Node, encode(Node, { ...Node.zero(), v: 1 }))).toThrow(CodecError);
    expect(() => decode(Node, fromHex("a0"))).toThrow(CodecError);
  });
});

describe("SGX blobs", () => {
  it.each([
    ["sgx_constraints_v0.bin", SGXConstraints, 0],
    ["sgx_constraints_v1.bin", SGXConstraints, 1],
    ["sgx_attestation_v0.bin", SGXAttestation, 0],
    ["sgx_attestation_v1.bin", SGXAttestation, 1],
  ])("%s reads and writes back in its own version", (name, codec, version) => {
    const bytes = new Uint8Array(readFileSync(sharedPath("vectors", "node", name)));
    const value = decode<{ v: number }>(codec as never, bytes);
    expect(value.v).toBe(version);
    expect(encode(codec as never, value as never)).toEqual(bytes);
  });

  it("of an unknown version are refused", () => {
    const future = encode(SGXConstraints, { ...SGXConstraints.zero(), v: 2 });
    expect(() => decode(SGXConstraints, future)).toThrow(CodecError);
  });
});
