import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import * as replication from './redis/replication-cases';
import * as shards from './redis/shard-cases';

leaveNothingBehind();

// One at a time and in a file of their own: they take a whole node or DNS from everybody, or their gaps are compared.
describe('redis alone', () => {
  e2e('redis', 'stop-node', { needsScripts: true }, replication.stopNode);
  e2e('redis-cluster', 'stop-node', { needsScripts: true }, shards.stopNode);
  e2e('redis', 'drain-two-nodes', {}, replication.drainTwoNodes);
  e2e('redis', 'lose-dns', { needsScripts: true }, replication.loseDns);
  e2e('redis-cluster', 'lose-dns', { needsScripts: true }, shards.loseDns);
  e2e('redis', 'gap-with-steward', {}, replication.rollWithSteward);
  e2e('redis', 'gap-without-steward', {}, replication.rollWithoutSteward);
  e2e('redis-cluster', 'gap-with-steward', {}, shards.rollWithSteward);
});
