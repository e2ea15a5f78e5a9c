import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
import { type LocalnetPaths, type LocalnetSettings, writeSettings } from "./localnet-files.ts";
import { beginSetUp, endSetUp } from "./localnet-folder.ts";
import { fundedAccount, localnetGenesis } from "./localnet-genesis.ts";
import { probeVersion } from "./probe-version.ts";

export interface SetUpOptions {
  readonly paths: LocalnetPaths;
  /** ELF or bundle. */
  readonly paratime: string;
  /** Time between blocks; null: blocks on demand. */
  readonly blockTimeMs: number | null;
}

export interface SetUpDeps {
  /** Told of each step, in words. */
  progress(step: string): void;
}

/** Where Bubblewrap is by default. */
const sandboxBinary = "/usr/bin/bwrap";
/** The ParaTime of a local network: a test identifier, the one that examples use. */
const runtimeId = fromHex(`80${"00".repeat(31)}`);
/** Time between blocks that the genesis document names when blocks come on demand. */
const idleBlockMs = 1000;
/** What the descriptors say; nobody connects there yet. */
const consensusAddress = "127.0.0.1:26656";
const p2pAddress = "127.0.0.1:9200";

/** Makes keys, entity and genesis document of a new local network. */
export async function setUpLocalnet(
  options: SetUpOptions,
  { progress }: SetUpDeps,
): Promise<LocalnetSettings> {
  const { paths } = options;
  beginSetUp(paths);
  mkdirSync(paths.dataDir, { recursive: true, mode: 0o700 });
  await requireSandbox();
  progress("asking the ParaTime for its version");
  const component = loadComponent({ path: options.paratime, runtimeId, dataDir: paths.dataDir });
  const version =
    component.version ??
    (await probeVersion(
      {
        runtimeId,
        binary: component.executable,
        processHost: "sandbox",
        dataDir: paths.dataDir,
        chainContext: "0".repeat(64),
      },
      silentLogging.logger("localnet"),
    ));
  progress("making keys, entity and genesis document");
  const identity = loadOrCreateIdentity({ dataDir: paths.dataDir, now: new Date() });
  mkdirSync(paths.entityDir, { recursive: true, mode: 0o700 });
  const entity = createSigner(privateKeyPath(paths.entityDir, identityFiles.entity));
  const descriptor: Entity = {
    v: LATEST_ENTITY_DESCRIPTOR_VERSION,
    id: entity.publicKey,
    nodes: [identity.node.publicKey],
  };
  writeFileSync(join(paths.entityDir, "entity.json"), toJsonText(Entity, descriptor));
  const genesis = localnetGenesis({
    time: BigInt(Date.now()) * 1_000_000n,
    entity,
    identity,
    consensusAddress,
    p2pAddress,
    runtimeId,
    runtimeVersion: version,
    softwareVersion: softwareVersion(),
    timeoutCommitMs: options.blockTimeMs ?? idleBlockMs,
  });
  writeFileSync(paths.genesis, formatGenesis(genesis));
  progress(`network ${chainContext(genesis).slice(0, 16)}…, funded account ${fundedAccount(entity)}`);
  const settings: LocalnetSettings = {
    runtimeId,
    paratime: options.paratime,
    blockTimeMs: options.blockTimeMs,
  };
  writeSettings(paths, settings);
  endSetUp(paths);
  return settings;
}

/** A machine on which no sandbox starts is told so before anything is made. */
async function requireSandbox(): Promise<void> {
  const problem = await probeSandbox(sandboxBinary);
  if (problem === null) return;
  const { text, remedy } = sandboxRemedy(problem);
  throw new QanatError("localnet/sandbox", `ParaTimes cannot run here: ${text}. Remedy: ${remedy}`);
}
