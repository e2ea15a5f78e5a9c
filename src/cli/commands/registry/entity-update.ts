import { equal, toBase64 } from "../../../codec/bytes.ts";
import type { PublicKey } from "../../../codec/common-types.ts";
import { contexts } from "../../../crypto/contexts.ts";
import { openMultiSigned } from "../../../crypto/envelope.ts";
import { MultiSigned } from "../../../types/common.ts";
import type { Entity } from "../../../types/entity.ts";
import { Node } from "../../../types/node.ts";
import { defineCommand } from "../../command.ts";
import { loadEntity, writeEntity } from "../../entity-files.ts";
import { CommandError, exitCode } from "../../errors.ts";
import { readJsonFile } from "../../files.ts";
import {
  entityDir,
  entitySigner,
  type SignerInput,
  signerInput,
  signerOptions,
} from "../../options/signer.ts";

interface Input {
  readonly signer: SignerInput;
  readonly nodeIds: readonly PublicKey[];
  readonly descriptors: readonly string[];
}

export const registryEntityUpdate = defineCommand<Input>({
  path: "registry entity update",
  summary: "replace the list of an entity's nodes",
  options: [
    { name: "entity.node.id", value: "KEY", isList: true, summary: "identity keys of the nodes, in base64" },
    {
      name: "entity.node.descriptor",
      value: "FILE",
      isList: true,
      summary: "signed descriptors of the nodes",
    },
    ...signerOptions,
  ],
  resolve: (given) => ({
    signer: signerInput(given),
    nodeIds: given.publicKeys("entity.node.id"),
    descriptors: given.list("entity.node.descriptor"),
  }),
  run: async (input) => {
    const signer = entitySigner(input.signer);
    const entity = await loadEntity(input.signer, signer);
    const nodes = [...input.nodeIds];
    for (const path of input.descriptors) nodes.push(await nodeIn(path, entity));
    const distinct = nodes.filter((id, index) => nodes.findIndex((other) => equal(id, other)) === index);
    await writeEntity(entityDir(input.signer), { ...entity, nodes: distinct }, signer);
    return exitCode.ok;
  },
});

/** Key of the node that a signed descriptor is of. */
async function nodeIn(path: string, entity: Entity): Promise<PublicKey> {
  const signed = await readJsonFile(MultiSigned, path, "node descriptor");
  const node = openMultiSigned(Node, contexts.registerNode, signed as never);
  if (!equal(node.entity_id, entity.id)) {
    throw new CommandError(`${path}: node does not belong to this entity but to ${toBase64(node.entity_id)}`);
  }
  if (!equal(signed.signatures?.[0]?.public_key ?? new Uint8Array(0), node.id)) {
    throw new CommandError(`${path}: node genesis descriptor is not self signed`);
  }
  return node.id;
}
