import { EMPTY_BYTES } from "../codec/bytes.ts";
import { CodecError } from "../codec/errors.ts";
import { ProtoReader, ProtoWriter, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from "../codec/proto.ts";
import { isRepresentableTime, NANOS_PER_SECOND, splitTime, type Time, ZERO_TIME } from "./time.ts";

/**
 * Protobuf messages as declarations: one list of fields serves writing and reading.
 *
 * Writing follows gogoproto byte for byte: fields in order of number, scalars dropped when zero, `embedded` messages
 * always written. Reading is as lenient as gogoproto: any order, unknown fields skipped, the last scalar wins,
 * messages that come twice are merged (cometbft.md 0.4 and 4.1).
 */
export interface Message<T> {
  readonly typeName: string;
  zero(): T;
  write(w: ProtoWriter, value: T): void;
  /** Reads to the end of the reader, on top of `value`. */
  merge(r: ProtoReader, value: T): T;
}

export type Infer<M> = M extends Message<infer T> ? T : never;

/** How one value stands behind a tag. */
export interface Scalar<T> {
  readonly wireType: number;
  readonly zero: T;
  isZero(value: T): boolean;
  write(w: ProtoWriter, value: T): void;
  read(r: ProtoReader): T;
}

/** One field of a message. */
export interface Field<T> {
  readonly number: number;
  readonly wireType: number;
  zero(): T;
  write(w: ProtoWriter, value: T): void;
  read(r: ProtoReader, previous: T): T;
}

type Fields = Record<string, Field<unknown>>;
type Shape<F> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Writer kept between calls for its grown buffer; taken away while in use, so nested calls get another. */
let spareWriter: ProtoWriter | undefined;
/** A writer that grew beyond this is dropped instead of kept. */
const MAX_SPARE_WRITER = 1 << 20;

/** Encodes one message. */
export function encode<T>(type: Message<T>, value: T): Uint8Array {
  return written((w) => type.write(w, value));
}

/** Encodes one message behind its length, as signed and streamed messages are. */
export function encodeDelimited<T>(type: Message<T>, value: T): Uint8Array {
  return written((w) => w.nested(() => type.write(w, value)));
}

function written(write: (w: ProtoWriter) => void): Uint8Array {
  const w = spareWriter ?? new ProtoWriter();
  spareWriter = undefined;
  w.reset();
  write(w);
  const bytes = w.finish();
  if (w.capacity <= MAX_SPARE_WRITER) spareWriter = w;
  return bytes;
}

/**
 * Decodes one message. Byte fields are views into `bytes`.
 * @throws CodecError with the path to the broken field
 */
export function decode<T>(type: Message<T>, bytes: Uint8Array): T {
  return type.merge(new ProtoReader(bytes), type.zero());
}

/**
 * Decodes one message that stands behind its length and is all there is.
 * @throws CodecError
 */
export function decodeDelimited<T>(type: Message<T>, bytes: Uint8Array): T {
  const r = new ProtoReader(bytes);
  const value = type.merge(r.nested(), type.zero());
  if (!r.done) throw new CodecError("bytes after a delimited message");
  return value;
}

/** Declares a message; fields must be listed in the order of their numbers. */
export function message<F extends Fields>(typeName: string, fields: F): Message<Shape<F>> {
  const entries = Object.entries(fields);
  const byNumber = new Map(entries.map((entry) => [entry[1].number, entry]));
  const zeros = entries.map(([name, field]): [string, unknown] => [name, field.zero()]);
  const template = Object.fromEntries(zeros);
  /** Those whose zero value is changed in place when it is read over: they get a fresh one each time. */
  const changeable = entries.filter((_, i) => isChangeable(zeros[i]![1]));
  return {
    typeName,
    zero() {
      // Faster than a spread, because this place sees the messages of all types.
      const value: Record<string, unknown> = Object.assign({}, template);
      for (const [name, field] of changeable) value[name] = field.zero();
      return value as Shape<F>;
    },
    write(w, value) {
      for (const [name, field] of entries) field.write(w, value[name as keyof F]);
    },
    merge(r, value) {
      while (!r.done) {
        const { field: number, wireType } = r.tag();
        const entry = byNumber.get(number);
        if (entry === undefined) {
          r.skip(wireType);
          continue;
        }
        const [name, field] = entry;
        if (wireType !== field.wireType) throw new CodecError("unexpected protobuf wire type", name);
        const key = name as keyof F;
        try {
          value[key] = field.read(r, value[key]) as Shape<F>[keyof F];
        } catch (error) {
          throw error instanceof CodecError ? error.within(name) : error;
        }
      }
      return value;
    },
  };
}

function isChangeable(zero: unknown): boolean {
  return typeof zero === "object" && zero !== null && !(zero instanceof Uint8Array);
}

type Variants = Record<string, readonly [number: number, type: Message<unknown>]>;
type Variant<V extends Variants> = { [K in keyof V]: { type: K; value: Infer<V[K][1]> } }[keyof V];

/**
 * Declares a message that is a oneof of messages, by name and field number: a tagged union, null when none is set.
 * The last one that is read wins.
 */
export function oneof<const V extends Variants>(typeName: string, variants: V): Message<Variant<V> | null> {
  const byNumber = new Map(
    Object.entries(variants).map(([name, [number, type]]) => [number, { name, type }]),
  );
  return {
    typeName,
    zero: () => null,
    write(w, chosen) {
      if (chosen === null) return;
      const [number, type] = variants[chosen.type]!;
      w.tag(number, WIRE_BYTES);
      w.nested(() => type.write(w, chosen.value));
    },
    merge(r, value) {
      let chosen = value;
      while (!r.done) {
        const { field, wireType } = r.tag();
        const variant = byNumber.get(field);
        if (variant === undefined) {
          r.skip(wireType);
          continue;
        }
        const { name, type } = variant;
        if (wireType !== WIRE_BYTES) throw new CodecError("unexpected protobuf wire type", name);
        try {
          chosen = { type: name, value: type.merge(r.nested(), type.zero()) } as Variant<V>;
        } catch (error) {
          throw error instanceof CodecError ? error.within(name) : error;
        }
      }
      return chosen;
    },
  };
}

/** A scalar field; written unless zero. */
export function scalar<T>(number: number, type: Scalar<T>): Field<T> {
  return {
    number,
    wireType: type.wireType,
    zero: () => type.zero,
    write(w, value) {
      if (type.isZero(value)) return;
      w.tag(number, type.wireType);
      type.write(w, value);
    },
    read: (r) => type.read(r),
  };
}

/** A list of scalars, one tag each; every element is written. */
export function repeatedScalar<T>(number: number, type: Scalar<T>): Field<T[]> {
  return {
    number,
    wireType: type.wireType,
    zero: () => [],
    write(w, values) {
      for (const value of values) {
        w.tag(number, type.wireType);
        type.write(w, value);
      }
    },
    read(r, previous) {
      previous.push(type.read(r));
      return previous;
    },
  };
}

/** A message that is always written, even when empty (gogoproto: nullable = false). */
export function embedded<T>(number: number, type: Message<T>): Field<T> {
  return {
    number,
    wireType: WIRE_BYTES,
    zero: () => type.zero(),
    write(w, value) {
      w.tag(number, WIRE_BYTES);
      w.nested(() => type.write(w, value));
    },
    read: (r, previous) => type.merge(r.nested(), previous),
  };
}

/** A message that may be absent. */
export function optional<T>(number: number, type: Message<T>): Field<T | null> {
  const present = embedded(number, type);
  return {
    number,
    wireType: WIRE_BYTES,
    zero: () => null,
    write(w, value) {
      if (value !== null) present.write(w, value);
    },
    read: (r, previous) => present.read(r, previous ?? type.zero()),
  };
}

/** A list of messages. */
export function repeated<T>(number: number, type: Message<T>): Field<T[]> {
  const element = embedded(number, type);
  return {
    number,
    wireType: WIRE_BYTES,
    zero: () => [],
    write(w, values) {
      for (const value of values) element.write(w, value);
    },
    read(r, previous) {
      previous.push(element.read(r, type.zero()));
      return previous;
    },
  };
}

export const bytes: Scalar<Uint8Array> = {
  wireType: WIRE_BYTES,
  zero: EMPTY_BYTES,
  isZero: (value) => value.length === 0,
  write: (w, value) => w.bytes(value),
  read: (r) => r.bytes(),
};

export const text: Scalar<string> = {
  wireType: WIRE_BYTES,
  zero: "",
  isZero: (value) => value === "",
  write: (w, value) => w.text(value),
  read: (r) => r.text(),
};

export const bool: Scalar<boolean> = {
  wireType: WIRE_VARINT,
  zero: false,
  isZero: (value) => !value,
  write: (w, value) => w.varint(value ? 1 : 0),
  read: (r) => r.varint() !== 0n,
};

export const int64: Scalar<bigint> = {
  wireType: WIRE_VARINT,
  zero: 0n,
  isZero: (value) => value === 0n,
  write: (w, value) => w.varint(value),
  read: (r) => BigInt.asIntN(64, r.varint()),
};

export const uint64: Scalar<bigint> = { ...int64, read: (r) => r.varint() };

export const int32: Scalar<number> = {
  wireType: WIRE_VARINT,
  zero: 0,
  isZero: (value) => value === 0,
  write: (w, value) => w.varint(value),
  read: (r) => Number(BigInt.asIntN(32, r.varint())),
};

export const uint32: Scalar<number> = { ...int32, read: (r) => Number(BigInt.asUintN(32, r.varint())) };

export const sfixed64: Scalar<bigint> = {
  wireType: WIRE_FIXED64,
  zero: 0n,
  isZero: (value) => value === 0n,
  write: (w, value) => w.fixed64(value),
  read: (r) => BigInt.asIntN(64, r.fixed64()),
};

const secondsAndNanos = message("google.protobuf.Timestamp", {
  seconds: scalar(1, int64),
  nanos: scalar(2, int32),
});

/** `google.protobuf.Timestamp` as Unix nanoseconds; refuses what is no instant of the years 1 to 9999. */
export const timestamp: Message<Time> = {
  typeName: secondsAndNanos.typeName,
  zero: () => ZERO_TIME,
  write: (w, value) => secondsAndNanos.write(w, splitTime(value)),
  merge(r) {
    const { seconds, nanos } = secondsAndNanos.merge(r, secondsAndNanos.zero());
    const time = seconds * NANOS_PER_SECOND + BigInt(nanos);
    if (nanos < 0 || nanos >= Number(NANOS_PER_SECOND) || !isRepresentableTime(time)) {
      throw new CodecError("timestamp out of range");
    }
    return time;
  },
};

/** `google.protobuf.Duration` as nanoseconds. */
export const duration: Message<bigint> = {
  typeName: "google.protobuf.Duration",
  zero: () => 0n,
  write(w, value) {
    const nanos = value % NANOS_PER_SECOND;
    secondsAndNanos.write(w, { seconds: (value - nanos) / NANOS_PER_SECOND, nanos: Number(nanos) });
  },
  merge(r) {
    const { seconds, nanos } = secondsAndNanos.merge(r, secondsAndNanos.zero());
    if (
      Math.abs(nanos) >= Number(NANOS_PER_SECOND) ||
      (seconds < 0n && nanos > 0) ||
      (seconds > 0n && nanos < 0)
    ) {
      throw new CodecError("duration out of range");
    }
    return seconds * NANOS_PER_SECOND + BigInt(nanos);
  },
};
