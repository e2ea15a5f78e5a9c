import { inspectStore, type PartStatus, type StoreStatus } from "../../../node/storage/inspect-store.ts";
import { defineCommand } from "../../command.ts";
import { exitCode, UsageError } from "../../errors.ts";
import { type NodeConfigInput, nodeConfigInput, readNodeConfig } from "../../options/node-config.ts";
import { jsonText } from "../../text/json.ts";
import { withNodeStore } from "../../with-node-store.ts";

interface Input extends NodeConfigInput {
  readonly isJson: boolean;
}

export const storageInspect = defineCommand<Input>({
  path: "storage inspect",
  summary: "show which versions a node keeps",
  notes:
    "The fields are those of the official node; checkpoints and the size of the database are additions. It can be used " +
    "while the node runs.",
  options: [{ name: "output", value: "FORMAT", default: "text", summary: "text or json" }],
  resolve: (given) => {
    const output = given.text("output");
    if (output !== "text" && output !== "json" && output !== "") {
      throw new UsageError(`unsupported output format: ${output} (supported: text, json)`);
    }
    return { ...nodeConfigInput(given), isJson: output === "json" };
  },
  run: async (input, io) => {
    const config = await readNodeConfig(input);
    const status = await withNodeStore(config, null, async (store) => inspectStore(store));
    io.out(input.isJson ? `${jsonText(status)}\n` : statusText(status));
    return exitCode.ok;
  },
});

function statusText({ consensus, runtimes, database }: StoreStatus): string {
  const lines = [
    "Consensus:",
    ...partLines("State DB", consensus.state_db, "height"),
    ...partLines("Block history", consensus.block_history, "height"),
    `  Checkpoints:  ${list(consensus.checkpoints)}`,
  ];
  const ids = Object.keys(runtimes);
  if (ids.length > 0) lines.push("Runtimes:");
  for (const id of ids) {
    const { state_db, light_history, checkpoints } = runtimes[id]!;
    const parts = [
      ...partLines("State DB", state_db, "round"),
      ...partLines("Light History", light_history, "round"),
      `  Checkpoints:  ${list(checkpoints)}`,
    ];
    lines.push(`  ${id}`, ...parts.map((line) => `  ${line}`));
  }
  lines.push(
    "Database:",
    `  In use:  ${database.used_bytes} bytes`,
    `  On disk:  ${database.file_bytes} bytes`,
  );
  return `${lines.join("\n")}\n`;
}

/** Words and double blanks as the official node prints them. */
function partLines(
  name: string,
  { ok, latest_version, last_retained_version }: PartStatus,
  what: string,
): string[] {
  return [
    `  ${name}:`,
    `    Ok:  ${ok}`,
    `    Latest ${what}:  ${latest_version}`,
    `    Last retained ${what}:  ${last_retained_version}`,
  ];
}

function list(versions: readonly bigint[]): string {
  return versions.length === 0 ? "none" : versions.join(", ");
}
