import { statSync } from "node:fs";
import { resolve } from "node:path";
import { buildExecutable, type ExecutableOptions } from "./build/build-executable.ts";
import { demoParaTime } from "./build/targets.ts";

/**
 * Builds a ParaTime into a Linux executable: `build.ts [ENTRY OUTPUT]`, without arguments the demo ParaTime.
 * `--if-needed` says nothing when there is nothing to do.
 */
const files = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const target = files.length === 2 ? fromArguments(files) : demoParaTime;
try {
  const outcome = await buildExecutable(target);
  if (outcome === "built" || !process.argv.includes("--if-needed")) {
    const megabytes = Math.round(statSync(target.output).size / 1e6);
    process.stderr.write(`ParaTime ${outcome}: ${target.output} (${megabytes} MB)\n`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

function fromArguments([entry, output]: string[]): ExecutableOptions {
  return { entry: resolve(entry!), output: resolve(output!) };
}
