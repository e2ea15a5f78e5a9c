import { equal, toBase64, toHex } from "../../codec/bytes.ts";
import type { PublicKey } from "../../codec/common-types.ts";
import { CodecError, type QanatError } from "../../codec/errors.ts";
import { contexts } from "../../crypto/contexts.ts";
import { openMultiSigned, openSigned, SignatureError } from "../../crypto/envelope.ts";
import { Entity } from "../../types/entity.ts";
import type { Document } from "../../types/genesis.ts";
import { Node } from "../../types/node.ts";
import { KIND_COMPUTE, KIND_KEY_MANAGER, type Runtime } from "../../types/runtime.ts";
import { type CheckGenesisOptions, checkDebugSwitches, type Report } from "./check-report.ts";

/**
 * Signatures and references of the registry. `debug_allow_test_runtimes` is not among the refused switches.
 *
 * oasis-core v26.1 go/registry/api/sanity_check.go.
 */
export function checkRegistry(document: Document, options: CheckGenesisOptions, report: Report): void {
  const { params } = document.registry;
  const switches = ["debug_allow_unroutable_addresses", "debug_deploy_immediately"];
  checkDebugSwitches(params, switches, "registry.params", options, report);
  if (!options.debug && params.max_node_expiration === 0n) {
    report("registry.params.max_node_expiration", "must be positive (epochs)");
  }
  const banned = new Set((document.consensus.params.public_key_blacklist ?? []).map(toHex));
  const entities = checkEntities(document, options, banned, report);
  checkRuntimes(document, banned, report);
  checkNodes(document, options, entities, banned, report);
}

/** Entities by id in hex. */
function checkEntities(
  document: Document,
  { blacklist }: CheckGenesisOptions,
  banned: ReadonlySet<string>,
  report: Report,
): Map<string, Entity> {
  const entities = new Map<string, Entity>();
  for (const [i, signed] of (document.registry.entities ?? []).entries()) {
    const path = `registry.entities[${i}]`;
    const entity = opened(path, report, () =>
      openSigned(Entity, contexts.registerEntity, signed, { blacklist }),
    );
    if (entity === null) continue;
    if (!equal(signed.signature.public_key, entity.id)) {
      report(path, `entity ${toBase64(entity.id)} is signed by another key`);
    }
    if (banned.has(toHex(entity.id))) report(path, `entity ${toBase64(entity.id)} is blacklisted`);
    const listed = new Set<string>();
    for (const node of entity.nodes ?? []) {
      if (listed.has(toHex(node))) report(path, `lists node ${toBase64(node)} twice`);
      if (blacklist.has(node)) report(path, `lists node ${toBase64(node)}, a key that is never valid`);
      listed.add(toHex(node));
    }
    entities.set(toHex(entity.id), entity);
  }
  return entities;
}

function checkRuntimes({ registry }: Document, banned: ReadonlySet<string>, report: Report): void {
  const runtimes = new Map<string, Runtime>();
  const all: [path: string, runtime: Runtime][] = [
    ...(registry.runtimes ?? []).map((rt, i): [string, Runtime] => [`registry.runtimes[${i}]`, rt]),
    ...(registry.suspended_runtimes ?? []).map((rt, i): [string, Runtime] => [
      `registry.suspended_runtimes[${i}]`,
      rt,
    ]),
  ];
  for (const [path, runtime] of all) {
    const id = toHex(runtime.id);
    if (runtimes.has(id)) report(path, `runtime ${id} is listed twice`);
    if (banned.has(toHex(runtime.entity_id))) report(path, "belongs to a blacklisted entity");
    runtimes.set(id, runtime);
  }
  for (const [path, { kind, key_manager }] of all) {
    if (kind !== KIND_COMPUTE || key_manager === null) continue;
    const manager = runtimes.get(toHex(key_manager));
    if (manager === undefined) report(`${path}.key_manager`, `no runtime ${toHex(key_manager)} is listed`);
    else if (manager.kind !== KIND_KEY_MANAGER) report(`${path}.key_manager`, "is not a key manager");
  }
}

function checkNodes(
  { registry }: Document,
  { blacklist }: CheckGenesisOptions,
  entities: ReadonlyMap<string, Entity>,
  banned: ReadonlySet<string>,
  report: Report,
): void {
  for (const [i, signed] of (registry.nodes ?? []).entries()) {
    const path = `registry.nodes[${i}]`;
    const node = opened(path, report, () =>
      openMultiSigned(Node, contexts.registerNode, signed, { blacklist }),
    );
    if (node === null) continue;
    const entity = entities.get(toHex(node.entity_id));
    if (entity === undefined) {
      report(
        path,
        `node ${toBase64(node.id)} belongs to entity ${toBase64(node.entity_id)}, which is not listed`,
      );
    } else if (!(entity.nodes ?? []).some((id) => equal(id, node.id))) {
      report(path, `node ${toBase64(node.id)} is not among the nodes of its entity`);
    }
    const keys: PublicKey[] = [node.id, node.consensus.id, node.p2p.id, node.tls.pub_key, node.vrf.id];
    const used = keys.find((key) => banned.has(toHex(key)));
    if (used !== undefined)
      report(path, `node ${toBase64(node.id)} uses the blacklisted key ${toBase64(used)}`);
  }
}

/** Value in an envelope, or null when it was reported as bad. */
function opened<T>(path: string, report: Report, open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof SignatureError) report(path, "is not validly signed");
    else if (error instanceof CodecError)
      report(path, `signed descriptor is malformed: ${(error as QanatError).message}`);
    else throw error;
    return null;
  }
}
