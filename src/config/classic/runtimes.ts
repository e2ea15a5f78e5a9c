import { Scalar } from "../scalar.ts";
import type { PathStep, RawText, RawValue } from "../yaml-text.ts";
import type { ClassicEntry } from "./flatten.ts";

/** What {@link addRuntimes} writes to. */
export interface RuntimesOutput {
  readonly text: RawText;
  set(to: readonly PathStep[], value: RawValue, entry: ClassicEntry, from: readonly PathStep[]): void;
  warn(entry: ClassicEntry, from: readonly PathStep[], message: string): void;
}

/** Keys that map ParaTime ids to something, and the member of the 26.1 form's list element that takes it. */
const MEMBERS: Readonly<Record<string, string>> = {
  "runtime.paths": "executable",
  "runtime.sgx.signatures": "signature",
  "runtime.config": "config",
};

/**
 * Joins `runtime.supported` and the maps by ParaTime id into the 26.1 form's list.
 *
 * Only ParaTimes in `supported` are followed; what the maps say of others has no effect
 * (facts/classic-config.md 4.3). An id's part behind a colon is ignored.
 */
export function addRuntimes(entries: readonly ClassicEntry[], output: RuntimesOutput): void {
  const indexes = new Map<string, number>();
  for (const entry of entries) {
    if (entry.key !== "runtime.supported") continue;
    for (const [i, item] of listItems(entry.value).entries()) {
      const id = item instanceof Scalar ? item.source.split(":")[0]!.trim().toLowerCase() : "";
      const from = Array.isArray(entry.value) ? [i] : [];
      if (indexes.has(id)) continue;
      output.set(["runtime", "runtimes", indexes.size, "id"], new Scalar(id, "text"), entry, from);
      indexes.set(id, indexes.size);
    }
  }
  for (const entry of entries) {
    const member = MEMBERS[entry.key];
    if (member === undefined) continue;
    if (Array.isArray(entry.value)) {
      output.set([...entry.key.split(".")], entry.value, entry, []);
      continue;
    }
    if (entry.value instanceof Scalar) continue;
    for (const [id, value] of Object.entries(entry.value)) {
      const index = indexes.get(id);
      // In dotted form the id is part of the key already.
      const from = entry.path.at(-1)?.toString().toLowerCase().endsWith(id) ? [] : [id];
      if (index === undefined) {
        output.warn(entry, from, "has no effect: this ParaTime is not in runtime.supported");
      } else {
        output.set(["runtime", "runtimes", index, member], value, entry, from);
      }
    }
  }
}

function listItems(value: RawValue): RawValue[] {
  if (Array.isArray(value)) return value;
  if (!(value instanceof Scalar)) return [];
  return value.source
    .split(/\s+/)
    .filter((part) => part !== "")
    .map((part) => new Scalar(part, "text"));
}
