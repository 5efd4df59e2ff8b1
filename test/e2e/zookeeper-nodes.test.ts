import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import { rollUndisturbed, rollWithoutSteward } from './zookeeper/change-cases';
import { drainTwo, isolateLeader, loseDns, stopMembersNode } from './zookeeper/node-cases';

leaveNothingBehind();

// One at a time and in a file of their own: they take a whole node, or DNS, from everybody.
describe('zookeeper nodes', () => {
  e2e('zookeeper', 'stop-node', { needsScripts: true }, stopMembersNode);
  e2e('zookeeper', 'isolate-leaders-node', { needsScripts: true }, isolateLeader);
  e2e('zookeeper', 'drain-two-nodes', {}, drainTwo);
  e2e('zookeeper', 'lose-dns', { needsScripts: true }, loseDns);
});

// Alone on the machine as well, since their gaps are compared.
describe('the same change of all members', () => {
  e2e('zookeeper', 'gap-with-steward', {}, rollUndisturbed);
  e2e('zookeeper', 'gap-without-steward', {}, rollWithoutSteward);
});
