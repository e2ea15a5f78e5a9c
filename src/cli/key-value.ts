import { bytes, encode, type Infer, raw, struct, text, u8, u64 } from "../codec/schema.ts";
import { UsageError } from "./errors.ts";
import { cborOfJson } from "./text/cbor-value.ts";

// Requests of the key/value ParaTimes: the demo, and the official `simple-keyvalue`, whose format it is.

/** A call: what transactions carry. */
export const Call = struct("Call", { sender: bytes, nonce: u64, method: text, args: raw });
export type Call = Infer<typeof Call>;

const keyFields = { key: text, generation: u64, churp_id: u8 };
const KeyArgs = struct("KeyArgs", keyFields);
const InsertArgs = struct("InsertArgs", { ...keyFields, value: text });

const NULL = Uint8Array.of(0xf6);

/**
 * CBOR of a method's arguments as they are typed: `insert KEY VALUE`, `get KEY`, `remove KEY`, nothing, or one JSON
 * value for other methods.
 * @throws UsageError
 */
export function encodeArgs(method: string, args: readonly string[]): Uint8Array {
  const [first, second] = args;
  switch (method) {
    case "insert":
      if (args.length !== 2) throw new UsageError("insert needs KEY and VALUE");
      return encode(InsertArgs, InsertArgs.make({ key: first!, value: second! }));
    case "get":
    case "remove":
      if (args.length !== 1) throw new UsageError(`${method} needs KEY`);
      return encode(KeyArgs, KeyArgs.make({ key: first! }));
    default:
      if (args.length === 0) return NULL;
      if (args.length > 1) throw new UsageError(`${method}: give the arguments as one JSON value`);
      return jsonArguments(method, first!);
  }
}

function jsonArguments(method: string, text: string): Uint8Array {
  try {
    return cborOfJson(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const quoted = /^[A-Za-z]/.test(text) ? `. A text is typed as '${JSON.stringify(text)}'` : "";
    throw new UsageError(
      `${method} is none of insert, get, remove and get_runtime_id, so its arguments are one JSON value. ` +
        `${JSON.stringify(text)} is ${error.message}${quoted}`,
    );
  }
}
