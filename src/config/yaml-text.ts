import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
  type Scalar as YamlScalar,
} from "yaml";
import type { ConfigNote, Position } from "./config-error.ts";
import { Scalar } from "./scalar.ts";

/** Largest configuration text that is read. */
export const MAX_CONFIG_LENGTH = 1 << 20;
/** Most values of one file, aliases expanded; more can only be an attack on the reader. */
const MAX_NODES = 20_000;
/** Deepest nesting; the schema needs 8. It also ends aliases that contain themselves. */
const MAX_DEPTH = 32;

/** A mapping of the file. Keys that have no value are left out: they leave the default. */
export interface RawMap {
  [key: string]: RawValue;
}
export type RawValue = Scalar | RawMap | RawValue[];

/** What stands in a file, and where. */
export interface RawText {
  readonly root: RawMap;
  readonly positions: PositionTable;
  readonly problems: readonly ConfigNote[];
  /** Keys given more than once; the last one counts. */
  readonly repeated: readonly { readonly path: readonly PathStep[]; readonly position: Position }[];
}

export type PathStep = string | number;

/** Positions of keys, or of list elements, by path. */
export class PositionTable {
  readonly #positions = new Map<string, Position>();
  readonly #hidden = new Set<string>();

  set(path: readonly PathStep[], position: Position): void {
    this.#positions.set(JSON.stringify(path), position);
  }

  /** Makes a path and all inside have no position: its value does not come from the file. */
  hide(path: readonly PathStep[]): void {
    this.#hidden.add(JSON.stringify(path));
  }

  /** Position of the path, or of the nearest mapping or list around it. */
  get(path: readonly PathStep[]): Position | null {
    const prefixes = path.map((_, i) => JSON.stringify(path.slice(0, path.length - i)));
    if (prefixes.some((prefix) => this.#hidden.has(prefix))) return null;
    for (const prefix of prefixes) {
      const position = this.#positions.get(prefix);
      if (position !== undefined) return position;
    }
    return null;
  }
}

/**
 * Reads YAML (and so JSON), keeping for every value its source text and place.
 *
 * @param generous values are read by the rules of the 21.x form (see {@link Scalar})
 */
export function readYamlText(text: string, generous: boolean): RawText {
  return new YamlReader(text, generous).read();
}

class YamlReader {
  readonly #text: string;
  readonly #generous: boolean;
  readonly #lines = new LineCounter();
  readonly #positions = new PositionTable();
  readonly #problems: ConfigNote[] = [];
  readonly #repeated: { path: PathStep[]; position: Position }[] = [];
  #nodes = 0;

  constructor(text: string, generous: boolean) {
    this.#text = text;
    this.#generous = generous;
  }

  read(): RawText {
    const root = this.#readRoot();
    const positions = this.#positions;
    return { root, positions, problems: this.#problems, repeated: this.#repeated };
  }

  #readRoot(): RawMap {
    const document = this.#parse();
    if (document === undefined) return {};
    for (const error of document.errors) this.#problem(error.pos[0], "", error.message);
    if (this.#problems.length > 0 || document.contents === null) return {};
    const value = this.#value(document.contents as Node, [], document);
    if (value === null) return {};
    if (value instanceof Scalar || Array.isArray(value)) {
      this.#problem(
        document.contents.range?.[0] ?? 0,
        "",
        "expected keys with values, such as `mode: client`",
      );
      return {};
    }
    return value;
  }

  /** The first document of the text; undefined when there is none, or none that can be read. */
  #parse(): Document | undefined {
    try {
      const documents = parseAllDocuments(this.#text, {
        lineCounter: this.#lines,
        // Every scalar stays text: its type is the key's business.
        schema: "failsafe",
        prettyErrors: false,
        uniqueKeys: false,
        logLevel: "silent",
      });
      return Array.isArray(documents) ? (documents[0] as Document | undefined) : undefined;
    } catch (error) {
      // The parser recurses: absurd nesting exhausts its stack.
      if (!(error instanceof RangeError)) throw error;
      this.#problem(0, "", "is nested too deeply");
      return undefined;
    }
  }

  /** The value of a node; null for YAML's null. */
  #value(node: Node | null, path: PathStep[], document: Document): RawValue | null {
    if (node === null) return null;
    if (path.length > MAX_DEPTH) {
      if (this.#problems.length === 0) this.#problem(node.range?.[0] ?? 0, "", "is nested too deeply");
      return null;
    }
    if (++this.#nodes > MAX_NODES) {
      if (this.#nodes === MAX_NODES + 1)
        this.#problem(node.range?.[0] ?? 0, "", `more than ${MAX_NODES} values`);
      return null;
    }
    if (isAlias(node)) return this.#value(this.#resolve(node, document), path, document);
    if (isScalar(node)) return this.#scalar(node);
    if (isMap(node)) return this.#map(node, path, document);
    if (!isSeq(node)) return null;
    return node.items.flatMap((item, i): RawValue[] => {
      const itemPath = [...path, i];
      this.#place(itemPath, (item as Node).range?.[0] ?? 0);
      return [this.#value(item as Node, itemPath, document) ?? new Scalar("", "text")];
    });
  }

  #map(node: YAMLMap, path: PathStep[], document: Document): RawMap {
    const entries: RawMap = {};
    const named = new Set<string>();
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const name = isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : null;
      const offset = pair.key.range?.[0] ?? 0;
      if (name === null || name === "__proto__") {
        this.#problem(offset, path.join("."), "expected a name as the key");
        continue;
      }
      if (name === "<<") {
        // A merge gives defaults: what the mapping itself says stays, wherever it stands.
        for (const merged of this.#merged(pair.value, path, document))
          Object.assign(entries, { ...merged, ...entries });
        continue;
      }
      const entryPath = [...path, name];
      if (named.has(name)) {
        this.#repeated.push({ path: entryPath, position: this.#positionAt(offset) });
      }
      named.add(name);
      this.#place(entryPath, offset);
      const value = this.#value(pair.value, entryPath, document);
      if (value !== null) entries[name] = value;
    }
    return entries;
  }

  #merged(node: Node | null, path: PathStep[], document: Document): RawMap[] {
    const value = this.#value(node, path, document);
    const maps = Array.isArray(value) ? value : [value];
    return maps.filter(
      (item): item is RawMap => item !== null && !(item instanceof Scalar) && !Array.isArray(item),
    );
  }

  #scalar(node: YamlScalar): Scalar | null {
    const source = String(node.value ?? "");
    const isPlain = node.type === "PLAIN" && !node.tag?.endsWith("str");
    if (!isPlain) return new Scalar(source, "text", this.#generous);
    return NULL.test(source) ? null : Scalar.plain(source, this.#generous);
  }

  #resolve(alias: Alias, document: Document): Node | null {
    const node = alias.resolve(document);
    if (node === undefined)
      this.#problem(alias.range?.[0] ?? 0, "", `no anchor &${alias.source} before this alias`);
    return node ?? null;
  }

  #place(path: PathStep[], offset: number): void {
    this.#positions.set(path, this.#positionAt(offset));
  }

  #positionAt(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  #problem(offset: number, key: string, message: string): void {
    this.#problems.push({ position: this.#positionAt(offset), key, message });
  }
}

const NULL = /^(?:|~|null|Null|NULL)$/;
