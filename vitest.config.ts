import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "paratime/**/*.test.ts", "scripts/**/*.test.ts", "test/**/*.test.ts"],
    // Two workers: the suite starts real nodes and real sandboxes, and the reference machine has two cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    globalSetup: "test/temporary-folder.ts",
  },
});
