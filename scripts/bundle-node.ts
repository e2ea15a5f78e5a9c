import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { type Plugin, rolldown } from "rolldown";

const root = join(import.meta.dirname, "..");
const sources = join(root, "src");

/** Programs of the node: what bin/oasis-node starts, and the threads that start from a file of their own. */
const ENTRIES = [
  "cli/main.ts",
  "consensus/ahead/blocks-ahead-worker.ts",
  "consensus/ahead/recorded-heights-worker.ts",
] as const;

/** Packages that look for files beside their own: a database in native code, and loggers with threads. */
const EXTERNAL = ["lmdb", "pino", "pino-pretty"];

/**
 * Puts the node's sources and packages together in few files: Node takes half a millisecond for each file that it loads,
 * and the node has a thousand.
 * @param folder is made; as deep in the checkout as `build/node`, because the files point to the sources from there
 */
export async function bundleNode(folder: string): Promise<void> {
  const build = await rolldown({
    input: Object.fromEntries(ENTRIES.map((entry) => [basename(entry, ".ts"), join(sources, entry)])),
    cwd: root,
    platform: "node",
    external: EXTERNAL,
    plugins: [ownAddresses(folder), nativeSodium(folder)],
    logLevel: "warn",
  });
  try {
    await build.write({
      dir: folder,
      format: "esm",
      comments: false,
      keepNames: true,
      entryFileNames: "[name].mjs",
      chunkFileNames: "[name]-[hash].mjs",
    });
  } finally {
    await build.close();
  }
}

/** How many bundles stay: that of now, and one for nodes that were started before. */
const KEPT = 2;
/** Stands for the address of the bundle's own file. */
const CHUNK = "import.meta.chunk";

/** Sources keep their addresses, by which they find files of the checkout; threads start from the bundle. */
function ownAddresses(folder: string): Plugin {
  const threads = new Set(ENTRIES.map((entry) => join(sources, entry)));
  return {
    name: "own-addresses",
    transform(code, id) {
      if (!id.startsWith(sources) || !code.includes("import.meta.url")) return null;
      const toThreads = code.replaceAll(
        /new URL\("(\.[^"]*)\.ts", import\.meta\.url\)/g,
        (whole, path: string) =>
          threads.has(join(dirname(id), `${path}.ts`))
            ? `new URL("./${basename(path)}.mjs", ${CHUNK})`
            : whole,
      );
      const own = JSON.stringify(relative(folder, id));
      return toThreads
        .replaceAll("import.meta.url", `new URL(${own}, ${CHUNK}).href`)
        .replaceAll(CHUNK, "import.meta.url");
    },
  };
}

/**
 * libsodium as built for this platform. The package searches for it through a dozen files at every start; where it does
 * not bring one, it is left to do so.
 */
function nativeSodium(folder: string): Plugin {
  const name = "sodium-native";
  const installed = join(root, "node_modules", name);
  const library = join(installed, "prebuilds", `${process.platform}-${process.arch}`, `${name}.node`);
  // Put together when it runs: the bundler would take a literal for relative to the package.
  const parts = JSON.stringify(relative(folder, library).split("/"));
  return {
    name,
    resolveId: (id) => (id === name && !existsSync(library) ? { id, external: true } : null),
    load: (id) =>
      id === join(installed, "binding.js") ? `module.exports = require(${parts}.join("/"));` : null,
  };
}

/**
 * Bundles the node into `build/node`, unless no source is newer than what is there. The folder before it stays, since
 * nodes that run may still load from it.
 */
async function bundleIfNeeded(build: string): Promise<void> {
  const link = join(build, "node");
  if (newestSourceMs() <= (statSync(join(link, "stamp"), { throwIfNoEntry: false })?.mtimeMs ?? 0)) return;
  // What fails or is interrupted leaves nothing but this, and none of the bundles that are in use is lost for it.
  const part = join(build, ".node-part");
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  // Before the sources are read: one that changes meanwhile is newer.
  writeFileSync(join(part, "stamp"), "");
  await bundleNode(part);
  const name = `node-${Date.now()}`;
  renameSync(part, join(build, name));
  const next = join(build, ".node-next");
  rmSync(next, { force: true });
  symlinkSync(name, next);
  renameSync(next, link);
  const folders = readdirSync(build).filter((entry) => /^node-\d+$/.test(entry));
  for (const old of folders.sort().slice(0, -KEPT)) rmSync(join(build, old), { recursive: true });
}

/** The same files and folders that bin/oasis-node looks at. */
function newestSourceMs(): number {
  const paths = readdirSync(sources, { recursive: true, encoding: "utf8" }).map((path) =>
    join(sources, path),
  );
  return Math.max(
    ...[sources, join(root, "package-lock.json"), ...paths].map((path) => statSync(path).mtimeMs),
  );
}

if (import.meta.main) await bundleIfNeeded(join(root, "build"));
