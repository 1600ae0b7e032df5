import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longestFirst.ts";

export default defineConfig({
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "services/*/test/**/*.test.ts",
      "schema/test/**/*.test.ts",
      "launcher/test/**/*.test.ts",
      "web/src/**/*.test.ts",
      "test/**/*.test.ts",
      "bench/test/**/*.test.ts",
    ],
    globalSetup: ["test/support/globalSetup.ts"],
    setupFiles: ["test/support/setup.ts"],
    pool: "forks",
    // Importing every module again for each file took a tenth of the time; setup.ts keeps files from one another.
    isolate: false,
    // Each file starts its processes and waits for them much of the time: two cores carry four files.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // So long that no test depends on how fast the machine is: what does not happen at all is told later.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ["default"],
  },
});
