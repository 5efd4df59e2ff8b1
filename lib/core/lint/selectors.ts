import { overlappingBudgets } from './budgets';
import type { Rule } from './context';
import { PodIndex } from './pod-index';
import { selectingObjects } from './selecting-objects';
import { workloadSelectors } from './workload-selectors';

/** [core/selector] Selectors that select nothing, too much, or pods that something else answers for. */
export const selectors: Rule = (objects) => {
  const index = PodIndex.of(objects);
  return [
    ...objects.flatMap((object) => selectingObjects(object, index)),
    ...overlappingBudgets(objects, index),
    ...workloadSelectors(index),
  ].map(({ path, message }) => ({ code: 'core/selector', path, message }));
};
