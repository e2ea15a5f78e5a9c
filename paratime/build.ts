import { statSync } from "node:fs";
import { join } from "node:path";
import { buildExecutable } from "./build/build-executable.ts";
import { demoParaTime } from "./build/targets.ts";

/** Builds the demo ParaTime. `--if-needed` says nothing when there is nothing to do. */
const outcome = await buildExecutable(demoParaTime);
if (outcome === "built" || !process.argv.includes("--if-needed")) {
  const megabytes = Math.round(statSync(demoParaTime.output).size / 1e6);
  process.stderr.write(`demo ParaTime ${outcome}: ${join(demoParaTime.output)} (${megabytes} MB)\n`);
}
