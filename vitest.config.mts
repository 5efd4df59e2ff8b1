import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/**/*.slow.test.ts'],
    // cdk8s keeps no global state, so files may share a process: about nine times faster.
    isolate: false,
    // Some files wait for servers, others compute: one worker on two cores, the default, would do these in turn.
    maxWorkers: 3,
    testTimeout: 30_000,
  },
});
