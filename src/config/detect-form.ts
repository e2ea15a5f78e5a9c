import { classicKeys } from "./classic/classic-keys.ts";
import { flattenClassic } from "./classic/flatten.ts";
import type { RawMap } from "./yaml-text.ts";

/** The forms of configuration files: of releases up to 22.2, and since 23.0. */
export type ConfigForm = "classic" | "26.1";

/** Sections that only the 26.1 form has, and no file of the other form by accident. */
const CURRENT_SECTIONS = ["mode", "common"];
/** Sections that every useful file of the classic form has one of. */
const CLASSIC_SECTIONS = ["datadir", "worker", "log", "tendermint"];

/**
 * Tells the form of a file: 26.1 when it has a section that only this form has, else classic when it has one of the
 * classic form, or a key of it by another name than today's.
 */
export function detectForm(root: RawMap): ConfigForm {
  const sections = Object.keys(root);
  if (sections.some((section) => CURRENT_SECTIONS.includes(section))) return "26.1";
  if (sections.some((section) => CLASSIC_SECTIONS.includes(section.toLowerCase()))) return "classic";
  const isClassic = flattenClassic(root).some(({ key }) => {
    const known = classicKeys.get(key);
    return known !== undefined && known.to !== key;
  });
  return isClassic ? "classic" : "26.1";
}
