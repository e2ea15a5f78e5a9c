import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { QanatError } from "../../codec/errors.ts";
import { parseLdCache } from "./ld-cache.ts";
import { readElf } from "./read-elf.ts";

/** One library file and the names under which the executable and its libraries ask for it. */
export interface FoundLibrary {
  /** Path without symbolic links. */
  readonly path: string;
  readonly names: readonly string[];
}

export interface LibrarySources {
  /** Default `/etc/ld.so.cache`. */
  cacheFile?: string;
  /** Default `/etc/ld-musl-x86_64.path`. */
  muslPathFile?: string;
  /** Directories that musl searches when it has no path file. */
  muslDirectories?: readonly string[];
  /** Searched last; default the environment's `LD_LIBRARY_PATH`. */
  searchPath?: string;
}

const MUSL_DIRECTORIES = [
  "/lib",
  "/usr/local/lib",
  "/usr/lib",
  "/lib64",
  "/usr/lib64",
  "/usr/lib/x86_64-linux-gnu",
  "/lib/x86_64-linux-gnu",
];
/** Provided by the kernel; there is no such file. */
const KERNEL_LIBRARY = "linux-vdso.so.1";
/** Largest programs link a few dozen. */
const MAX_LIBRARIES = 512;

/**
 * Finds the libraries that an executable needs, and those that they need, as the dynamic linker would: breadth
 * first over the linked names, looked up in the C library's cache, else in `LD_LIBRARY_PATH`. On systems without
 * that cache (musl) the library directories are listed instead. facts/runtime.md section 2.
 *
 * @throws QanatError `runtime/library-not-found` naming the library and who needs it; errors of `readElf`
 */
export function findLibraries(executable: string, sources: LibrarySources = {}): FoundLibrary[] {
  const lookUp = libraryIndex(sources);
  const pathOf = new Map<string, string>();
  const queue = [executable];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const name of readElf(file).needed) {
      if (name === KERNEL_LIBRARY || pathOf.has(name)) continue;
      if (pathOf.size >= MAX_LIBRARIES)
        throw new QanatError(
          "runtime/library-not-found",
          `${executable} needs over ${MAX_LIBRARIES} libraries`,
        );
      const path = lookUp(name);
      if (path === null)
        throw new QanatError(
          "runtime/library-not-found",
          `library ${name}, needed by ${file}, is not installed`,
          {
            library: name,
            neededBy: file,
          },
        );
      pathOf.set(name, path);
      queue.push(path);
    }
  }
  const namesOf = new Map<string, string[]>();
  for (const [name, path] of pathOf) {
    const real = realpathSync(path);
    const names = namesOf.get(real);
    if (names) names.push(name);
    else namesOf.set(real, [name]);
  }
  return [...namesOf].map(([path, names]) => ({ path, names }));
}

type LookUp = (name: string) => string | null;

function libraryIndex(sources: LibrarySources): LookUp {
  const cacheFile = sources.cacheFile ?? "/etc/ld.so.cache";
  const primary = existsSync(cacheFile) ? inCache(cacheFile) : inMuslDirectories(sources);
  const directories = (sources.searchPath ?? process.env.LD_LIBRARY_PATH ?? "")
    .split(delimiter)
    .filter(Boolean);
  return (name) => {
    const path = primary(name);
    if (path !== null) return path;
    return (
      directories.map((directory) => join(directory, name)).find((candidate) => existsSync(candidate)) ?? null
    );
  };
}

function inCache(cacheFile: string): LookUp {
  const index = parseLdCache(readFileSync(cacheFile));
  // The cache may list files that are gone or not for this processor.
  return (name) => index.get(name)?.find(isLibrary) ?? null;
}

function inMuslDirectories(sources: LibrarySources): LookUp {
  const pathFile = sources.muslPathFile ?? "/etc/ld-musl-x86_64.path";
  const directories = existsSync(pathFile)
    ? readFileSync(pathFile, "utf8").split(/[\n:]/).filter(Boolean)
    : (sources.muslDirectories ?? MUSL_DIRECTORIES);
  let bySoname: Map<string, string> | null = null;
  return (name) => {
    const named = directories.map((directory) => join(directory, name)).find(isLibrary);
    if (named !== undefined) return named;
    // A library may be installed under another file name than the one it gives itself.
    bySoname ??= indexBySoname(directories);
    return bySoname.get(name) ?? null;
  };
}

function indexBySoname(directories: readonly string[]): Map<string, string> {
  const index = new Map<string, string>();
  for (const directory of directories) {
    if (!existsSync(directory)) continue;
    for (const entry of readdirSync(directory)) {
      if (!entry.includes(".so")) continue;
      const path = join(directory, entry);
      const soname = sonameOf(path);
      if (soname !== null && !index.has(soname)) index.set(soname, path);
    }
  }
  return index;
}

function isLibrary(path: string): boolean {
  try {
    readElf(path);
    return true;
  } catch {
    return false;
  }
}

function sonameOf(path: string): string | null {
  try {
    return readElf(path).soname;
  } catch {
    return null;
  }
}
