import { join } from "node:path";
import { contexts } from "../crypto/contexts.ts";
import { signSigned } from "../crypto/envelope.ts";
import type { Signer } from "../crypto/signature.ts";
import { Signed } from "../types/common.ts";
import { Entity, LATEST_ENTITY_DESCRIPTOR_VERSION, type SignedEntity } from "../types/entity.ts";
import { readJsonFile, writeJsonFile } from "./files.ts";
import { entityDir, type SignerInput } from "./options/signer.ts";

/** The entity's descriptor. */
export const ENTITY_FILE = "entity.json";
/** The same, signed, for a genesis document. */
export const ENTITY_GENESIS_FILE = "entity_genesis.json";

/** An entity without nodes. */
export function newEntity(signer: Signer): Entity {
  return { v: LATEST_ENTITY_DESCRIPTOR_VERSION, id: signer.publicKey, nodes: null };
}

export function signEntity(entity: Entity, signer: Signer): SignedEntity {
  return signSigned(Entity, entity, contexts.registerEntity, signer) as SignedEntity;
}

/** Writes both forms of the descriptor into a folder. */
export async function writeEntity(dir: string, entity: Entity, signer: Signer): Promise<void> {
  await writeJsonFile(Entity, entity, join(dir, ENTITY_FILE), "the entity to");
  await writeJsonFile(
    Signed,
    signEntity(entity, signer),
    join(dir, ENTITY_GENESIS_FILE),
    "the signed entity to",
  );
}

/** The descriptor in the signer's folder. The test entity has none there: it is made. */
export async function loadEntity(input: SignerInput, signer: Signer): Promise<Entity> {
  if ("isTestEntity" in input) return newEntity(signer);
  return readJsonFile(Entity, join(entityDir(input), ENTITY_FILE), "entity descriptor");
}
