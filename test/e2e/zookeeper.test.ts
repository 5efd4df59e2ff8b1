import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import {
  adopt,
  applyTwice,
  brokenConfiguration,
  brokenImage,
  reinstall,
  removeAll,
  rollAll,
  rollBack,
} from './zookeeper/change-cases';
import { fillLeader, loseMajority, loseVolumes } from './zookeeper/disk-cases';
import {
  exchangeAuthority,
  expireCertificates,
  network,
  replaceCertificate,
  restore,
} from './zookeeper/outside-cases';
import {
  cutLeader,
  deleteAll,
  deleteOnePod,
  evictTwo,
  killLeader,
  prune,
  scaleToZero,
} from './zookeeper/pod-cases';
import { scaleSmall, scaleThroughAll, scaleToSeven, scaleWithoutLeader } from './zookeeper/scale-cases';
import { rights, twoStewards } from './zookeeper/steward-cases';

leaveNothingBehind();

// The long ones first, so that none of them is left alone at the end.
describe.concurrent('zookeeper', () => {
  e2e('zookeeper', 'exchange-authority', { minutes: 25 }, exchangeAuthority);
  e2e('zookeeper', 'expire-certificates', { minutes: 25 }, expireCertificates);
  e2e('zookeeper', 'scale-through', {}, scaleThroughAll);
  e2e('zookeeper', 'scale-to-seven', {}, scaleToSeven);
  e2e('zookeeper', 'roll-back', {}, rollBack);
  e2e('zookeeper', 'scale-without-leader', {}, scaleWithoutLeader);
  e2e('zookeeper', 'prune', {}, prune);
  e2e('zookeeper', 'lose-majority', {}, loseMajority);
  e2e('zookeeper', 'broken-configuration', {}, brokenConfiguration);
  e2e('zookeeper', 'replace-certificate', {}, replaceCertificate);
  e2e('zookeeper', 'roll-all', { core: true }, rollAll);
  e2e('zookeeper', 'scale', { core: true }, scaleSmall);
  e2e('zookeeper', 'broken-image', { core: true }, brokenImage);
  e2e('zookeeper', 'lose-volumes', { core: true }, loseVolumes);
  e2e('zookeeper', 'remove-all', {}, removeAll);
  e2e('zookeeper', 'adopt', {}, adopt);
  e2e('zookeeper', 'two-stewards', { needsScripts: true }, twoStewards);
  e2e('zookeeper', 'restore', { core: true }, restore);
  e2e('zookeeper', 'evict', { core: true }, evictTwo);
  e2e('zookeeper', 'full-volume', {}, fillLeader);
  e2e('zookeeper', 'scale-to-zero', {}, scaleToZero);
  e2e('zookeeper', 'reinstall', { core: true }, reinstall);
  e2e('zookeeper', 'cut-leader', { needsScripts: true }, cutLeader);
  e2e('zookeeper', 'network', { core: true }, network);
  e2e('zookeeper', 'apply-twice', {}, applyTwice);
  e2e('zookeeper', 'delete-all-pods', {}, deleteAll);
  e2e('zookeeper', 'delete-leader', {}, deleteOnePod);
  e2e('zookeeper', 'kill-leader', {}, killLeader);
  e2e('zookeeper', 'rights', {}, rights);
});
