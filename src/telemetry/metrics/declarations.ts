import type { MetricRegistry, MetricSpec } from "./metric-registry.ts";

export interface Declaration extends MetricSpec<string> {
  readonly type: "counter" | "gauge" | "histogram";
}

/** What functions declare in a registry, in order; nothing is counted. For the reference page and for tests. */
export function declarationsOf(declare: (registry: MetricRegistry) => unknown): Declaration[] {
  const list: Declaration[] = [];
  const ignore = () => {};
  declare({
    counter: (spec) => {
      list.push({ ...spec, type: "counter" });
      return { add: ignore };
    },
    gauge: (spec) => {
      list.push({ ...spec, type: "gauge" });
      return { set: ignore, replace: ignore };
    },
    histogram: (spec) => {
      list.push({ ...spec, type: "histogram" });
      return { observe: ignore };
    },
    onRead: ignore,
  });
  return list;
}
