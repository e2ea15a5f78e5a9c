import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { unzipSync } from "fflate";
import { equal, fromUtf8, toHex } from "../../codec/bytes.ts";
import type { Hash, Namespace } from "../../codec/common-types.ts";
import { CodecError, QanatError } from "../../codec/errors.ts";
import { sha512_256 } from "../../crypto/hash.ts";
import { formatComponentId } from "./component-id.ts";
import {
  availableComponents,
  componentFiles,
  componentId,
  MANIFEST_NAME,
  type Manifest,
  manifestHash,
  parseManifest,
} from "./manifest.ts";

/** A bundle that passed all checks. */
export interface Bundle {
  readonly manifest: Manifest;
  readonly hash: Hash;
  /** Content by file name, the manifest's own text under {@link MANIFEST_NAME}. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface ReadBundleOptions {
  /** Refuses bundles of other ParaTimes. */
  runtimeId?: Namespace;
  /** Refuses other bundles. */
  manifestHash?: Hash;
  /** Checks an enclave against its signature; throws QanatError. Without it, SGX parts are only carried along. */
  checkEnclave?: (executable: Uint8Array, signature: Uint8Array) => void;
}

/** Largest bundle file; the official node downloads up to 20 MiB and takes any size by path. */
export const MAX_BUNDLE_BYTES = 512 * 1024 * 1024;
/** Largest content after unpacking, all files together. */
export const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024;
/** A component has up to seven files. */
const MAX_FILES = 1024;

/** Whether a file is a bundle, which is a ZIP archive: by its first bytes, of what may be a large executable. */
export function isBundleFile(path: string): boolean {
  const head = new Uint8Array(ZIP_MAGIC.length);
  const file = openSync(path, "r");
  try {
    readSync(file, head);
  } finally {
    closeSync(file);
  }
  return equal(head, ZIP_MAGIC);
}

const ZIP_MAGIC = Uint8Array.of(0x50, 0x4b, 0x03, 0x04);

/**
 * Reads a bundle file (`.orc`) and checks it: manifest first, no file outside the top folder, every file with the
 * digest that the manifest gives, every file that a component names present (facts/runtime.md section 3).
 *
 * @throws QanatError `runtime/bad-bundle` with the reason
 */
export function readBundle(path: string, options: ReadBundleOptions = {}): Bundle {
  const size = statSync(path).size;
  if (size > MAX_BUNDLE_BYTES) throw bad(path, `larger than ${MAX_BUNDLE_BYTES} bytes`);
  return openBundle(path, readFileSync(path), options);
}

/** The same for a bundle in memory; `name` is for messages. */
export function openBundle(name: string, archive: Uint8Array, options: ReadBundleOptions = {}): Bundle {
  const files = unpack(name, archive);
  const manifest = readManifest(name, files.get(MANIFEST_NAME)!);
  const hash = manifestHash(manifest);
  if (options.manifestHash && !equal(hash, options.manifestHash))
    throw bad(name, `its manifest hash is ${toHex(hash)}, expected ${toHex(options.manifestHash)}`);
  if (options.runtimeId && !equal(manifest.id, options.runtimeId))
    throw bad(name, `it is for ParaTime ${toHex(manifest.id)}, expected ${toHex(options.runtimeId)}`);
  checkFilesPresent(name, manifest, files);
  checkDigests(name, manifest, files);
  if (options.checkEnclave) checkEnclaves(manifest, files, options.checkEnclave);
  return { manifest, hash, files };
}

function unpack(name: string, archive: Uint8Array): Map<string, Uint8Array> {
  const names: string[] = [];
  let unpacked = 0;
  let content: Record<string, Uint8Array>;
  try {
    content = unzipSync(archive, {
      filter: (entry) => {
        checkEntryName(name, entry.name, names);
        names.push(entry.name);
        unpacked += entry.originalSize;
        if (unpacked > MAX_UNPACKED_BYTES)
          throw bad(name, `unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
        return true;
      },
    });
  } catch (error) {
    if (error instanceof QanatError) throw error;
    throw bad(name, `not a readable ZIP archive (${(error as Error).message})`);
  }
  if (names.length === 0) throw bad(name, "it is empty");
  return new Map(names.map((entry) => [entry, content[entry]!]));
}

function checkEntryName(bundle: string, entry: string, before: readonly string[]): void {
  if (before.length === 0) {
    if (entry !== MANIFEST_NAME) throw bad(bundle, `its first entry is ${entry}, not ${MANIFEST_NAME}`);
    return;
  }
  if (before.length >= MAX_FILES) throw bad(bundle, `it has more than ${MAX_FILES} files`);
  if (before.includes(entry)) throw bad(bundle, `it has two files called ${entry}`);
  if (entry === "" || entry === "." || entry === ".." || /[/\\\0]/.test(entry))
    throw bad(bundle, `a file in it is called ${JSON.stringify(entry)}; only plain names are allowed`);
}

function readManifest(name: string, bytes: Uint8Array): Manifest {
  try {
    return parseManifest(fromUtf8(bytes));
  } catch (error) {
    if (error instanceof CodecError) throw bad(name, `manifest: ${error.message}`);
    if (error instanceof QanatError) throw bad(name, String(error.data.reason ?? error.message));
    throw error;
  }
}

function checkFilesPresent(name: string, manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): void {
  for (const component of availableComponents(manifest)) {
    for (const [what, file] of componentFiles(component)) {
      if (!files.has(file))
        throw bad(name, `${formatComponentId(componentId(component))}: ${what} ${file} is missing`);
    }
  }
}

function checkDigests(name: string, manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): void {
  for (const [file, content] of files) {
    const digest = manifest.digests?.get(file);
    if (digest === undefined) {
      if (file === MANIFEST_NAME) continue;
      throw bad(name, `the manifest has no digest of ${file}`);
    }
    if (!equal(sha512_256(content), digest))
      throw bad(name, `${file} does not have the digest in the manifest`);
  }
}

function checkEnclaves(
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
  check: (executable: Uint8Array, signature: Uint8Array) => void,
): void {
  for (const { sgx } of availableComponents(manifest)) {
    if (sgx !== null && sgx.signature !== "") check(files.get(sgx.executable)!, files.get(sgx.signature)!);
  }
}

function bad(path: string, reason: string): QanatError {
  return new QanatError("runtime/bad-bundle", `bundle ${path}: ${reason}`, { path, reason });
}
