import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// Compiled sources are kept between starts: without this, half of the time of a short command goes into compiling.
// Where the folder cannot be written, nothing is kept and nothing fails.
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "qanat", "compiled"));

// Imported here, so that the cache serves it.
const { runMain } = await import("./run-main.ts");
await runMain();
