import { bech32 } from "@scure/base";
import { CodecError } from "./errors.ts";
import type { TextForm } from "./fixed-bytes.ts";

export const ADDRESS_LENGTH = 21;
/** Human readable part of account addresses. */
const PREFIX = "oasis";
/** Longest text BIP 173 allows; an account address has 46 characters. */
const MAX_TEXT = 90;

/** Bech32 form (BIP 173) of account addresses, `oasis1…`. */
export const addressText: TextForm = { toText: formatAddress, fromText: parseAddress };

export function formatAddress(address: Uint8Array): string {
  return bech32.encode(PREFIX, bech32.toWords(address), MAX_TEXT);
}

/** @throws CodecError when the text is no bech32, has another prefix, or does not hold 21 bytes */
export function parseAddress(text: string): Uint8Array {
  const decoded = bech32.decodeUnsafe(text, MAX_TEXT);
  const bytes = decoded === undefined ? undefined : bech32.fromWordsUnsafe(decoded.words);
  if (decoded === undefined && isSpelledLikeAddress(text)) {
    throw new CodecError(`the checksum of ${text} is wrong: a character is mistyped, missing or too many`);
  }
  if (decoded === undefined || !(bytes instanceof Uint8Array)) {
    throw new CodecError(`invalid bech32 text "${text.slice(0, MAX_TEXT)}"`);
  }
  if (decoded.prefix !== PREFIX) throw new CodecError(`expected an address that starts with ${PREFIX}1`);
  if (bytes.length !== ADDRESS_LENGTH) throw new CodecError(`address must have ${ADDRESS_LENGTH} bytes`);
  return bytes;
}

/** Prefix and characters of an address, in small letters or in capitals. */
function isSpelledLikeAddress(text: string): boolean {
  const isOneCase = text === text.toLowerCase() || text === text.toUpperCase();
  return text.length <= MAX_TEXT && isOneCase && /^oasis1[ac-hj-np-z02-9]{6,}$/i.test(text);
}
