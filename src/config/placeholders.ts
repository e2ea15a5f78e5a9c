import type { ConfigNote } from "./config-error.ts";

const PLACEHOLDER = /\{\{\s*[\w.-]+\s*\}\}/g;

/** Finds placeholders of the documentation, `{{ seed_node_address }}`, that nobody has filled in. */
export function findPlaceholders(text: string): ConfigNote[] {
  return text.split("\n").flatMap((line, i) => {
    const comment = line.search(/(?:^|\s)#/);
    const content = comment < 0 ? line : line.slice(0, comment);
    return Array.from(content.matchAll(PLACEHOLDER), ({ 0: placeholder, index }) => ({
      position: { line: i + 1, column: index + 1 },
      key: "",
      message: `the placeholder ${placeholder} of the documentation is not filled in`,
    }));
  });
}
