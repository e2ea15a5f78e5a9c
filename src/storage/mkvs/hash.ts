import { hash } from "node:crypto";
export const sha512_256 = (b: Uint8Array): Uint8Array => new Uint8Array(hash("sha512-256", b, "buffer"));
export const EMPTY_HASH = sha512_256(new Uint8Array());
