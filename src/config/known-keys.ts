import { classicKeys } from "./classic/classic-keys.ts";
import { nearest } from "./nearest.ts";
import { configSchema } from "./schema.ts";
import { allKeys, childKeys, keyText, schemaAt } from "./schema-walk.ts";
import type { PathStep } from "./yaml-text.ts";

/** Typing mistakes in a whole dotted key up to which another one is suggested. */
const MAX_DISTANCE = 3;

/**
 * What an unknown key of a 26.1 file was probably meant to be, as the end of a sentence; empty when there is no idea.
 *
 * Looks among the keys beside it, then among the names of the 21.x form, then in the whole file.
 */
export function suggestKey(section: readonly PathStep[], name: string): string {
  const schema = schemaAt(configSchema, section);
  const siblings = schema === undefined ? [] : [...childKeys(schema, [])].map(({ path }) => path.at(-1)!);
  const sibling = nearest(name, siblings);
  if (sibling !== undefined) return `; did you mean "${keyText([...section, sibling])}"?`;
  const whole = keyText([...section, name]);
  const classic = classicKeys.get(whole.toLowerCase());
  if (classic !== undefined) {
    return classic.to === undefined
      ? `; it is a key of the 21.x form: ${classic.reason}`
      : `; it is a key of the 21.x form, here it is "${classic.to}"`;
  }
  const known = [...allKeys(configSchema)].map(({ path }) => keyText(path));
  const elsewhere = known.filter((key) => key.split(".").at(-1) === name);
  const match = elsewhere.length === 1 ? elsewhere[0] : nearest(whole, known, MAX_DISTANCE);
  if (match !== undefined) return `; did you mean "${match}"?`;
  return siblings.length === 0 ? "" : `; known here: ${siblings.join(", ")}`;
}
