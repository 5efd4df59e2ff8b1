import { describe } from 'vitest';
import {
  changePassword,
  exchangeAuthority,
  expireCertificates,
  forceNewCluster,
  noSpace,
  replaceCertificates,
  restore,
} from './etcd/data-cases';
import * as quorum from './etcd/quorum-cases';
import { e2e, leaveNothingBehind } from './harness/case';

leaveNothingBehind();

// The long ones first, so that none of them is left alone at the end.
describe.concurrent('etcd', () => {
  e2e('etcd', 'scale-through', { core: true, minutes: 20 }, quorum.scaleThrough);
  e2e('etcd', 'force-new-cluster', { minutes: 15 }, forceNewCluster);
  e2e('etcd', 'exchange-authority', { minutes: 25 }, exchangeAuthority);
  e2e('etcd', 'expire-certificates', { minutes: 25 }, expireCertificates);
  e2e('etcd', 'replace-certificates', {}, replaceCertificates);
  e2e('etcd', 'change-password', {}, changePassword);
  e2e('etcd', 'scale-without-leader', {}, quorum.scaleWithoutLeader);
  e2e('etcd', 'prune', {}, quorum.prune);
  e2e('etcd', 'upgrade', { core: true }, quorum.upgrade);
  e2e('etcd', 'restore', { core: true }, restore);
  e2e('etcd', 'lose-volumes', { core: true }, quorum.loseVolumes);
  e2e('etcd', 'no-space', {}, noSpace);
  e2e('etcd', 'cut-leader', { needsScripts: true }, quorum.cutLeader);
  e2e('etcd', 'broken-image', {}, quorum.brokenImage);
  e2e('etcd', 'refused-upgrade', {}, quorum.refusedUpgrade);
  e2e('etcd', 'scale-to-zero', {}, quorum.scaleToZero);
  e2e('etcd', 'reinstall', {}, quorum.reinstall);
  e2e('etcd', 'apply-twice', {}, quorum.applyTwice);
  e2e('etcd', 'evict', {}, quorum.evictTwo);
  e2e('etcd', 'delete-all-pods', { core: true }, quorum.deleteAll);
  e2e('etcd', 'delete-leader', {}, quorum.deleteLeader);
});
