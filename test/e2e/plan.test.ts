import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import { askApiServer } from './plan/api-server';
import { outcomes, quickOutcomes, wrongOutcomes } from './plan/outcomes';

leaveNothingBehind();

// Everything that the plan calls refused is refused by a real API server, and nothing else is; what it says of the rest comes
// true in a real cluster.
describe.concurrent('plan', () => {
  e2e('plan', 'outcomes', {}, outcomes);
  e2e('plan', 'quick-outcomes', { core: true }, quickOutcomes);
  e2e('plan', 'wrong-outcomes', {}, wrongOutcomes);
  e2e('plan', 'api-server', { core: true }, askApiServer);
});
