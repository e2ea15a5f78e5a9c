import { writeFile } from "node:fs/promises";
import { toJsonText } from "../../codec/schema.ts";
import { Document } from "../../types/genesis.ts";

/** The canonical text of a genesis document: as the official node writes it, with a newline at the end. */
export function formatGenesis(document: Document): string {
  return `${toJsonText(Document, document, 2)}\n`;
}

/** Writes a genesis document; fails when the file exists, for a network's genesis is made once. */
export async function writeGenesis(path: string, document: Document): Promise<void> {
  await writeFile(path, formatGenesis(document), { flag: "wx", mode: 0o644 });
}
