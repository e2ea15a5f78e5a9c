import { join } from "node:path";
import { rolldown } from "rolldown";

const root = join(import.meta.dirname, "..", "..");

/**
 * Puts a TypeScript program and everything it imports into one CommonJS script.
 *
 * Inside the sandbox there is no native library to load: the cryptographic primitives come from Node's own where it
 * has them (`paratime/kit/primitives.ts`).
 *
 * @throws Error when a source is faulty or an import is not found
 */
export async function bundleScript(entry: string): Promise<string> {
  const bundle = await rolldown({
    input: entry,
    platform: "node",
    logLevel: "silent",
    treeshake: true,
    plugins: [
      {
        name: "sandbox-primitives",
        async resolveId(source, importer) {
          if (importer === undefined || !source.endsWith("/native.ts")) return null;
          const resolved = await this.resolve(source, importer, { skipSelf: true });
          return resolved?.id === join(root, "src", "crypto", "native.ts")
            ? join(root, "paratime", "kit", "primitives.ts")
            : resolved;
        },
      },
    ],
  });
  try {
    const { output } = await bundle.generate({ format: "cjs", codeSplitting: false, minify: false });
    const native = output[0].moduleIds.find((id) => id.includes("/node_modules/sodium-native/"));
    if (native !== undefined) throw new Error(`${native} cannot be loaded inside the sandbox`);
    return output[0].code;
  } finally {
    await bundle.close();
  }
}
