import { MAJOR_MAP } from "./cbor.ts";
import { CborReader } from "./cbor-reader.ts";
import { type Codec, defineCodec } from "./codec.ts";
import { nullable } from "./collections.ts";
import { u16 } from "./scalars.ts";
import { struct } from "./struct.ts";

/** Version of a blob that has none. */
export const MISSING_VERSION = 0xffff;

const MAP_HEAD = MAJOR_MAP << 5;
const TEXT_OF_ONE = 0x61;
const LETTER_V = 0x76;

const versionOnly = struct("Versioned", { v: nullable(u16) });

/** A form of a versioned struct that was current once, and how its values become current ones. */
export interface FormerVersion<T> {
  /** Reads the old form into the current one. */
  read(reader: CborReader): T;
}

export interface VersionedOptions<T> {
  /** Version numbers that read as the current form. */
  readonly current: readonly number[];
  readonly former?: Readonly<Record<number, FormerVersion<T>>>;
  /** Form of a blob without a version, where that is allowed. */
  readonly missing?: FormerVersion<T>;
}

/**
 * A struct whose `v` field decides how it is read; it is written in the current form only.
 *
 * As in Go the version is looked up in the same bytes first, unknown fields ignored, and the fields then are read
 * with unknown ones refused, even inside a request that ignores them.
 */
export function versioned<T>(codec: Codec<T>, options: VersionedOptions<T>): Codec<T> {
  return defineCodec<T>({
    ...codec,
    isEmpty: () => false,
    read: (reader) => {
      const start = reader.offset;
      const blob = reader.rawItem();
      const version = readVersion(blob);
      const inner = new CborReader(blob);
      if (options.current.includes(version)) return codec.read(inner);
      const former = version === MISSING_VERSION ? options.missing : options.former?.[version];
      if (former !== undefined) return former.read(inner);
      throw reader.error(
        version === MISSING_VERSION ? "missing or invalid version" : `unsupported version ${version}`,
        start,
      );
    },
  });
}

/** The `v` of a CBOR struct, MISSING_VERSION when it has none. @throws CodecError */
export function readVersion(blob: Uint8Array): number {
  const small = leadingVersion(blob);
  if (small !== undefined) return small;
  return versionOnly.read(new CborReader(blob, true)).v ?? MISSING_VERSION;
}

/**
 * The version where it stands as canonical encodings have it: first in the map, and below 24. What follows is left to
 * whoever reads the form of that version.
 */
function leadingVersion(blob: Uint8Array): number | undefined {
  const isMap = blob[0]! > MAP_HEAD && blob[0]! < MAP_HEAD + 24;
  const value = blob[3]!;
  return isMap && blob[1] === TEXT_OF_ONE && blob[2] === LETTER_V && value < 24 ? value : undefined;
}
