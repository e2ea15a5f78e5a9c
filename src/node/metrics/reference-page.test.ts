import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { declarationsOf } from "../../telemetry/metrics/declarations.ts";
import { declareMetrics, metricModules } from "./declare-metrics.ts";
import { metricsReferencePage } from "./reference-page.ts";

const docs = join(import.meta.dirname, "../../../docs");
const declared = declarationsOf(declareMetrics);

test("docs/reference/metrics.md is what the modules declare", () => {
  const page = readFileSync(join(docs, "reference/metrics.md"), "utf8");
  expect(page, "run: bin/run-node scripts/generate-reference.ts").toBe(metricsReferencePage());
});

test("the page has every metric that a node declares", () => {
  const listed = Object.values(metricModules).flatMap((declare) => declarationsOf(declare));
  expect(listed.map(({ name }) => name)).toEqual(declared.map(({ name }) => name));
});

test("names and helps keep to the rules", () => {
  expect(new Set(declared.map(({ name }) => name)).size).toBe(declared.length);
  for (const { name, help, type, knownFrom } of declared) {
    expect(name).toMatch(/^(oasis|cometbft|process)_[a-z0-9_]+$/);
    expect(help, name).toMatch(/^[A-Z0-9].*\.$/);
    if (knownFrom !== undefined) continue;
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    expect(name, "not in base units").not.toMatch(/_(ms|milliseconds|minutes|hours|kb|mb|mib|percent)(_|$)/);
  }
});

describe("metrics that the documents name exist", () => {
  interface Dashboard {
    templating: { list: { query?: string | { query: string } }[] };
    panels: { targets?: { expr: string }[] }[];
  }
  interface Alerts {
    groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
  }
  const dashboard: Dashboard = JSON.parse(readFileSync(join(docs, "dashboards/node.json"), "utf8"));
  const alerts: Alerts = parse(readFileSync(join(docs, "dashboards/alerts.yml"), "utf8"));
  const exists = new Set(
    declared.flatMap(({ name, type }) =>
      type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix) : [name],
    ),
  );
  const panels = dashboard.panels.flatMap(({ targets }) => targets?.map(({ expr }) => expr) ?? []);
  const rules = alerts.groups.flatMap((group) => group.rules);

  test.each(panels)("dashboard: %s", (expr) => {
    expect(metricsIn(expr).filter((name) => !exists.has(name))).toEqual([]);
  });

  test("dashboard: variables", () => {
    const queries = dashboard.templating.list.flatMap(({ query }) =>
      typeof query === "object" ? [/^label_values\((\w+)/.exec(query.query)![1]!] : [],
    );
    expect(queries.length).toBe(3);
    expect(queries.filter((name) => !exists.has(name))).toEqual([]);
  });

  test.each(rules)("alert: $alert", ({ expr, annotations }) => {
    expect(metricsIn(expr).length).toBeGreaterThan(0);
    expect(metricsIn(expr).filter((name) => !exists.has(name))).toEqual([]);
    expect(annotations.summary).not.toBe("");
  });

  test("no alert has the name of another", () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

/** The words of a PromQL expression that are neither functions, labels, numbers nor operators. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, "")
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ");
  const words = [...bare.matchAll(/(?<![\w.])[a-z_]\w*\b(?!\s*\()/g)].map(([word]) => word);
  return words.filter((word) => !["and", "or", "unless", "bool", "offset", "by"].includes(word));
}
