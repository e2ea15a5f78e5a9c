import { type Codec, decode, defineCodec } from "../../codec/codec.ts";
import { MultiSigned, Signed } from "../../types/common.ts";
import { Entity } from "../../types/entity.ts";
import { Node } from "../../types/node.ts";

/** Reads a stored {@link Signed} entity as the descriptor inside. The signature was verified when it was stored. */
export const StoredEntity: Codec<Entity> = inside(Signed, Entity);

/** Reads a stored {@link MultiSigned} node as the descriptor inside. */
export const StoredNode: Codec<Node> = inside(MultiSigned, Node);

function inside<T>(envelope: Codec<{ untrusted_raw_value: Uint8Array | null }>, content: Codec<T>): Codec<T> {
  return defineCodec({
    ...content,
    typeName: `${envelope.typeName}<${content.typeName}>`,
    read: (reader) => decode(content, envelope.read(reader).untrusted_raw_value),
    write: () => {
      throw new TypeError(`${content.typeName} is stored in its envelope only`);
    },
  });
}
