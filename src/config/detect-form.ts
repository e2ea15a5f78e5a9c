import { classicKeys } from "./classic/classic-keys.ts";
import { flattenClassic } from "./classic/flatten.ts";
import type { RawMap } from "./yaml-text.ts";

/** The forms of configuration files: of releases up to 22.2, and since 23.0. */
export type ConfigForm = "classic" | "26.1";

/** Sections that only the 26.1 form has. */
const CURRENT_SECTIONS = ["mode", "common", "p2p", "registration", "storage", "keymanager", "sentry"];

/**
 * Tells the form of a file: 26.1 when it has a section that only this form has, else classic when it has a key of the
 * classic form by another name than today's.
 */
export function detectForm(root: RawMap): ConfigForm {
  if (CURRENT_SECTIONS.some((section) => Object.hasOwn(root, section))) return "26.1";
  const isClassic = flattenClassic(root).some(({ key, path }) => {
    const known = classicKeys.get(key);
    const isSame = known?.to === key && path.join(".") === key && path.length === key.split(".").length;
    return known !== undefined && !isSame;
  });
  const hasClassicSection = ["datadir", "worker", "log", "tendermint"].some((name) =>
    Object.hasOwn(root, name),
  );
  return isClassic || hasClassicSection ? "classic" : "26.1";
}
