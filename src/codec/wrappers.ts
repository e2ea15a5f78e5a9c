import { type Codec, defineCodec, type KeyCodec } from "./codec.ts";
import { jsonString } from "./go-json.ts";

/** The same type with another JSON form: the text that Go's MarshalText gives. `fromText` throws CodecError. */
export function withText<T>(
  codec: Codec<T>,
  toText: (value: T) => string,
  fromText: (text: string, path: string) => T,
): Codec<T> {
  return defineCodec<T>({
    ...codec,
    toJson: toText,
    fromJson: (j, path) => (j === null ? codec.zero() : fromText(jsonString(j, path), path)),
  });
}

/** The same type made usable as a map key. */
export function keyed<T>(codec: Codec<T>, key: KeyCodec<T>): Codec<T> {
  return defineCodec<T>({ ...codec, key });
}
