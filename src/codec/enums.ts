import { type Codec, defineCodec } from "./codec.ts";
import { CodecError } from "./errors.ts";
import { jsonString } from "./go-json.ts";
import { int, u8, u16, u32 } from "./scalars.ts";

/** Width of the number in CBOR; `int` enums are numbers in TypeScript as well, for all of them are small. */
export type EnumWidth = "u8" | "u16" | "u32" | "int";

/**
 * Enum that is a number in CBOR and a text in JSON, as a map key, too. Any number of the width decodes from CBOR, as
 * in Go; only known ones have a text.
 *
 * @param names text to number
 */
export function textEnum(
  typeName: string,
  width: EnumWidth,
  names: Readonly<Record<string, number>>,
): Codec<number> {
  const number = NUMBERS[width];
  const textOf = new Map(Object.entries(names).map(([name, value]) => [value, name]));
  return defineCodec<number>({
    typeName,
    zero: () => 0,
    isEmpty: (v) => v === 0,
    write: number.write,
    read: number.read,
    toJson: (v) => textOf.get(v) ?? `[unknown: ${v}]`,
    fromJson: (j, path) => {
      if (j === null) return 0;
      const name = jsonString(j, path);
      if (!Object.hasOwn(names, name))
        throw new CodecError(`unknown ${typeName} "${name.slice(0, 80)}"`, path);
      return names[name]!;
    },
    key: { toKey: (v) => v, fromKey: Number },
    keepsOnNull: true,
  });
}

/** Go `int` as a number: what does not fit 53 bits cannot be an enum value and is refused. */
const intNumber: Pick<Codec<number>, "write" | "read"> = {
  write: (w, v) => w.int64(BigInt(v)),
  read: (r) => {
    const start = r.offset;
    const value = Number(int.read(r));
    if (!Number.isSafeInteger(value)) throw r.error("enum value beyond 53 bits", start);
    return value;
  },
};

const NUMBERS: Readonly<Record<EnumWidth, Pick<Codec<number>, "write" | "read">>> = {
  u8,
  u16,
  u32,
  int: intNumber,
};
