import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import * as replication from './redis/replication-cases';
import { standalone } from './redis/standalone';

leaveNothingBehind();

// The long ones first, so that none of them is left alone at the end.
describe.concurrent('redis', () => {
  e2e('redis', 'change-password', { minutes: 15 }, replication.changePassword);
  e2e('redis', 'scale-through', { minutes: 15 }, replication.scaleThrough);
  e2e('redis', 'roll-all', { core: true }, replication.rollAll);
  e2e('redis', 'cut-master', { needsScripts: true }, replication.cutMaster);
  e2e('redis', 'exchange-authority', { minutes: 25 }, replication.exchangeAuthority);
  e2e('redis', 'expire-certificates', { minutes: 25 }, replication.expireCertificates);
  e2e('redis', 'replace-certificate', {}, replication.replaceCertificate);
  e2e('redis', 'roll-valkey', {}, replication.rollValkey);
  e2e('redis', 'broken-image', {}, replication.brokenImage);
  e2e('redis', 'lose-volumes', { core: true }, replication.loseVolumes);
  e2e('redis', 'reinstall', {}, replication.reinstall);
  e2e('redis', 'restore', {}, replication.restore);
  e2e('redis', 'change-live', {}, replication.changeLive);
  e2e('redis', 'kill-master', {}, replication.killMaster);
  e2e('redis', 'delete-master', {}, replication.deleteMaster);
  e2e('redis', 'follow-service', {}, replication.followService);
  e2e('redis', 'evict', {}, replication.evictTwo);
  e2e('redis', 'delete-all-pods', { core: true }, replication.deleteAll);
  e2e('redis', 'apply-twice', {}, replication.applyTwice);
  e2e('redis', 'standalone', {}, standalone);
});
