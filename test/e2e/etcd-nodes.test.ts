import { describe } from 'vitest';
import {
  drainTwo,
  loseDns,
  stopMembersNode,
  upgradeUndisturbed,
  upgradeWithoutSteward,
} from './etcd/quorum-cases';
import { e2e, leaveNothingBehind } from './harness/case';

leaveNothingBehind();

// One at a time and in a file of their own: they take a whole node, or DNS, from everybody.
describe('etcd nodes', () => {
  e2e('etcd', 'stop-node', { needsScripts: true }, stopMembersNode);
  e2e('etcd', 'drain-two-nodes', {}, drainTwo);
  e2e('etcd', 'lose-dns', { needsScripts: true }, loseDns);
});

// Alone on the machine as well, since their gaps are compared.
describe('the same change of all members', () => {
  e2e('etcd', 'gap-with-steward', {}, upgradeUndisturbed);
  e2e('etcd', 'gap-without-steward', {}, upgradeWithoutSteward);
});
