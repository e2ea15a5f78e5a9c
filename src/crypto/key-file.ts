import { existsSync, readFileSync, statSync } from "node:fs";
import { concat, equal } from "../codec/bytes.ts";
import { PUBLIC_KEY_LENGTH, type PublicKey } from "../codec/common-types.ts";
import { CodecError, QanatError } from "../codec/errors.ts";
import { writeFileDurably } from "./durable-file.ts";
import { MemorySigner, SEED_LENGTH } from "./memory-signer.ts";
import { primitives } from "./native.ts";
import { decodePem, encodePem } from "./pem.ts";

const PRIVATE_KEY = "ED25519 PRIVATE KEY";
/** Type of the PEM block of a public key. */
export const PUBLIC_KEY_PEM = "ED25519 PUBLIC KEY";
const ENTROPY = "STATIC ENTROPY";
const ENTROPY_LENGTH = 32;
/** The official node refuses private key files of any other mode, and so do we. */
const PRIVATE_MODE = 0o600;

export type KeyFileProblem = "missing" | "mode" | "malformed" | "mismatch" | "exists" | "unreadable";

/** A key file that cannot be used; the message says what to do about it. */
export class KeyFileError extends QanatError {
  readonly problem: KeyFileProblem;
  readonly path: string;

  constructor(problem: KeyFileProblem, path: string, message: string, options?: ErrorOptions) {
    super(`key-file/${problem}`, `${path}: ${message}`, { path }, options);
    this.name = "KeyFileError";
    this.problem = problem;
    this.path = path;
  }
}

/** Signer of a private key file: one PEM block with the seed and the public key. @throws KeyFileError */
export function loadSigner(path: string): MemorySigner {
  const content = readPemFile(path, PRIVATE_KEY, SEED_LENGTH + PUBLIC_KEY_LENGTH);
  const signer = MemorySigner.fromSeed(content.subarray(0, SEED_LENGTH));
  if (!equal(signer.publicKey, content.subarray(SEED_LENGTH))) {
    throw new KeyFileError(
      "mismatch",
      path,
      "the public half of the key does not belong to its private half",
    );
  }
  return signer;
}

/** Writes a new private key file, or the given key. @throws KeyFileError when there is a file already */
export function createSigner(path: string, signer: MemorySigner = MemorySigner.generate()): MemorySigner {
  if (existsSync(path))
    throw new KeyFileError("exists", path, "there is a key already; it is not overwritten");
  writeFileDurably(path, encodePem(PRIVATE_KEY, concat(signer.exportSeed(), signer.publicKey)), PRIVATE_MODE);
  return signer;
}

/** Public key of a public key file. @throws KeyFileError */
export function loadPublicKey(path: string): PublicKey {
  return decodeFile(path, PUBLIC_KEY_PEM, PUBLIC_KEY_LENGTH, readText(path));
}

/** Writes the public key file of a key, or checks the one that is there. @throws KeyFileError when it is of another key */
export function ensurePublicKeyFile(path: string, publicKey: PublicKey): void {
  if (!existsSync(path)) {
    writeFileDurably(path, encodePem(PUBLIC_KEY_PEM, publicKey), PRIVATE_MODE);
    return;
  }
  if (!equal(loadPublicKey(path), publicKey)) {
    throw new KeyFileError(
      "mismatch",
      path,
      "holds another key than the private key file beside it; remove one of them",
    );
  }
}

/** Fixed random bytes that belong to a key: read, or made when there are none yet. @throws KeyFileError */
export function loadOrCreateEntropy(path: string): Uint8Array {
  if (existsSync(path)) return readPemFile(path, ENTROPY, ENTROPY_LENGTH);
  const entropy = primitives.randomBytes(ENTROPY_LENGTH);
  writeFileDurably(path, encodePem(ENTROPY, entropy), PRIVATE_MODE);
  return entropy;
}

/** Text of a private file after a check of its mode. @throws KeyFileError */
export function readPrivateText(path: string): string {
  const text = readText(path);
  const mode = statSync(path).mode & 0o777;
  if (mode !== PRIVATE_MODE) {
    const found = mode.toString(8).padStart(4, "0");
    throw new KeyFileError("mode", path, `mode is ${found} and must be 0600: run chmod 600 on it`);
  }
  return text;
}

function readPemFile(path: string, type: string, length: number): Uint8Array {
  return decodeFile(path, type, length, readPrivateText(path));
}

function decodeFile(path: string, type: string, length: number, text: string): Uint8Array {
  try {
    const content = decodePem(type, text);
    if (content.length !== length)
      throw new CodecError(`expected ${length} bytes inside, found ${content.length}`);
    return content;
  } catch (error) {
    throw error instanceof CodecError ? new KeyFileError("malformed", path, error.message) : error;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new KeyFileError("missing", path, "no such key file", { cause: error });
    throw new KeyFileError("unreadable", path, `cannot be read (${code})`, { cause: error });
  }
}
