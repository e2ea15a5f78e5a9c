import type { Overrides } from "./overrides.ts";
import { Scalar } from "./scalar.ts";
import type { RawMap } from "./yaml-text.ts";

/** What a profile sets: sections that the file itself does not have. */
type Profile = Readonly<Record<PrunedSection, Overrides>>;
type PrunedSection = (typeof PRUNED_SECTIONS)[number];

const PRUNED_SECTIONS = ["consensus.prune", "runtime.prune"] as const;

/**
 * How much history a node keeps. A validator keeps what is needed to judge evidence, which the network accepts for the
 * debonding time; a client a month of Mainnet's blocks, which the network's documentation advises.
 */
export const PROFILES: Readonly<Record<string, Profile>> = {
  validator: pruning("250000"),
  client: pruning("400000"),
  archive: { "consensus.prune": { strategy: "none" }, "runtime.prune": { strategy: "none" } },
};

/** The values that the file's profile stands for. A section that the file has is the file's alone. */
export function profileOverrides(root: RawMap): Overrides {
  const name = root.profile instanceof Scalar ? root.profile.source : "";
  if (!Object.hasOwn(PROFILES, name)) return {};
  const profile = PROFILES[name]!;
  return Object.fromEntries(
    PRUNED_SECTIONS.filter((section) => !has(root, section)).flatMap((section) =>
      Object.entries(profile[section]).map(([key, value]) => [`${section}.${key}`, value]),
    ),
  );
}

function pruning(numKept: string): Profile {
  return {
    "consensus.prune": { strategy: "keep_n", num_kept: numKept },
    "runtime.prune": { strategy: "keep_last", num_kept: numKept },
  };
}

function has(root: RawMap, section: string): boolean {
  let value: unknown = root;
  for (const step of section.split(".")) {
    if (typeof value !== "object" || value === null || value instanceof Scalar) return false;
    value = (value as RawMap)[step];
  }
  return value !== undefined;
}
