import { describe } from 'vitest';
import { e2e, leaveNothingBehind } from './harness/case';
import { applyTwice, brokenImage, changeLive, reinstall, rollAll, upgrade } from './kafka/change-cases';
import { cutBroker, deleteAll, deleteLeader, evictTwo, killBroker, loseVolumes } from './kafka/fault-cases';
import {
  changePassword,
  exchangeAuthority,
  expireCertificates,
  replaceCertificate,
  turnOnLogins,
  zookeeper,
} from './kafka/outside-cases';
import { dropWithoutLeaving, scaleControllers, scaleThrough } from './kafka/scale-cases';

leaveNothingBehind();

// The long ones first, so that none of them is left alone at the end.
describe.concurrent('kafka', () => {
  e2e('kafka', 'scale-through', { core: true }, scaleThrough);
  e2e('kafka', 'scale-controllers', {}, scaleControllers);
  e2e('kafka', 'drop-without-leaving', {}, dropWithoutLeaving);
  e2e('kafka', 'roll-all', { core: true }, rollAll);
  e2e('kafka', 'exchange-authority', { minutes: 30 }, exchangeAuthority);
  e2e('kafka', 'expire-certificates', { minutes: 30 }, expireCertificates);
  e2e('kafka', 'replace-certificate', {}, replaceCertificate);
  e2e('kafka', 'turn-on-logins', {}, turnOnLogins);
  e2e('kafka', 'upgrade', {}, upgrade);
  e2e('kafka', 'broken-image', {}, brokenImage);
  e2e('kafka', 'lose-volumes', { core: true }, loseVolumes);
  e2e('kafka', 'zookeeper', { core: true }, zookeeper);
  e2e('kafka', 'change-password', {}, changePassword);
  // Brokers that find no controllers take the whole of their grace to end.
  e2e('kafka', 'reinstall', { minutes: 20 }, reinstall);
  e2e('kafka', 'cut-broker', { needsScripts: true }, cutBroker);
  e2e('kafka', 'delete-all-pods', {}, deleteAll);
  e2e('kafka', 'delete-leader', {}, deleteLeader);
  e2e('kafka', 'kill-broker', {}, killBroker);
  e2e('kafka', 'evict', {}, evictTwo);
  e2e('kafka', 'change-live', {}, changeLive);
  e2e('kafka', 'apply-twice', {}, applyTwice);
});
