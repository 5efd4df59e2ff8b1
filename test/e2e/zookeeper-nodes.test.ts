import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import { isolateLeader, stopMembersNode } from './zookeeper/node-cases';

leaveNothingBehind();

// One at a time and in a file of their own: they take a whole node from everybody.
describe('zookeeper nodes', () => {
  e2e('zookeeper', 'stop-node', { needsScripts: true }, stopMembersNode);
  e2e('zookeeper', 'isolate-leaders-node', { needsScripts: true }, isolateLeader);
});
