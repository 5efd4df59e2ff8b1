import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { Credentials, ObjectStore, RedisVersion, Storage } from '../../../lib';
import type { Manifest } from '../../../lib/plan/types';
import { cluster, replication, standalone } from '../../redis/rendering';
import {
  development,
  existing,
  issuer,
  linesOf,
  none,
  patched,
  planned,
  redisPlan,
  rendered,
  renderingOf,
  standalonePlan,
  stoppedRedisPlan,
} from './planned';

const G = Size.gibibytes;
const M = Size.mebibytes;
const cache = { use: 'cache', storage: undefined } as const;
const store = ObjectStore.s3({ bucket: 'backups', credentials: Credentials.existing('keys') });
const secrets = existing('keys');

/** What a change of objects that no prop makes does. */
function patchedPlan(name: string, patch: (manifest: Manifest) => Manifest): string[] {
  const [before] = rendered(replication, [{}, {}]);
  return linesOf(planned('redis', 'redis', before, patched(before, name, patch)));
}

/** A ConfigMap of which all these files have another line. */
const withLine =
  (line: string, ...files: string[]) =>
  (map: Manifest): Manifest => ({
    ...map,
    data: { ...map.data, ...Object.fromEntries(files.map((file) => [file, `${map.data[file]}${line}\n`])) },
  });

/** A ConfigMap whose gates are told something that nobody knows. */
const strange = (map: Manifest): Manifest => ({
  ...map,
  data: { ...map.data, 'gate.json': JSON.stringify({ ...JSON.parse(map.data['gate.json']), strange: true }) },
});

test('an unchanged master with replicas', () => {
  expect(redisPlan({}, {})).toEqual([]);
});

test('more replicas', () => {
  expect(redisPlan({}, { replicas: 4, founders: 3 })).toEqual([
    'applied-live: servers redis-3 and redis-4 come: each gets a pod, copies the data from its master as a replica, and counts once it is in step; nobody restarts for that',
  ]);
});

test('more replicas, and founders with them', () => {
  expect(redisPlan({}, { replicas: 3 })).toEqual([
    'applied-live: server redis-3 comes: it gets a pod, copies the data from its master as a replica, and counts once it is in step; nobody restarts for that',
  ]);
});

test('fewer replicas', () => {
  expect(redisPlan({ replicas: 4 }, {})).toEqual([
    'applied-live: servers redis-3 and redis-4 leave: a master among them hands over first, then the pods end, and the others forget them; claims stay',
  ]);
});

test('other founders', () => {
  expect(redisPlan({ replicas: 4 }, { replicas: 4, founders: 3 })).toEqual([
    'nothing: founders redis-0, redis-1, redis-2, redis-3 and redis-4 become redis-0, redis-1 and redis-2, which matters only before the deployment is marked as formed',
  ]);
});

test('more replicas without a steward', () => {
  expect(redisPlan(none, { ...none, replicas: 4, founders: 3 })).toEqual([
    'applied-live: servers redis-3 and redis-4 come: each gets a pod, copies the data from its master as a replica, and counts once it is in step; nobody restarts for that',
  ]);
});

test('fewer replicas without a steward', () => {
  expect(redisPlan({ ...none, replicas: 4 }, none)).toEqual([
    'outage!: servers redis-3 and redis-4 end, the master among them as any other, and nobody has the others forget them, since there is no steward => make a server that stays the master first, and have the others forget it afterwards: docs/steward.md#redis-by-hand',
  ]);
});

test('more memory', () => {
  expect(redisPlan({}, { memory: G(2) })).toEqual([
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: client-output-buffer-limit 124780544 62390272 -> 250609664 125304832, maxmemory 697303040 -> 1395654656, repl-backlog-size 10485760 -> 20971520, limits.memory 1Gi -> 2Gi and 2 more',
  ]);
});

test('another release', () => {
  expect(redisPlan({ version: RedisVersion.REDIS_7_2 }, {})).toEqual([
    'applied-live!: once servers run Redis 8.2, Redis 7.2 may not read any more what they have written: there is no way back => make a backup before',
    'rolling-restart: 3 Sentinels restart one at a time, before any server: image 7.2 -> 8.2',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: image 7.2 -> 8.2',
  ]);
});

test('the release before', () => {
  expect(redisPlan({}, { version: RedisVersion.REDIS_7_2 })).toEqual([
    'outage!: Redis 7.2 may not read what Redis 8.2 has written, neither from a disk nor from a master: then the first server that restarts does not come back, and the others go on and wait for it => stay with Redis 8.2, or copy the data into a deployment of another name: docs/redis.md#upgrades',
    'rolling-restart: 3 Sentinels restart one at a time, before any server: image 8.2 -> 7.2',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: image 8.2 -> 7.2',
  ]);
});

test('from Redis to Valkey', () => {
  expect(redisPlan({ version: RedisVersion.REDIS_7_2 }, { version: RedisVersion.VALKEY_8_1 })).toEqual([
    'applied-live!: once servers run Valkey 8.1, Redis 7.2 may not read any more what they have written: there is no way back => make a backup before',
    'rolling-restart: 3 Sentinels restart one at a time, before any server: image redis:7.2 -> valkey/valkey:8.1, CLI redis-cli -> valkey-cli, SERVER redis-server -> valkey-server',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: image redis:7.2 -> valkey/valkey:8.1, CLI redis-cli -> valkey-cli, SERVER redis-server -> valkey-server',
  ]);
});

test('from a newer Redis to Valkey', () => {
  expect(redisPlan({}, { version: RedisVersion.VALKEY_8_1 })).toEqual([
    'outage!: Valkey 8.1 may not read what Redis 8.2 has written, neither from a disk nor from a master: then the first server that restarts does not come back, and the others go on and wait for it => stay with Redis 8.2, or copy the data into a deployment of another name: docs/redis.md#upgrades',
    'rolling-restart: 3 Sentinels restart one at a time, before any server: image redis:8.2 -> valkey/valkey:8.1, CLI redis-cli -> valkey-cli, SERVER redis-server -> valkey-server',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: image redis:8.2 -> valkey/valkey:8.1, CLI redis-cli -> valkey-cli, SERVER redis-server -> valkey-server',
  ]);
});

test('an image by its digest', () => {
  expect(
    redisPlan({}, { image: 'redis@sha256:0000000000000000000000000000000000000000000000000000000000000000' }),
  ).toEqual([
    'rolling-restart: 3 Sentinels restart one at a time, before any server: image redis:8.2 -> redis@sha256:0000000000000000000000000000000000000000000000…',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: image redis:8.2 -> redis@sha256:0000000000000000000000000000000000000000000000…',
  ]);
});

test('TLS that is turned on', () => {
  expect(redisPlan({}, { tls: {} }, issuer)).toEqual([
    'outage!: servers are to talk TLS with clients and with one another, and those with and without TLS cannot talk: the steward asks in the new way alone and waits, until all servers were restarted at once => keep tls as it was, or delete all pods together with the change of the clients: docs/redis.md#tls',
    'nothing: no roll gets through before that is settled; changed in pods: port 6379 -> 0, tls-auth-clients no is new, tls-ca-cert-file /secrets/tls/ca.crt is new, tls-cert-file /secrets/tls/tls.crt is new and 9 more',
    'applied-live: a certificate for servers is made, in the Secret redis-tls',
  ]);
});

test('TLS that is turned off', () => {
  expect(redisPlan({ tls: {} }, {}, issuer)).toEqual([
    'outage!: servers are to talk plain text with clients and with one another, and those with and without TLS cannot talk: the steward asks in the new way alone and waits, until all servers were restarted at once => keep tls as it was, or delete all pods together with the change of the clients: docs/redis.md#tls',
    'nothing: no roll gets through before that is settled; changed in pods: port 0 -> 6379, tls-auth-clients is gone, tls-ca-cert-file is gone, tls-cert-file is gone and 8 more',
    'nothing: the certificate redis-tls is not renewed any more; its Secret stays',
  ]);
});

test('certificates that clients have to show', () => {
  expect(redisPlan({ tls: {} }, { tls: { clientAuthentication: 'need' } }, issuer)).toEqual([
    'outage!: clients have to show a certificate: those without one are refused by every server that was restarted => give every client its certificate first: grantAccess has one made',
    'rolling-restart: 3 Sentinels restart one at a time, before any server: tls-auth-clients no -> yes, TLS_ARGS has --cert /secrets/tls/tls.crt --key /secrets/tls/tls.key, too',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: tls-auth-clients no -> yes, TLS_ARGS has --cert /secrets/tls/tls.crt --key /secrets/tls/tls.key, too',
  ]);
});

test('certificates that clients need not show any more', () => {
  expect(redisPlan({ tls: { clientAuthentication: 'need' } }, { tls: {} }, issuer)).toEqual([
    'applied-live!: clients need no certificate any more once servers have restarted, and whoever has a password is let in without one',
    'rolling-restart: 3 Sentinels restart one at a time, before any server: tls-auth-clients yes -> no, TLS_ARGS is without --cert /secrets/tls/tls.crt --key /secrets/tls/tls.key',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: tls-auth-clients yes -> no, TLS_ARGS is without --cert /secrets/tls/tls.crt --key /secrets/tls/tls.key',
  ]);
});

test('another name in the certificate', () => {
  expect(redisPlan({ tls: {} }, { tls: { dnsNames: ['redis.example.com'] } }, issuer)).toEqual([
    'applied-live: servers get another certificate (other names), and use it within two minutes without a restart; Sentinels cannot, and restart one at a time',
  ]);
});

test('another name in the certificate without a steward', () => {
  expect(
    redisPlan({ ...none, tls: {} }, { ...none, tls: { dnsNames: ['redis.example.com'] } }, issuer),
  ).toEqual([
    'applied-live: servers get another certificate (other names), which they read when they are restarted by hand',
  ]);
});

test('more Sentinels', () => {
  expect(redisPlan({}, { sentinels: { count: 5 } })).toEqual([
    'applied-live: Sentinels redis-sentinel-3 and redis-sentinel-4 come and learn of the others by themselves: a majority is one of 5 then; nobody restarts for that',
    'applied-live: quorum of the Sentinels 2 -> 3, without a restart',
  ]);
});

test('fewer Sentinels', () => {
  expect(redisPlan({ sentinels: { count: 5 } }, {})).toEqual([
    'applied-live: Sentinels redis-sentinel-3 and redis-sentinel-4 end, and the others are told to forget them, one after the other; claims stay',
    'applied-live: quorum of the Sentinels 3 -> 2, without a restart',
  ]);
});

test('fewer Sentinels without a steward', () => {
  expect(redisPlan({ ...none, sentinels: { count: 5 } }, none)).toEqual([
    'applied-live!: Sentinels redis-sentinel-3 and redis-sentinel-4 end, and the others go on counting them, since there is no steward => have them forget it by hand, one after the other: docs/steward.md#redis-by-hand',
    'nothing: quorum of the Sentinels 3 -> 2, which each of them reads when it starts the next time',
  ]);
});

test('more memory of Sentinels', () => {
  expect(redisPlan({}, { sentinels: { memory: M(128) } })).toEqual([
    'rolling-restart: 3 Sentinels restart one at a time, before any server: limits.memory 64Mi -> 128Mi, requests.memory 64Mi -> 128Mi',
  ]);
});

test('no operations any more', () => {
  expect(redisPlan({}, none)).toEqual([
    'outage!: nobody looks after the deployment any more: the Service of the master goes, the StatefulSets restart servers, the highest number first, and nobody makes users or changes settings => see docs/steward.md#redis-by-hand for what is then to be done by hand',
    'rest: NetworkPolicy redis: spec.ingress',
    'rest: NetworkPolicy redis-sentinel: spec.ingress',
    'rest: Service redis: goes',
    'rest: Service redis-replicas: goes',
  ]);
});

test('a steward', () => {
  expect(redisPlan(none, {})).toEqual([
    'applied-live: a steward looks after the deployment from now on: it restarts servers, and brings members where the manifests want them',
    'outage!: replicas: 3 is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one server of redis end, until the steward puts the number back, some seconds to a minute later; disks keep what they have => hand the field over before this is applied: docs/steward.md#turning-it-on-for-a-running-ensemble',
    'outage!: replicas: 3 is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one Sentinel end, until the steward puts the number back, some seconds to a minute later; disks keep what they have => hand the field over before this is applied: docs/steward.md#turning-it-on-for-a-running-ensemble',
    'rest: NetworkPolicy redis: spec.ingress',
    'rest: NetworkPolicy redis-sentinel: spec.ingress',
    'rest: Service redis: comes',
    'rest: Service redis-replicas: comes',
  ]);
});

test('a change without a steward', () => {
  expect(redisPlan(none, { ...none, memory: G(2) })).toEqual([
    'rolling-restart: 3 servers restart one at a time, by the StatefulSet, the highest number first; the master hands over when it ends: client-output-buffer-limit 124780544 62390272 -> 250609664 125304832, maxmemory 697303040 -> 1395654656, repl-backlog-size 10485760 -> 20971520, limits.memory 1Gi -> 2Gi and 2 more',
  ]);
});

test('an exporter', () => {
  expect(redisPlan({}, { exporter: {} })).toEqual([
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: containers[exporter] is new',
  ]);
});

test('monitoring', () => {
  expect(redisPlan({}, {}, [{}, { monitoring: 'prometheus-operator' }])).toEqual([
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: containers[exporter] is new',
    'applied-live: the dashboard and what is scraped and alerts of redis change, and nothing restarts',
    'rest: NetworkPolicy redis: spec.ingress',
    'rest: NetworkPolicy redis-steward: spec.ingress',
  ]);
});

test('a backup that is made', () => {
  expect(redisPlan({}, { backup: { schedule: Duration.hours(6), to: store } }, secrets)).toEqual([
    'applied-live: backups of redis are made (0 */6 * * *)',
    'rest: NetworkPolicy redis: spec.ingress',
  ]);
});

test('no backup any more', () => {
  expect(redisPlan({ backup: { schedule: Duration.hours(6), to: store } }, {}, secrets)).toEqual([
    'applied-live!: no backups of redis are made any more; those in the store stay => keep backup, unless the data can be had from elsewhere',
    'rest: NetworkPolicy redis: spec.ingress',
  ]);
});

test('a backup to start from', () => {
  expect(redisPlan({}, { restore: { from: store, backup: '20260101T000000Z' } }, secrets)).toEqual([
    'nothing!: the backup 20260101T000000Z is not restored: the deployment exists, and nothing is ever restored over data => give restore to a deployment of another name, or delete the StatefulSets and their claims before: docs/redis.md#restore',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: initContainers[adopt] is new, initContainers[download] is new, initContainers[prepare] is new, volumes[tmp] {"emptyDir":{},"name":"tmp"} is new',
    'rest: NetworkPolicy redis: spec.egress',
  ]);
});

test('no backup to start from any more', () => {
  expect(redisPlan({ restore: { from: store, backup: '20260101T000000Z' } }, {}, secrets)).toEqual([
    'nothing: the backup 20260101T000000Z is not named any more; what was restored stays',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: initContainers[adopt] is gone, initContainers[download] is gone, initContainers[prepare] is gone, volumes[tmp] is gone',
    'rest: NetworkPolicy redis: spec.egress',
  ]);
});

test('a larger volume', () => {
  expect(redisPlan({}, { storage: G(20) })).toEqual([
    'refused!: the volume data of redis is to grow from 10Gi to 20Gi in the claim template: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile => keep 10Gi as initialSize, and give 20Gi as size: claims are then rendered by themselves, and grow',
  ]);
});

test('a volume that grows', () => {
  expect(redisPlan({}, { storage: { size: G(20), initialSize: G(10) } })).toEqual([
    'applied-live: 3 volumes data-redis-0, data-redis-1, data-redis-2 grow from 10Gi to 20Gi, while servers use them; the StorageClass has to allow it (allowVolumeExpansion)',
  ]);
});

test('no volume any more', () => {
  expect(redisPlan({}, { storage: Storage.emptyDir() }, development)).toEqual([
    'data-lost!: the volume data (10Gi) of redis is gone from the claim templates: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile. Whoever recreates the StatefulSet to get it through leaves these volumes and what they hold behind => keep what there is, or make a cluster of another name and copy the data',
  ]);
});

test('another Node.js', () => {
  expect(redisPlan({}, { nodeImage: 'node:24-bookworm-slim' })).toEqual([
    'rolling-restart: 3 Sentinels restart one at a time, before any server: initContainers[gate].image 22-bookworm-slim -> 24-bookworm-slim',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: initContainers[gate].image 22-bookworm-slim -> 24-bookworm-slim',
    'applied-live: the steward restarts, which interrupts nothing: image 22-bookworm-slim -> 24-bookworm-slim',
  ]);
});

test('another cluster domain, which nobody knows the end of', () => {
  expect(redisPlan({}, {}, [{}, { clusterDomain: 'other.local' }])).toEqual([
    'rolling-restart: 3 Sentinels restart one at a time, before any server: HOST $(POD_NAME).redis-sentinel-headless.data.svc.cluster.local -> $(POD_NAME).redis-sentinel-headless.data.svc.other.local',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: HOST $(POD_NAME).redis-headless.data.svc.cluster.local -> $(POD_NAME).redis-headless.data.svc.other.local',
    'unknown: Deployment data/redis-steward: host of what the steward is told changes, and nobody knows what that does',
  ]);
});

test('a single server that restarts', () => {
  expect(standalonePlan({}, { memory: G(2) })).toEqual([
    'outage: the only server restarts, and nobody is served meanwhile, until it has read its data: maxmemory 697303040 -> 1395654656, limits.memory 1Gi -> 2Gi, requests.memory 1Gi -> 2Gi, terminationGracePeriodSeconds 105 -> 120',
  ]);
});

test('a single server without persistence that restarts', () => {
  expect(standalonePlan({ persistence: 'none' }, { persistence: 'none', memory: G(2) }, development)).toEqual(
    [
      'outage!: the only server restarts, and nobody is served meanwhile, and it comes back without its keys: maxmemory 697303040 -> 1395654656, limits.memory 1Gi -> 2Gi, requests.memory 1Gi -> 2Gi, terminationGracePeriodSeconds 105 -> 120',
    ],
  );
});

test('a single server that becomes a master with replicas', () => {
  expect(
    linesOf(planned('redis', 'redis', rendered(standalone, [{}, {}])[0], rendered(replication, [{}, {}])[1])),
  ).toEqual([
    'data-lost!: a single server is to become a master with replicas and Sentinels under the same name, which nothing does by itself: servers of the new shape do not take over what there is, and leave it behind => give the new one another name, copy the data into it, move clients, and then let redis go',
  ]);
});

test('a master with replicas that becomes a Redis Cluster', () => {
  expect(
    linesOf(planned('redis', 'redis', rendered(replication, [{}, {}])[0], rendered(cluster, [{}, {}])[1])),
  ).toEqual([
    'data-lost!: a master with replicas and Sentinels is to become a Redis Cluster under the same name, which nothing does by itself: servers of the new shape do not take over what there is, and leave it behind => give the new one another name, copy the data into it, move clients, and then let redis go',
  ]);
});

test('a deployment that comes', () => {
  expect(linesOf(planned('redis', 'redis', renderingOf([]), rendered(replication, [{}, {}])[1]))).toEqual([
    'applied-live: redis is formed by 3 servers and 3 Sentinels; where claims of an earlier deployment of this name are left, it goes on from their data',
  ]);
});

test('a Redis Cluster that comes', () => {
  expect(linesOf(planned('redis', 'redis', renderingOf([]), rendered(cluster, [{}, {}])[1]))).toEqual([
    'applied-live: redis is formed by 3 shards of 2 servers each; where claims of an earlier deployment of this name are left, it goes on from their data',
  ]);
});

test('a single server that comes', () => {
  expect(linesOf(planned('redis', 'redis', renderingOf([]), rendered(standalone, [{}, {}])[1]))).toEqual([
    'applied-live: redis is formed by 1 server; where claims of an earlier deployment of this name are left, it goes on from their data',
  ]);
});

test('a deployment that goes', () => {
  expect(linesOf(planned('redis', 'redis', rendered(replication, [{}, {}])[0], renderingOf([])))).toEqual([
    'outage!: all pods of redis end; the claims data-redis-…, data-redis-sentinel-… stay, and so do generated Secrets and the mark that it was formed => make sure that nobody uses it any more, and back it up if its data is to be kept',
  ]);
});

test('a cache that goes', () => {
  expect(linesOf(planned('redis', 'redis', rendered(replication, [cache, {}])[0], renderingOf([])))).toEqual([
    'data-lost!: all pods of redis end, and their data with them: it is kept in no volume that outlives a pod => make sure that nobody uses it any more, and back it up if its data is to be kept',
  ]);
});

test('a change while the steward is stopped', () => {
  expect(
    stoppedRedisPlan(
      {},
      {
        memory: G(2),
        configuration: { timeout: 300 },
        replicas: 3,
        sentinels: { downAfter: Duration.seconds(5) },
      },
    ),
  ).toEqual([
    'nothing: server redis-3 comes once the steward is started again',
    'nothing: down-after-milliseconds of the Sentinels 10 seconds -> 5 seconds, once the steward is started again',
    'nothing: timeout of all servers the default -> 300, once the steward is started again',
    'nothing: 3 servers go on as they are, since the steward is stopped, and restart once it is started again: client-output-buffer-limit 124780544 62390272 -> 250609664 125304832, maxmemory 697303040 -> 1395654656, repl-backlog-size 10485760 -> 20971520, limits.memory 1Gi -> 2Gi and 2 more',
  ]);
});

test('a larger volume of the Sentinels', () => {
  expect(redisPlan({}, { sentinels: { storage: G(2) } })).toEqual([
    'refused!: the volume data of redis-sentinel is to grow from 1Gi to 2Gi in the claim template: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile => keep 1Gi as initialSize, and give 2Gi as size: claims are then rendered by themselves, and grow',
  ]);
});

test('a password elsewhere', () => {
  expect(redisPlan({}, { credentials: { internal: Credentials.existing('keys') } }, secrets)).toEqual([
    'rolling-restart: 3 Sentinels restart one at a time, before any server: volumes[internal].projected.sources[0].secret.name redis-internal -> keys, volumes[internal].projected.sources[1].secret.name redis-internal -> keys',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: volumes[internal].projected.sources[0].secret.name redis-internal -> keys, volumes[internal].projected.sources[1].secret.name redis-internal -> keys',
    'nothing: the generated Secret redis-internal is not needed any more, and stays',
  ]);
});

test('a single server that is looked after no more', () => {
  expect(standalonePlan({}, none)).toEqual([
    'applied-live!: nobody looks after the deployment any more: the StatefulSets restart servers, the highest number first, and nobody makes users or changes settings => see docs/steward.md#redis-by-hand for what is then to be done by hand',
    'rest: NetworkPolicy redis: spec.ingress',
  ]);
});

test('programs of another release', () => {
  expect(patchedPlan('redis-program', withLine('// more', 'redis-gate.mjs'))).toEqual([
    'applied-live: the steward restarts with another program and gates take the new one when a server of the deployment starts the next time; no server restarts for that',
  ]);
});

test('the steward of another release', () => {
  expect(patchedPlan('redis-steward-program', withLine('// more', 'redis.mjs'))).toEqual([
    'applied-live: the steward restarts with another program; no server restarts for that',
  ]);
});

test('scripts of another release', () => {
  expect(
    patchedPlan('redis-scripts', withLine('# more', 'ready.sh', 'stop.sh', 'sentinel-start.sh')),
  ).toEqual([
    'applied-live: the script ready.sh changes, and is used within two minutes; nobody restarts',
    'applied-live: the script sentinel-start.sh changes, and is used when a server starts or stops the next time; nobody restarts',
    'applied-live: the script stop.sh changes, and is used when a server starts or stops the next time; nobody restarts',
  ]);
});

test('what gates are told, and nobody knows', () => {
  expect(patchedPlan('redis-config', strange)).toEqual([
    'unknown: ConfigMap data/redis-config: strange of what gates are told changes, and nobody knows what that does',
  ]);
});

test('a gate.json that nobody can read', () => {
  expect(patchedPlan('redis-config', (map) => ({ ...map, data: { ...map.data, 'gate.json': '{' } }))).toEqual(
    [
      'unknown: ConfigMap data/redis-config: gate.json is missing or cannot be read, so nobody knows who the members of redis are; what is told of it is what Kubernetes itself says',
      'rest: ConfigMap redis-config: data[gate.json]',
    ],
  );
});
