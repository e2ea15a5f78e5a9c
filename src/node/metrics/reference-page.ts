import { type Declaration, declarationsOf } from "../../telemetry/metrics/declarations.ts";
import { metricModules } from "./declare-metrics.ts";

/** The reference page of the metrics, in Markdown, made from what the modules declare. */
export function metricsReferencePage(): string {
  const sections = Object.entries(metricModules).map(
    ([module, declare]) =>
      `## ${titles[module as keyof typeof metricModules]}\n\n${table(declarationsOf(declare))}`,
  );
  return [INTRODUCTION, ...sections].join("\n");
}

const INTRODUCTION = `# Metrics

<!-- Generated from the declarations in src by scripts/generate-reference.ts. -->

\`\`\`yaml
metrics:
  mode: pull
  address: 127.0.0.1:3000
\`\`\`

makes the node serve its metrics at \`http://127.0.0.1:3000/metrics\`, in the text format of Prometheus. They are off by
default, and cost nothing then. Everyone who reaches the address can read them; they tell no secrets, and how the node
is doing.

[A dashboard for Grafana](../dashboards/node.json) and [alert rules for Prometheus](../dashboards/alerts.yml) show and
watch them. The dashboard asks for its data source when it is imported.

Metrics with a mark in the column "Known" have the name and the meaning that they have in the official node, in CometBFT
(which the official node exports too), or in most programs that Prometheus reads, so that dashboards made for those work.
Where the official node has a summary there is a histogram here: \`_sum\` and \`_count\` are the same, and \`_bucket\` is new.
Label \`runtime\` is the identifier of a ParaTime in hex. Counters begin at 0 with the process.
`;

const titles: Readonly<Record<keyof typeof metricModules, string>> = {
  status: "Node",
  chain: "Blocks",
  cometbft: "Consensus engine",
  epoch: "Epoch and registry",
  registration: "Registration",
  stake: "Stake and balance",
  roothash: "Rounds of all ParaTimes",
  committee: "Rounds and committees of hosted ParaTimes",
  executor: "Execution of batches",
  txPool: "Transaction pools",
  roundStore: "Stored rounds",
  host: "ParaTime processes",
  api: "API",
  storage: "Disk",
  process: "Process",
};

const known = { "oasis-node": "official node", cometbft: "CometBFT", prometheus: "common" } as const;

function table(declarations: readonly Declaration[]): string {
  const rows = declarations.map(({ name, type, help, labels, knownFrom }) => {
    const labelNames = (labels ?? []).map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${labelNames} | ${help} | ${knownFrom === undefined ? "" : known[knownFrom]} |`;
  });
  return `| Name | Type | Labels | | Known |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
}
