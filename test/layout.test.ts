import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { expect, test } from "vitest";

/** Low to high: a folder imports only from itself and from folders before it (docs/ARCHITECTURE.md). */
const layers = [
  "codec",
  "crypto",
  "types",
  "config",
  "telemetry",
  "storage",
  "p2p",
  "chain",
  "consensus",
  "runtime",
  "tee",
  "workers",
  "api",
  "stateless",
  "node",
  "cli",
];

/** The ParaTime kit runs inside the sandbox: it may use the shared vocabulary and nothing of the node. */
const paratimeMayImport = ["codec", "crypto", "types", "storage"];

const root = join(import.meta.dirname, "..");
const sources = globSync("{src,paratime}/**/*.ts", { cwd: root });

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const found: string[] = [];
  for (const match of text.matchAll(
    /^\s*(?:import|export)\b[^;]*?from\s+"(\.[^"]+)"|import\("(\.[^"]+)"\)/gm,
  )) {
    const target = (match[1] ?? match[2])!;
    found.push(relative(root, normalize(join(root, dirname(file), target))));
  }
  return found;
}

test("a folder imports only from folders before it", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const [top, folder] = file.split("/");
    for (const target of importsOf(file)) {
      const [targetTop, targetFolder] = target.split("/");
      if (top === "paratime") {
        const allowed =
          targetTop === "paratime" || (targetTop === "src" && paratimeMayImport.includes(targetFolder!));
        if (!allowed) wrong.push(`${file} imports ${target}`);
        continue;
      }
      const inTest = file.endsWith(".test.ts") && (targetTop === "test" || targetTop === "paratime");
      if (inTest) continue;
      if (targetTop !== "src" || layers.indexOf(targetFolder!) > layers.indexOf(folder!))
        wrong.push(`${file} imports ${target}`);
    }
  }
  expect(sources.length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

test("every folder under src is in the list of layers", () => {
  const folders = new Set(
    sources.filter((file) => file.startsWith("src/")).map((file) => file.split("/")[1]!),
  );
  expect([...folders].filter((folder) => !layers.includes(folder))).toEqual([]);
});

test("only the command line ends the process", () => {
  const wrong = sources.filter(
    (file) =>
      file.startsWith("src/") &&
      !file.startsWith("src/cli/") &&
      readFileSync(join(root, file), "utf8").includes("process.exit("),
  );
  expect(wrong).toEqual([]);
});

test("no source file is above 500 lines", () => {
  const long = sources.filter(
    (file) => !file.endsWith(".test.ts") && readFileSync(join(root, file), "utf8").split("\n").length > 500,
  );
  expect(long).toEqual([]);
});
