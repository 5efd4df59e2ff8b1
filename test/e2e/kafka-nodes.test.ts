import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import { rollWithoutSteward, rollWithSteward } from './kafka/change-cases';
import { loseDns, stopServersNode } from './kafka/outside-cases';

leaveNothingBehind();

// One at a time and in a file of their own: they take a whole node or DNS from everybody, or their gaps are compared.
describe('kafka alone', () => {
  e2e('kafka', 'stop-node', { needsScripts: true }, stopServersNode);
  e2e('kafka', 'lose-dns', { needsScripts: true }, loseDns);
  e2e('kafka', 'gap-with-steward', {}, rollWithSteward);
  e2e('kafka', 'gap-without-steward', {}, rollWithoutSteward);
});
