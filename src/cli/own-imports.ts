import { registerHooks } from "node:module";

/**
 * Loaded before everything else by bin/oasis-node, on every thread: our sources name the files that they import, so
 * Node need not search for them, look through links or ask package.json what they are. That is a third of the start.
 */
registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL } = context;
    const isOwn = specifier.startsWith(".") && specifier.endsWith(".ts") && parentURL?.endsWith(".ts");
    if (!isOwn) return nextResolve(specifier, context);
    return { url: new URL(specifier, parentURL).href, format: "module-typescript", shortCircuit: true };
  },
});
