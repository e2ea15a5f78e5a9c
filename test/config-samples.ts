import { readFileSync } from "node:fs";
import { sharedPath } from "./shared.ts";

/** What an operator fills in where the seed's document says `{{ … }}`. */
export const SEED_VALUES = {
  external_address: "203.0.113.7",
  seed_node_address: "E27F6B7A350B4CC2B48A6CBE94B0A02B0DCB0BF3@35.199.49.168:26656",
  runtime_id: `80${"00".repeat(31)}`,
  runtime_bin_path: "/node/runtimes/foo-paratime.sgxs",
  runtime_sig_path: "/node/runtimes/foo-paratime.sig",
  ias_proxy_address: "tT7Xhm9p1Tc7C8vwKmYdPAzs1gqw4FR+1YVT6gXZCzA=@34.86.197.181:8650",
} as const;

/** The `config.yml` of the seed's document, word for word. */
export function seedConfigText(): string {
  const document = readFileSync(sharedPath("seed", "run-a-paratime-node.md"), "utf8");
  const [, yaml] = /^```yaml\n([\s\S]*?)^```$/m.exec(document)!;
  return yaml!;
}

/** The same with the placeholders filled in. */
export function filledSeedConfig(): string {
  return seedConfigText().replace(
    /\{\{ (\w+) \}\}/g,
    (_, name: string) => SEED_VALUES[name as keyof typeof SEED_VALUES],
  );
}

/** The official sample of the 26.1 form. */
export function sampleConfigText(): string {
  return readFileSync(sharedPath("samples", "config-26.1-compute.yaml"), "utf8");
}
