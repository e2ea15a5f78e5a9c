import { describe, expect, test } from "vitest";
import { ConfigError } from "./config-error.ts";
import { parseConfig } from "./load-config.ts";

const HASH = "00".repeat(32);

interface Parts {
  readonly mode?: string;
  readonly providers?: readonly string[];
  readonly trust?: string;
  readonly more?: string;
}

/** A configuration without a consensus state. */
function textOf({ mode = "client", providers = ["unix:/a", "unix:/b"], trust, more = "" }: Parts): string {
  return [
    `mode: ${mode}`,
    "common: { data_dir: /node/data }",
    "genesis: { file: /node/genesis.json }",
    "consensus:",
    "  local_storage: false",
    `  providers: [${providers.map((text) => JSON.stringify(text)).join(", ")}]`,
    `  light_client: { trust: { ${trust ?? `height: 5, hash: "${HASH}"`} } }`,
    more,
  ].join("\n");
}

function refusal(text: string): string {
  try {
    parseConfig(text, "config.yml");
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("the text was accepted");
}

describe("without local_storage", () => {
  test("a client with two nodes to ask and a block to trust is complete", () => {
    const { config, warnings } = parseConfig(textOf({}), "config.yml");
    expect(config.consensus.local_storage).toBe(false);
    expect(warnings).toEqual([]);
  });

  test("nodes that must agree stand for the block", () => {
    const trust = 'sources: ["unix:/a", "unix:/b"]';
    expect(parseConfig(textOf({ providers: [], trust }), "config.yml").config.consensus.providers).toEqual(
      [],
    );
  });

  test.each<[string, Parts, RegExp]>([
    ["another mode", { mode: "validator" }, /consensus\.local_storage: a node in mode validator keeps/],
    ["a validator", { more: "  validator: true" }, /consensus\.validator: a validator keeps/],
    ["nobody to compare with", { providers: ["unix:/a"] }, /consensus\.providers: .* two nodes at least/],
    ["the same node twice", { providers: ["unix:/a", "unix:/a"] }, /consensus\.providers: .* two nodes/],
    ["nothing to trust", { trust: "height: 0" }, /trust\.hash: .* a block to trust/],
    [
      "a state to restore",
      { more: "  state_sync: { enabled: true }" },
      /state_sync\.enabled: .* no state to/,
    ],
  ])("is refused: %s", (_, parts, message) => {
    expect(refusal(textOf(parts))).toMatch(message);
  });
});
