import { defineConfig } from "vitest/config";

// Tests start real servers and real stores in temporary directories; two workers are what a two-core machine can feed.
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
