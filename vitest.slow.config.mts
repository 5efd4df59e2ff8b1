import { defineConfig } from 'vitest/config';

// Thorough rather than fast: every reachable state of a model, and ensembles of real servers that are broken and mended.
export default defineConfig({
  test: {
    include: ['test/**/*.slow.test.ts'],
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    // Where a machine gives a server no time, tests wait in vain now and then; what fails twice is wrong.
    retry: 1,
  },
});
