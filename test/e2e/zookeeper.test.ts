import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import { applyTwice, changeAll, reinstall, scaleUpAndDown } from './zookeeper/change-cases';
import { fillLeader, loseVolumes } from './zookeeper/disk-cases';
import { network, replaceCertificate, restore } from './zookeeper/outside-cases';
import { cutLeader, deleteAll, deleteOnePod, evictTwo, killLeader, scaleToZero } from './zookeeper/pod-cases';

leaveNothingBehind();

// The long ones first, so that none of them is left alone at the end.
describe.concurrent('zookeeper', () => {
  e2e('zookeeper', 'replace-certificate', {}, replaceCertificate);
  e2e('zookeeper', 'image-and-configuration', { core: true }, changeAll);
  e2e('zookeeper', 'scale', { core: true }, scaleUpAndDown);
  e2e('zookeeper', 'lose-volumes', { core: true }, loseVolumes);
  e2e('zookeeper', 'restore', { core: true }, restore);
  e2e('zookeeper', 'evict', { core: true }, evictTwo);
  e2e('zookeeper', 'full-volume', {}, fillLeader);
  e2e('zookeeper', 'scale-to-zero', {}, scaleToZero);
  e2e('zookeeper', 'reinstall', {}, reinstall);
  e2e('zookeeper', 'cut-leader', { needsScripts: true }, cutLeader);
  e2e('zookeeper', 'network', { core: true }, network);
  e2e('zookeeper', 'apply-twice', { core: true }, applyTwice);
  e2e('zookeeper', 'delete-all-pods', { core: true }, deleteAll);
  e2e('zookeeper', 'delete-leader', { core: true }, deleteOnePod);
  e2e('zookeeper', 'kill-leader', {}, killLeader);
});
