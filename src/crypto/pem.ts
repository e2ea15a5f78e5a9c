import { fromBase64, toBase64 } from "../codec/bytes.ts";
import { CodecError } from "../codec/errors.ts";

const LINE_LENGTH = 64;
const BLOCK =
  /^\s*-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END ([A-Z0-9 ]+)-----[ \t\r]*\n?$/;

/** One PEM block. */
export function encodePem(type: string, data: Uint8Array): string {
  const lines = toBase64(data).match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return `-----BEGIN ${type}-----\n${lines.map((line) => `${line}\n`).join("")}-----END ${type}-----\n`;
}

/**
 * Content of text that is exactly one PEM block of the type.
 *
 * @throws CodecError
 */
export function decodePem(type: string, text: string): Uint8Array {
  const match = BLOCK.exec(text);
  if (match === null) throw new CodecError("expected exactly one PEM block and nothing after it");
  const [, begin, body = "", end] = match;
  if (begin !== end) throw new CodecError(`PEM block begins as "${begin}" and ends as "${end}"`);
  if (begin !== type) throw new CodecError(`expected a PEM block of type "${type}", found "${begin}"`);
  return fromBase64(body);
}
