/** What is declared about a metric. */
export interface MetricSpec<L extends string = never> {
  /** Full name, in base units: `_seconds`, `_bytes`; counters of our own end in `_total`. */
  readonly name: string;
  /** One sentence: the help text, and the reference page. */
  readonly help: string;
  /** Names of the labels. Their values must come from a small set, never from what the network sends. */
  readonly labels?: readonly L[];
  /** Set: other software exports it under the same name with the same meaning, so that its dashboards work. */
  readonly knownFrom?: KnownFrom;
}

export type KnownFrom = "oasis-node" | "cometbft" | "prometheus";

export interface HistogramSpec<L extends string = never> extends MetricSpec<L> {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

export type LabelValues<L extends string> = Readonly<Record<L, string>>;

/** Nothing where a metric has no labels. */
type LabelArguments<L extends string> = [L] extends [never] ? [] : [labels: LabelValues<L>];

/** A number that only grows while the process lives. */
export interface Counter<L extends string = never> {
  /** With 0 it is shown from then on: a first increase is only seen from a 0. */
  add(by: number, ...labels: LabelArguments<L>): void;
}

/** A number that goes up and down. */
export interface Gauge<L extends string = never> {
  /** null: not known, and not shown. */
  set(value: number | null, ...labels: LabelArguments<L>): void;
  /** Shows these samples and no others. */
  replace(samples: Iterable<readonly [value: number, labels: LabelValues<L>]>): void;
}

/** How values are distributed: also exports their sum and their count. */
export interface Histogram<L extends string = never> {
  observe(value: number, ...labels: LabelArguments<L>): void;
}

/**
 * Where modules declare their metrics. A module has one function from a registry to an object whose methods say what
 * happened, so that places that count stay one line. Without metrics there is no registry, and the object is null.
 */
export interface MetricRegistry {
  counter<L extends string = never>(spec: MetricSpec<L>): Counter<L>;
  gauge<L extends string = never>(spec: MetricSpec<L>): Gauge<L>;
  histogram<L extends string = never>(spec: HistogramSpec<L>): Histogram<L>;
  /** Called before each reading, for what is looked up rather than counted. */
  onRead(look: () => void | Promise<void>): void;
}

/** Calls from microseconds inside the process to a minute of a stuck ParaTime. */
export const LATENCY_BUCKETS: readonly number[] = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** 1 or 0. */
export function flag(value: boolean): number {
  return value ? 1 : 0;
}
