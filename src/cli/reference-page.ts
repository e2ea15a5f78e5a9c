import type { ArgumentSpec, Command, OptionSpec } from "./command.ts";
import { runCommand } from "./commands/run.ts";
import { commandGroups, loadAllCommands } from "./commands.ts";

/** The reference page of the command line, in Markdown, made from the declarations of the commands. */
export async function cliReferencePage(): Promise<string> {
  const groups = Map.groupBy(await loadAllCommands(), (command) => command.path.split(" ")[0]!);
  const sections = [...groups].map(([name, members]) => {
    const title = commandGroups[name];
    const heading = title === undefined ? "" : `## ${name}: ${title}\n\n`;
    return heading + members.map((command) => commandText(command, title === undefined ? 2 : 3)).join("\n");
  });
  return [INTRODUCTION, commandText(runCommand, 2), ...sections].join("\n");
}

const INTRODUCTION = `# Command line

<!-- Generated from src/cli by scripts/generate-reference.ts. -->

\`bin/oasis-node\` has the commands, flags, files and outputs of the official node, releases 21.x and 26.1, as far as they
are listed here, and some of its own. \`--help\` after any command shows its flags. A flag takes its value after a space
or an equals sign; lists take several values with commas between, or the flag several times. The flags of the program
(\`--config\`, \`--datadir\`, \`--log.level\` …) may stand after any command.

Exit codes: 0 success, 1 failure, 128 where a command says so.
`;

function commandText(command: Command, level: number): string {
  const args = (command.args ?? []).map(argumentText).join("");
  const name = command.path === "" ? "oasis-node" : `oasis-node ${command.path}`;
  const visible = command.options.filter((option) => !option.isHidden);
  const parts = [
    `${"#".repeat(level)} \`${name}${args}\`\n`,
    `${capitalised(command.summary)}.${command.notes === undefined ? "" : ` ${command.notes}`}\n`,
  ];
  if (visible.length > 0) parts.push(optionTable(visible));
  return parts.join("\n");
}

function argumentText({ name, isOptional, isRest }: ArgumentSpec): string {
  const text = isRest ? `${name}…` : name;
  return isOptional ? ` [${text}]` : ` <${text}>`;
}

function optionTable(options: readonly OptionSpec[]): string {
  const rows = options.map((option) => {
    const short = option.short === undefined ? "" : `\`-${option.short}\`, `;
    const value = option.value === undefined ? "" : ` ${option.value}`;
    const list = option.isList ? " (list)" : "";
    const fallback = option.default === undefined || option.default === "" ? "" : `\`${option.default}\``;
    return `| ${short}\`--${option.name}${value}\` | ${cell(option.summary)}${list} | ${fallback} |`;
  });
  return `| Flag | Meaning | Default |\n|---|---|---|\n${rows.join("\n")}\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
