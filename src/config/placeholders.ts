import type { ConfigNote } from "./config-error.ts";

const PLACEHOLDER = /\{\{\s*[\w.-]+\s*\}\}/g;

/** What stands in place of a placeholder of the Oasis documentation, where not everybody knows. */
const HINTS: Readonly<Record<string, string>> = {
  external_address: "the IP address under which others reach this machine",
  seed_node_address:
    "a seed of the network as ID@IP:port; with `network: mainnet` or `testnet` the line may be left out",
  runtime_id: "the ParaTime's identifier, 64 hex digits",
  runtime_bin_path: "where the ParaTime's binary lies",
  runtime_sig_path:
    "a signature is for ParaTimes in trusted hardware only: leave the section sgx out for others",
  ias_proxy_address: "there are no IAS proxies any more: leave the section ias out",
};

/** Finds placeholders of the documentation, `{{ seed_node_address }}`, that nobody has filled in. */
export function findPlaceholders(text: string): ConfigNote[] {
  return text.split("\n").flatMap((line, i) => {
    const comment = line.search(/(?:^|\s)#/);
    const content = comment < 0 ? line : line.slice(0, comment);
    return Array.from(content.matchAll(PLACEHOLDER), ({ 0: placeholder, index }) => {
      const hint = HINTS[placeholder.slice(2, -2).trim()];
      return {
        position: { line: i + 1, column: index + 1 },
        key: "",
        message: `the placeholder ${placeholder} of the documentation is not filled in${hint === undefined ? "" : ` (${hint})`}`,
      };
    });
  });
}
