import { publicKey } from "../codec/common-types.ts";
import { CodecError } from "../codec/errors.ts";
import { bool, type Infer, list, optional, struct, u16, versioned } from "../codec/schema.ts";
import { Signed } from "./common.ts";

/** Version of the descriptors that are written; version 1 blobs are read as this one. */
export const LATEST_ENTITY_DESCRIPTOR_VERSION = 2;

const EntityV2 = struct("Entity", {
  v: u16,
  id: publicKey,
  nodes: optional(list(publicKey)),
});

const EntityV1 = struct("EntityV1", {
  v: u16,
  id: publicKey,
  nodes: optional(list(publicKey)),
  allow_entity_signed_nodes: optional(bool),
});

/**
 * An entity that controls nodes and ParaTimes. `nodes` lists the node keys that may register under it.
 *
 * A version 1 blob decodes to version 2, so version checks only ever see 2 (facts/formats.md 0.15).
 * oasis-core v26.1 go/common/entity/entity.go.
 */
export const Entity = versioned(EntityV2, {
  current: [LATEST_ENTITY_DESCRIPTOR_VERSION],
  former: {
    1: {
      read: (reader) => {
        const old = EntityV1.read(reader);
        if (old.allow_entity_signed_nodes) throw new CodecError("allow_entity_signed_nodes must be false");
        return { v: LATEST_ENTITY_DESCRIPTOR_VERSION, id: old.id, nodes: old.nodes };
      },
    },
  },
});
export type Entity = Infer<typeof EntityV2>;

/** Entity descriptor signed by the entity key. */
export const SignedEntity = Signed;
export type SignedEntity = Infer<typeof SignedEntity>;
