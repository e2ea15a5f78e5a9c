import { type Codec, decode } from "../codec/schema.ts";
import { TxError } from "./errors.ts";

/**
 * Decodes the changes of a governance proposal.
 * @throws CodecError (unknown/1) when they are not of the module's type
 */
export function decodeChanges<C>(codec: Codec<C>, changes: Uint8Array | null): C {
  return decode(codec, changes);
}

/**
 * The parameters with every change that is not null put in their place. Names of changes are names of parameters.
 *
 * @param otherChange whether a change that the caller makes by itself is present
 * @throws TxError when nothing would change
 */
export function applyChanges<P extends object>(
  parameters: Readonly<P>,
  changes: { [K in keyof P]?: P[K] | null },
  otherChange = false,
): P {
  const present = Object.entries(changes).filter(([, value]) => value !== null && value !== undefined);
  if (present.length === 0 && !otherChange) {
    throw new TxError("consensus parameter changes should not be empty");
  }
  return { ...parameters, ...Object.fromEntries(present) };
}
