import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import * as shards from './redis/shard-cases';

leaveNothingBehind();

// The long ones first, so that none of them is left alone at the end.
describe.concurrent('redis cluster', () => {
  e2e('redis-cluster', 'scale-through', { core: true, minutes: 20 }, shards.scaleThrough);
  e2e('redis-cluster', 'change-password', { minutes: 15 }, shards.changePassword);
  e2e('redis-cluster', 'drop-without-leaving', { minutes: 15 }, shards.dropWithoutLeaving);
  e2e('redis-cluster', 'roll-all', { core: true, minutes: 15 }, shards.rollAll);
  e2e('redis-cluster', 'roll-valkey', { minutes: 15 }, shards.rollValkey);
  e2e('redis-cluster', 'scale-replicas', { minutes: 15 }, shards.scaleReplicas);
  e2e('redis-cluster', 'cut-master', { needsScripts: true }, shards.cutMaster);
  e2e('redis-cluster', 'exchange-authority', { minutes: 25 }, shards.exchangeAuthority);
  e2e('redis-cluster', 'expire-certificates', { minutes: 25 }, shards.expireCertificates);
  e2e('redis-cluster', 'replace-certificate', {}, shards.replaceCertificate);
  e2e('redis-cluster', 'broken-image', {}, shards.brokenImage);
  e2e('redis-cluster', 'lose-volumes', {}, shards.loseVolumes);
  e2e('redis-cluster', 'restore', {}, shards.restore);
  e2e('redis-cluster', 'reinstall', {}, shards.reinstall);
  e2e('redis-cluster', 'delete-master', {}, shards.deleteMaster);
  e2e('redis-cluster', 'evict', {}, shards.evictTwo);
  e2e('redis-cluster', 'delete-all-pods', { core: true }, shards.deleteAll);
  e2e('redis-cluster', 'apply-twice', {}, shards.applyTwice);
});
