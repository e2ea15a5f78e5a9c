import { UsageError } from "../errors.ts";
import type { Given } from "../given.ts";

/** Flags of the program and the configuration keys that they stand for. */
const KEYS: Readonly<Record<string, string>> = {
  network: "network",
  datadir: "common.data_dir",
  memory: "common.memory",
  "log.file": "common.log.file",
  "log.format": "common.log.format",
};

const SWITCH_KEYS: Readonly<Record<string, string>> = {
  "debug.dont_blame_oasis": "debug.dont_blame_oasis",
  "debug.allow_test_keys": "debug.allow_test_keys",
  "debug.allow_debug_enclaves": "debug.allow_debug_enclaves",
  "debug.skip_quote_verify": "debug.skip_quote_verify",
  "debug.tcb_lax_verify": "debug.tcb_lax_verify",
  "debug.allow_root": "common.debug.allow_root",
};

/** What flags of the program change of a configuration, by its dotted keys. @throws UsageError */
export function configOverrides(given: Given): Record<string, string> {
  const overrides: Record<string, string> = {};
  for (const [name, key] of Object.entries(KEYS)) if (given.isTyped(name)) overrides[key] = given.text(name);
  for (const [name, key] of Object.entries(SWITCH_KEYS)) if (given.switch(name)) overrides[key] = "true";
  if (given.isTyped("log.level")) Object.assign(overrides, logLevels(given.text("log.level")));
  return overrides;
}

/** `info`, or `module:level` pairs with commas between. */
function logLevels(text: string): Record<string, string> {
  const levels: Record<string, string> = {};
  for (const part of text.split(",")) {
    const colon = part.lastIndexOf(":");
    const module = colon < 0 ? "default" : part.slice(0, colon);
    const level = part.slice(colon + 1).toLowerCase();
    if (module === "" || !/^[a-z]+$/.test(level)) {
      throw new UsageError(`--log.level: expected a level or module:level pairs, not "${text}"`);
    }
    levels[`common.log.level.${module}`] = level;
  }
  return levels;
}
