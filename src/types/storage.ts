import { hash, namespace } from "../codec/common-types.ts";
import {
  bool,
  bytes,
  type Infer,
  list,
  nullable,
  optional,
  struct,
  tuple,
  u8,
  u16,
  u64,
} from "../codec/schema.ts";

/** Not a type of root. */
export const ROOT_INVALID = 0;
/** Root of a state tree. */
export const ROOT_STATE = 1;
/** Root of a round's inputs and outputs. */
export const ROOT_IO = 2;

/** A tree's root: whose, which version (height or round), what kind. oasis-core v26.1 go/storage/mkvs/node. */
export const Root = struct("Root", { ns: namespace, version: u64, root_type: u8, hash });
export type Root = Infer<typeof Root>;

/** A changed key; a null value removes it, an empty one is a value. */
export const LogEntry = tuple("LogEntry", [bytes, bytes]);
export type LogEntry = Infer<typeof LogEntry>;

/** Changes between two roots, in any order. */
export const WriteLog = list(LogEntry);
export type WriteLog = Infer<typeof WriteLog>;

/** Part of a tree with the hashes that tie it to its root. A null entry is an empty child. */
export const Proof = struct("Proof", {
  v: optional(u16),
  untrusted_root: hash,
  entries: list(bytes),
});
export type Proof = Infer<typeof Proof>;

/** A tree and a position in it. */
export const TreeID = struct("TreeID", { root: Root, position: hash });
export type TreeID = Infer<typeof TreeID>;

/** Asks for a key. */
export const GetRequest = struct("GetRequest", {
  tree: TreeID,
  key: bytes,
  include_siblings: optional(bool),
  proof_version: optional(u16),
});
export type GetRequest = Infer<typeof GetRequest>;

/** Asks for keys by prefix, at most `limit` together. */
export const GetPrefixesRequest = struct("GetPrefixesRequest", {
  tree: TreeID,
  prefixes: list(bytes),
  limit: u16,
  proof_version: optional(u16),
});
export type GetPrefixesRequest = Infer<typeof GetPrefixesRequest>;

/** Asks for the first key at or after `key` and `prefetch` more. */
export const IterateRequest = struct("IterateRequest", {
  tree: TreeID,
  key: bytes,
  prefetch: u16,
  proof_version: optional(u16),
});
export type IterateRequest = Infer<typeof IterateRequest>;

/** Answer to all three requests. */
export const ProofResponse = struct("ProofResponse", { proof: Proof });
export type ProofResponse = Infer<typeof ProofResponse>;

/** Where a difference is to begin and how long it may be. */
export const SyncOptions = struct("SyncOptions", { offset_key: bytes, limit: u64 });
export type SyncOptions = Infer<typeof SyncOptions>;

/** Asks for the write log between two roots. */
export const GetDiffRequest = struct("GetDiffRequest", {
  start_root: Root,
  end_root: Root,
  options: SyncOptions,
});
export type GetDiffRequest = Infer<typeof GetDiffRequest>;

/** A piece of a write log. */
export const SyncChunk = struct("SyncChunk", { final: bool, writelog: WriteLog });
export type SyncChunk = Infer<typeof SyncChunk>;

/** Asks which checkpoints there are. */
export const GetCheckpointsRequest = struct("GetCheckpointsRequest", {
  version: u16,
  namespace,
  root_version: optional(nullable(u64)),
});
export type GetCheckpointsRequest = Infer<typeof GetCheckpointsRequest>;

/** A checkpoint: its root and its chunks' digests. */
export const Metadata = struct("Metadata", { version: u16, root: Root, chunks: list(hash) });
export type Metadata = Infer<typeof Metadata>;

/** Names one chunk of a checkpoint. */
export const ChunkMetadata = struct("ChunkMetadata", { version: u16, root: Root, index: u64, digest: hash });
export type ChunkMetadata = Infer<typeof ChunkMetadata>;
