import type { Pair } from './pair';
import { configurationPairs, otherPairs, servicePairs, storagePairs } from './pairs-objects';
import { secretPairs } from './pairs-secrets';
import { statefulSetPairs, workloadPairs } from './pairs-workloads';

/** Everything that the plan says of plain Kubernetes, which `test/e2e/plan.test.ts` asks the API server about. */
export const pairs: readonly Pair[] = [
  ...statefulSetPairs,
  ...workloadPairs,
  ...servicePairs,
  ...configurationPairs,
  ...storagePairs,
  ...otherPairs,
  ...secretPairs,
];
