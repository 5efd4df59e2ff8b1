import { defineConfig } from 'vitest/config';

const minute = 60_000;

// Needs a cluster: KUBECONFIG. Files run one after the other, since those of nodes break what the others need; the cases of
// a file run in pairs, which is what two cores carry.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/report.ts'],
    fileParallelism: false,
    maxConcurrency: Number(process.env.E2E_PARALLEL ?? 2),
    testTimeout: 10 * minute,
    hookTimeout: 5 * minute,
    teardownTimeout: 5 * minute,
  },
});
