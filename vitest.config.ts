import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "paratime/**/*.test.ts", "scripts/**/*.test.ts", "test/**/*.test.ts"],
    // Two workers: the suite starts real nodes and real sandboxes, and the reference machine has two cores.
    maxWorkers: 2,
    // A limit for what hangs. How long a test takes on a busy machine is nobody's business.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    globalSetup: "test/temporary-folder.ts",
  },
});
