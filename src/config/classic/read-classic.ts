import { z } from "zod";
import type { ConfigNote, ConfigWarning } from "../config-error.ts";
import * as kinds from "../kinds.ts";
import { nearest } from "../nearest.ts";
import { Scalar } from "../scalar.ts";
import { configSchema } from "../schema.ts";
import { keyText, leafKeys, schemaAt, unwrap } from "../schema-walk.ts";
import { type PathStep, PositionTable, type RawMap, type RawText, type RawValue } from "../yaml-text.ts";
import { type ClassicKey, CRASH_POINT_PREFIX, classicKeys, commaLists, crashPoint } from "./classic-keys.ts";
import { type ClassicEntry, flattenClassic } from "./flatten.ts";
import { addRuntimes } from "./runtimes.ts";

/** A 21.x file brought into the 26.1 shape. */
export interface ClassicReading {
  readonly root: RawMap;
  /** Places of the 26.1 keys' values in the 21.x file. */
  readonly positions: PositionTable;
  readonly problems: readonly ConfigNote[];
  readonly warnings: readonly ConfigWarning[];
  /** Name of a 26.1 key in the 21.x file. */
  nameOf(path: readonly PathStep[]): string;
}

/** Sections that are ours and may stand in a 21.x file as they are. */
const OUR_SECTIONS = ["api."];

/** Translates a 21.x file. Unknown keys are warned about, as the 21.x node ignores them. */
export function readClassic(text: RawText): ClassicReading {
  return new ClassicReader(text).read();
}

class ClassicReader {
  readonly #text: RawText;
  readonly #root: RawMap = {};
  readonly #positions = new PositionTable();
  readonly #problems: ConfigNote[] = [];
  readonly #warnings: ConfigWarning[] = [];
  /** 21.x names of 26.1 keys. */
  readonly #names = new Map<string, string>();

  constructor(text: RawText) {
    this.#text = text;
  }

  read(): ClassicReading {
    for (const { path, position } of this.#text.repeated) {
      const message = "is given more than once; the last one counts";
      this.#warnings.push({ kind: "repeated", position, key: path.join(".").toLowerCase(), message });
    }
    const entries = flattenClassic(this.#text.root);
    for (const entry of entries) this.#translate(entry);
    this.#setMode(entries);
    addRuntimes(entries, {
      text: this.#text,
      set: (to, value, entry, from) => this.#set(to, value, entry, from),
      warn: (entry, from, message) => this.#warn("no-effect", entry, message, from),
    });
    return {
      root: this.#root,
      positions: this.#positions,
      problems: this.#problems,
      warnings: this.#warnings,
      nameOf: (path) => this.#nameOf(path),
    };
  }

  #translate(entry: ClassicEntry): void {
    const { key, value } = entry;
    const known = this.#lookUp(key);
    if (known === undefined) {
      this.#warn("unknown", entry, `unknown key, it has no effect${suggestClassic(key)}`);
    } else if (known.to === undefined) {
      this.#warn("no-effect", entry, `has no effect: ${known.reason}`);
    } else if (key === "log.level") {
      this.#setLevels(entry, known.to);
    } else if (key === "worker.storage.checkpointer.disabled") {
      const disabled = this.#boolean(entry);
      this.#set(known.to.split("."), Scalar.plain(String(!disabled), true), entry);
    } else if (known.to !== "mode" && !known.to.startsWith("runtime.runtimes[]")) {
      this.#set(known.to.split("."), asList(known.to, value, commaLists.has(key)), entry);
    }
  }

  /** One level for everything, or a map; the consensus engine's modules have the name that they have since 23.0. */
  #setLevels(entry: ClassicEntry, to: string): void {
    if (!isMap(entry.value)) {
      this.#set([...to.split("."), "default"], entry.value, entry);
      return;
    }
    for (const [module, level] of Object.entries(entry.value)) {
      const from = entry.path.at(-1) === module ? [] : [module];
      this.#set([...to.split("."), module.replace(/^tendermint(?=\/|$)/, "cometbft")], level, entry, from);
    }
  }

  #lookUp(key: string): ClassicKey | undefined {
    if (OUR_SECTIONS.some((section) => key.startsWith(section))) return { to: key };
    return key.startsWith(CRASH_POINT_PREFIX) ? crashPoint : classicKeys.get(key);
  }

  /** The 21.x switches of workers say what 26.1 calls the mode (facts/classic-config.md section 5). */
  #setMode(entries: readonly ClassicEntry[]): void {
    const find = (key: string) => entries.findLast((entry) => entry.key === key);
    const isOn = (entry: ClassicEntry | undefined) => entry !== undefined && this.#boolean(entry);
    const consensusMode = find("consensus.tendermint.mode");
    const keyManager = find("worker.keymanager.enabled");
    const compute = find("worker.compute.enabled");
    const validator = find("consensus.validator");
    if (consensusMode !== undefined && this.#consensusMode(consensusMode) === "seed") {
      this.#setModeTo("seed", consensusMode);
    } else if (isOn(keyManager)) this.#setModeTo("keymanager", keyManager!);
    else if (isOn(compute)) this.#setModeTo("compute", compute!);
    else if (
      isOn(validator) &&
      find("runtime.paths") === undefined &&
      find("runtime.supported") === undefined
    ) {
      this.#setModeTo("validator", validator!);
    }
  }

  #setModeTo(mode: string, entry: ClassicEntry): void {
    this.#set(["mode"], new Scalar(mode, "text"), entry);
  }

  #consensusMode({ value, path }: ClassicEntry): string | undefined {
    const mode = value instanceof Scalar ? kinds.oneOf(["full", "seed"]).parse(value) : undefined;
    if (mode === undefined) this.#problem(path, "expected one of full, seed", value);
    return mode;
  }

  #boolean({ value, path }: ClassicEntry): boolean {
    const parsed = value instanceof Scalar ? kinds.boolean.parse(value) : undefined;
    if (parsed === undefined) this.#problem(path, `expected ${kinds.boolean.expects}`, value);
    return parsed ?? false;
  }

  /** Puts a value at a 26.1 path; `from` is the part of the entry that it comes from. */
  #set(
    to: readonly PathStep[],
    value: RawValue,
    { key, path }: ClassicEntry,
    from: readonly PathStep[] = [],
  ): void {
    let section = this.#root as Record<PathStep, RawValue>;
    for (const [i, step] of to.slice(0, -1).entries()) {
      section[step] ??= typeof to[i + 1] === "number" ? [] : {};
      section = section[step] as Record<PathStep, RawValue>;
    }
    const last = to.at(-1)!;
    const previous = section[last];
    const merges = isMap(previous) && isMap(value);
    section[last] = merges ? { ...previous, ...value } : value;
    this.#names.set(JSON.stringify(to), [key, ...from].join("."));
    this.#place(to, [...path, ...from], value);
  }

  #place(to: readonly PathStep[], path: readonly PathStep[], value: RawValue): void {
    const position = this.#text.positions.get(path);
    if (position !== null) this.#positions.set(to, position);
    if (value instanceof Scalar) return;
    for (const [step, child] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
      this.#place([...to, step], [...path, step], child);
    }
  }

  #nameOf(path: readonly PathStep[]): string {
    for (let length = path.length; length > 0; length--) {
      const name = this.#names.get(JSON.stringify(path.slice(0, length)));
      if (name !== undefined) return keyText([name, ...path.slice(length)]);
    }
    return keyText(path);
  }

  #warn(
    kind: ConfigWarning["kind"],
    { key, path }: ClassicEntry,
    message: string,
    from: readonly PathStep[] = [],
  ): void {
    const position = this.#text.positions.get([...path, ...from]);
    this.#warnings.push({ kind, position, key: [key, ...from].join("."), message });
  }

  #problem(path: readonly PathStep[], expected: string, value: RawValue): void {
    const found = value instanceof Scalar ? value.describe() : Array.isArray(value) ? "a list" : "a section";
    const key = path.join(".").toLowerCase();
    this.#problems.push({
      position: this.#text.positions.get(path),
      key,
      message: `${expected}, found ${found}`,
    });
  }
}

/** A list given as text is split at white space; lists of peers at commas, too. */
function asList(to: string, value: RawValue, atCommas: boolean): RawValue {
  const schema = schemaAt(configSchema, to.split("."));
  if (schema === undefined || !(unwrap(schema) instanceof z.ZodArray)) return value;
  const items: RawValue = value instanceof Scalar ? splitText(value, /\s+/) : value;
  if (!atCommas || !Array.isArray(items)) return items;
  return items.flatMap((item): RawValue[] => (item instanceof Scalar ? splitText(item, /,/) : [item]));
}

function splitText({ source }: Scalar, separator: RegExp): Scalar[] {
  const parts = source.split(separator).map((part) => part.trim());
  return parts.filter((part) => part !== "").map((part) => new Scalar(part, "text", true));
}

function suggestClassic(key: string): string {
  const match = nearest(key, classicKeys.keys());
  if (match !== undefined) return `; did you mean "${match}"?`;
  const isCurrent = [...leafKeys(configSchema)].some(({ path }) => keyText(path) === key);
  return isCurrent ? "; it belongs to the 26.1 form, and this file is in the 21.x form" : "";
}

function isMap(value: RawValue | undefined): value is RawMap {
  return value !== undefined && !(value instanceof Scalar) && !Array.isArray(value);
}
