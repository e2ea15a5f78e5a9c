import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MAX_SOCKET_PATH_BYTES } from "../../api/unix-socket.ts";
import { fromHex } from "../../codec/bytes.ts";
import { QanatError } from "../../codec/errors.ts";
import { toJsonText } from "../../codec/schema.ts";
import { chainContext } from "../../config/genesis/chain-context.ts";
import { formatGenesis } from "../../config/genesis/write-genesis.ts";
import { identityFiles, loadOrCreateIdentity, privateKeyPath } from "../../crypto/identity.ts";
import { createSigner } from "../../crypto/key-file.ts";
import { loadComponent } from "../../runtime/bundle/load-component.ts";
import { probeSandbox } from "../../runtime/sandbox/probe-sandbox.ts";
import { sandboxRemedy } from "../../runtime/sandbox/remedy.ts";
import { silentLogging } from "../../telemetry/logger.ts";
import { Entity, LATEST_ENTITY_DESCRIPTOR_VERSION } from "../../types/entity.ts";
import { softwareVersion } from "../software-version.ts";
import { choosePorts } from "./choose-ports.ts";
import { IDLE_BLOCK_INTERVAL_MS } from "./localnet-config.ts";
import { type LocalnetPaths, type LocalnetSettings, writeSettings } from "./localnet-files.ts";
import { beginSetUp, endSetUp } from "./localnet-folder.ts";
import { fundedAccount, type GenesisValidator, localnetGenesis } from "./localnet-genesis.ts";
import { type LocalnetNode, localnetNodes, type NodeKind, nodeNames } from "./localnet-nodes.ts";
import { probeVersion } from "./probe-version.ts";

export interface SetUpOptions {
  readonly paths: LocalnetPaths;
  /** ELF or bundle. */
  readonly paratime: string;
  /** Time between blocks; null: blocks on demand. */
  readonly blockTimeMs: number | null;
  readonly validators: number;
  /** At most as many as there are validators. */
  readonly compute: number;
}

export interface SetUpDeps {
  /** Told of each step, in words. */
  progress(step: string): void;
}

/** Where Bubblewrap is by default. */
const sandboxBinary = "/usr/bin/bwrap";
/** The ParaTime of a local network: a test identifier, the one that examples use. */
const runtimeId = fromHex(`80${"00".repeat(31)}`);
/** Time between blocks that the genesis document of an only node names when blocks come on demand. */
const idleBlockMs = 1000;
/** Pause between blocks of several validators when there are transactions: for the votes of the slower ones. */
const busyBlockMs = 100;

/** Makes keys, entities and genesis document of a new local network. */
export async function setUpLocalnet(
  options: SetUpOptions,
  { progress }: SetUpDeps,
): Promise<LocalnetSettings> {
  const { paths, validators, compute, blockTimeMs, paratime } = options;
  beginSetUp(paths);
  const ports = validators === 1 ? {} : await choosePorts(nodeNames(validators), paths.dir);
  const settings: LocalnetSettings = { runtimeId, paratime, blockTimeMs, validators, compute, ports };
  const nodes = localnetNodes(paths, settings);
  requireShortPaths(nodes);
  const { dataDir } = nodes[0]!.paths;
  for (const node of nodes) mkdirSync(node.paths.dataDir, { recursive: true, mode: 0o700 });
  await requireSandbox();
  progress("asking the ParaTime for its version");
  const component = loadComponent({ path: paratime, runtimeId, dataDir });
  const version =
    component.version ??
    (await probeVersion(
      {
        runtimeId,
        binary: component.executable,
        processHost: "sandbox",
        dataDir,
        chainContext: "0".repeat(64),
      },
      silentLogging.logger("localnet"),
    ));
  progress(
    validators === 1 ? "making keys, entity and genesis document" : `making keys of ${nodes.length} nodes`,
  );
  const made = nodes.map(makeKeys);
  const genesis = localnetGenesis({
    time: BigInt(Date.now()) * 1_000_000n,
    validators: made.filter(({ kind }) => kind !== "seed"),
    compute,
    runtimeId,
    runtimeVersion: version,
    bundleChecksum: component.manifestHash,
    softwareVersion: softwareVersion(),
    ...pace(options),
  });
  writeFileSync(paths.genesis, formatGenesis(genesis));
  progress(
    `network ${chainContext(genesis).slice(0, 16)}…, funded account ${fundedAccount(made[0]!.entity)}`,
  );
  writeSettings(paths, settings);
  endSetUp(paths);
  return settings;
}

/** The keys of a node, and of the entity that vouches for it unless it is a seed. */
function makeKeys({ kind, paths, ports }: LocalnetNode): GenesisValidator & { readonly kind: NodeKind } {
  const identity = loadOrCreateIdentity({ dataDir: paths.dataDir, now: new Date() });
  const addresses = {
    consensusAddress: `127.0.0.1:${ports.consensus}`,
    p2pAddress: `127.0.0.1:${ports.p2p}`,
  };
  if (kind === "seed") return { kind, identity, entity: identity.node, ...addresses };
  mkdirSync(paths.entityDir, { recursive: true, mode: 0o700 });
  const entity = createSigner(privateKeyPath(paths.entityDir, identityFiles.entity));
  const descriptor: Entity = {
    v: LATEST_ENTITY_DESCRIPTOR_VERSION,
    id: entity.publicKey,
    nodes: [identity.node.publicKey],
  };
  writeFileSync(join(paths.entityDir, "entity.json"), toJsonText(Entity, descriptor));
  return { kind, identity, entity, ...addresses };
}

/**
 * How fast blocks come. An only node has its pace in its configuration; several keep together by the genesis document,
 * which can say the same: at once when there are transactions, else one a second.
 */
function pace({ validators, blockTimeMs }: SetUpOptions) {
  if (blockTimeMs !== null) return { timeoutCommitMs: blockTimeMs, emptyBlockIntervalMs: 0 };
  if (validators === 1) return { timeoutCommitMs: idleBlockMs, emptyBlockIntervalMs: 0 };
  return { timeoutCommitMs: busyBlockMs, emptyBlockIntervalMs: IDLE_BLOCK_INTERVAL_MS };
}

/** Told before anything is made that no node could open its socket later. */
function requireShortPaths(nodes: readonly LocalnetNode[]): void {
  const socket = nodes.map(({ paths }) => paths.socket).reduce((a, b) => (b.length > a.length ? b : a));
  if (Buffer.byteLength(socket) <= MAX_SOCKET_PATH_BYTES) return;
  throw new QanatError(
    "localnet/path",
    `the path of the folder is too long: sockets may have ${MAX_SOCKET_PATH_BYTES} bytes, ${socket} has more. Choose a shorter one with --dir.`,
  );
}

/** A machine on which no sandbox starts is told so before anything is made. */
async function requireSandbox(): Promise<void> {
  const problem = await probeSandbox(sandboxBinary);
  if (problem === null) return;
  const { text, remedy } = sandboxRemedy(problem);
  throw new QanatError("localnet/sandbox", `ParaTimes cannot run here: ${text}. Remedy: ${remedy}`);
}
