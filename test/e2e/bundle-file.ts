import { readFileSync, writeFileSync } from "node:fs";
import { zipSync } from "fflate";
import { toHex, utf8 } from "../../src/codec/bytes.ts";
import { sha512_256 } from "../../src/crypto/hash.ts";
import type { Version } from "../../src/types/common.ts";

/** Writes a bundle (`.orc`) with one executable. */
export function writeBundle(path: string, executable: string, runtimeId: Uint8Array, version: Version): void {
  const program = readFileSync(executable);
  const name = "runtime.elf";
  const manifest = {
    name: "test",
    id: toHex(runtimeId),
    components: [{ kind: "ronl", elf: { executable: name }, version }],
    digests: { [name]: toHex(sha512_256(program)) },
  };
  const files = { "META-INF/MANIFEST.MF": utf8(JSON.stringify(manifest)), [name]: program };
  writeFileSync(path, zipSync(files, { level: 0 }));
}
