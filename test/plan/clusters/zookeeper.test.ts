import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { Credentials, ObjectStore, Storage, ZooKeeperVersion } from '../../../lib';
import { development, existing, issuer, none, zookeeperPlan } from './planned';

const G = Size.gibibytes;
const grown = (size: number) => ({ size: G(size), initialSize: G(10) });
const secrets = existing('keys', 'user');
const store = ObjectStore.s3({ bucket: 'backups', credentials: Credentials.existing('keys') });
const backup = { schedule: Duration.hours(6), to: store };

test('an unchanged ensemble', () => {
  expect(zookeeperPlan({}, {})).toEqual([]);
});

test('memory', () => {
  expect(zookeeperPlan({}, { memory: G(2) })).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: limits.memory 1Gi -> 2Gi, requests.memory 1Gi -> 2Gi, SERVER_JVMFLAGS -Xms614m -> -Xms1228m, ZK_SERVER_HEAP 614 -> 1228',
  ]);
});

test('settings of zoo.cfg', () => {
  expect(zookeeperPlan({}, { configuration: { tickTime: 3000, syncLimit: 10 } })).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: syncLimit 5 -> 10, tickTime 2000 -> 3000',
  ]);
});

test('another release, with observers', () => {
  expect(
    zookeeperPlan(
      { observers: 1 },
      { observers: 1, version: ZooKeeperVersion.custom('3.9.6', 'zookeeper:3.9.6') },
    ),
  ).toEqual([
    'rolling-restart: 4 members restart one at a time, observers first, then followers, the highest id first, the leader last: image 3.9.5 -> 3.9.6',
  ]);
});

test('an image from elsewhere', () => {
  expect(zookeeperPlan({}, { image: 'registry.example.com/zookeeper:1' })).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: image zookeeper:3.9.5 -> registry.example.com/zookeeper:1',
  ]);
});

test('placement', () => {
  expect(zookeeperPlan({}, { placement: { nodeSelector: { disk: 'ssd' } } })).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: nodeSelector.disk ssd is new',
  ]);
});

test('the log level', () => {
  expect(zookeeperPlan({}, { logLevel: 'DEBUG' })).toEqual([
    'applied-live: the log level changes from INFO to DEBUG within two minutes, without a restart',
  ]);
});

test('a restart of the only member', () => {
  expect(zookeeperPlan({ voters: 1 }, { voters: 1, memory: G(2) }, development)).toEqual([
    'outage: the only member restarts, which interrupts the ensemble for some seconds: limits.memory 1Gi -> 2Gi, requests.memory 1Gi -> 2Gi, SERVER_JVMFLAGS -Xms614m -> -Xms1228m, ZK_SERVER_HEAP 614 -> 1228',
  ]);
});

test('more voters', () => {
  expect(zookeeperPlan({}, { voters: 5 })).toEqual([
    'applied-live: members zk-4 and zk-5 come one after the other: each gets a pod and a volume, copies the data as a guest, and gets its place once it is in step; nobody restarts for that',
  ]);
});

test('more voters, which turns an observer into one', () => {
  expect(zookeeperPlan({ observers: 1 }, { voters: 5, observers: 1 })).toEqual([
    'applied-live: members zk-5 and zk-6 come one after the other: each gets a pod and a volume, copies the data as a guest, and gets its place once it is in step; nobody restarts for that',
    'applied-live: member 4, an observer until now, gets a vote: by the steward, without a restart',
  ]);
});

test('fewer voters', () => {
  expect(zookeeperPlan({ voters: 5 }, {})).toEqual([
    'applied-live: members zk-4 and zk-5 leave one at a time, the leader last: out of the membership first, then the pod; claims stay',
  ]);
});

test('fewer voters than can do without one', () => {
  expect(zookeeperPlan({}, { voters: 1 }, development)).toEqual([
    'applied-live!: members zk-2 and zk-3 leave one at a time, the leader last: out of the membership first, then the pod; claims stay. With 1 voter left, none can be spared, and a drain interrupts it',
  ]);
});

test('observers that come', () => {
  expect(zookeeperPlan({}, { observers: 2 })).toEqual([
    'applied-live: members zk-4 and zk-5 come one after the other: each gets a pod and a volume, copies the data as a guest, and gets its place once it is in step; nobody restarts for that',
  ]);
});

test('other ids', () => {
  expect(zookeeperPlan({}, { firstId: 11 })).toEqual([
    'outage!: the ids of members change from 1, 2 and 3 to 11, 12 and 13: Kubernetes ends all pods of the old ids at once, and members of new ids have empty volumes and wait at their gates, since the ensemble exists; its data stays in the old claims => take the change of firstId back: ids are fixed when the ensemble is made',
  ]);
});

test('a volume that grows as it should', () => {
  expect(
    zookeeperPlan({ storage: { data: G(10) } }, { storage: { data: { size: G(20), initialSize: G(10) } } }),
  ).toEqual([
    'applied-live: 3 volumes data-zk-1, data-zk-2, data-zk-3 grow from 10Gi to 20Gi, while servers use them; the StorageClass has to allow it (allowVolumeExpansion)',
  ]);
});

test('a volume that grows in its template', () => {
  expect(zookeeperPlan({ storage: { data: G(10) } }, { storage: { data: G(20) }, memory: G(2) })).toEqual([
    'refused!: the volume data of zk is to grow from 10Gi to 20Gi in the claim template: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile => keep 10Gi as initialSize, and give 20Gi as size: claims are then rendered by themselves, and grow',
  ]);
});

test('a volume that shrinks', () => {
  expect(zookeeperPlan({ storage: { data: G(20) } }, { storage: { data: G(10) } })).toEqual([
    'refused!: the volume data of zk is to shrink from 20Gi to 10Gi: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile. No volume can shrink => keep 20Gi; keep what there is, or make a cluster of another name and copy the data',
  ]);
});

test('a volume that has grown, and is not rendered any more', () => {
  expect(zookeeperPlan({ storage: { data: grown(20) } }, { storage: { data: G(10) } })).toEqual([
    'nothing: the claims data-zk-1, data-zk-2 and data-zk-3 of 20Gi are not rendered any more, and stay as they are: GitOps controllers are told to leave claims alone, and kubectl apply deletes nothing',
  ]);
});

test('a volume that has grown and shrinks, which plain rules tell', () => {
  expect(zookeeperPlan({ storage: { data: grown(30) } }, { storage: { data: grown(20) } })).toEqual([
    'rest: PersistentVolumeClaim data-zk-1: spec.resources.requests.storage',
    'rest: PersistentVolumeClaim data-zk-2: spec.resources.requests.storage',
    'rest: PersistentVolumeClaim data-zk-3: spec.resources.requests.storage',
  ]);
});

test('a volume that grows again, with members that come', () => {
  expect(
    zookeeperPlan({ storage: { data: grown(20) } }, { voters: 5, storage: { data: grown(30) } }),
  ).toEqual([
    'applied-live: members zk-4 and zk-5 come one after the other: each gets a pod and a volume, copies the data as a guest, and gets its place once it is in step; nobody restarts for that',
    'applied-live: 3 volumes data-zk-1, data-zk-2, data-zk-3 grow from 20Gi to 30Gi, while servers use them; the StorageClass has to allow it (allowVolumeExpansion)',
    'applied-live: 2 volumes data-zk-4, data-zk-5 grow from 10Gi to 30Gi, while servers use them; the StorageClass has to allow it (allowVolumeExpansion)',
  ]);
});

test('a volume for the log', () => {
  expect(zookeeperPlan({}, { storage: { data: G(10), transactionLog: G(5) } })).toEqual([
    'refused!: the volume datalog (5Gi) of zk is new among the claim templates: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile => keep what there is, or make a cluster of another name and copy the data',
  ]);
});

test('no volume for the log any more', () => {
  expect(zookeeperPlan({ storage: { data: G(10), transactionLog: G(5) } }, {})).toEqual([
    'data-lost!: the volume datalog (5Gi) of zk is gone from the claim templates: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile. Whoever recreates the StatefulSet to get it through leaves these volumes and what they hold behind => keep what there is, or make a cluster of another name and copy the data',
  ]);
});

test('no volume at all any more', () => {
  expect(zookeeperPlan({}, { storage: { data: Storage.emptyDir() } }, development)).toEqual([
    'data-lost!: the volume data (10Gi) of zk is gone from the claim templates: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile. Whoever recreates the StatefulSet to get it through leaves these volumes and what they hold behind => keep what there is, or make a cluster of another name and copy the data',
  ]);
});

test('another StorageClass', () => {
  expect(
    zookeeperPlan(
      { storage: { data: { size: G(10), storageClass: 'a' } } },
      { storage: { data: { size: G(10), storageClass: 'b' } } },
    ),
  ).toEqual([
    'refused!: the volume data of zk is to have the StorageClass b instead of a: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile => keep what there is, or make a cluster of another name and copy the data',
  ]);
});

test('TLS for clients in one step', () => {
  expect(zookeeperPlan({}, { tls: { quorum: false } }, issuer)).toEqual([
    "outage!: tls.clients goes from off to required in one step: clients and the steward talk in the new way alone, which members that have yet to restart do not know, so nobody restarts them => go over 'optional': make it optional, move all clients, and then take the next step",
    'nothing: no roll gets through before that is settled; changed in pods: client.certReload true is new, clientPortAddress 127.0.0.1 is new, secureClientPort 2281 is new, serverCnxnFactory org.apache.zookeeper.server.NettyServerCnxnFactory is new and 10 more',
    'applied-live: a certificate for servers is made, in the Secret zk-tls',
    'rest: NetworkPolicy zk: spec.egress, spec.ingress',
    'rest: NetworkPolicy zk-steward: spec.egress',
    'rest: Service zk: spec.ports[2181/TCP], spec.ports[2281/TCP]',
    'rest: Service zk-headless: spec.ports[2181/TCP], spec.ports[2281/TCP]',
  ]);
});

test('TLS for clients beside plain text', () => {
  expect(zookeeperPlan({}, { tls: { clients: 'optional', quorum: false } }, issuer)).toEqual([
    'applied-live: clients may use TLS on 2281 beside plain text on 2181, once members have restarted',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: client.certReload true is new, secureClientPort 2281 is new, serverCnxnFactory org.apache.zookeeper.server.NettyServerCnxnFactory is new, ssl.clientAuth need is new and 8 more',
    'applied-live: a certificate for servers is made, in the Secret zk-tls',
    'rest: Service zk: spec.ports[2281/TCP]',
    'rest: Service zk-headless: spec.ports[2281/TCP]',
  ]);
});

test('TLS for clients alone', () => {
  expect(zookeeperPlan({ tls: { clients: 'optional' } }, { tls: {} }, issuer)).toEqual([
    'outage!: port 2181 is closed to clients: those that still use plain text cannot connect to members that were restarted => move all clients to 2281 before',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: clientPortAddress 127.0.0.1 is new, ports[2181/TCP] is gone',
    'rest: NetworkPolicy zk: spec.egress, spec.ingress',
    'rest: NetworkPolicy zk-steward: spec.egress',
    'rest: Service zk: spec.ports[2181/TCP]',
    'rest: Service zk-headless: spec.ports[2181/TCP]',
  ]);
});

test('TLS among members', () => {
  expect(zookeeperPlan({ tls: { quorum: false } }, { tls: {} }, issuer)).toEqual([
    'outage!: members are to talk TLS among themselves, and those with and without TLS do not understand one another: the first member that restarts finds nobody, and the others wait for it => say quorum: false in tls, as the ensemble was made',
    'nothing: no roll gets through before that is settled; changed in pods: ssl.quorum.keyStore.location /run/zookeeper/tls/keystore.pem is new, ssl.quorum.keyStore.type PEM is new, ssl.quorum.trustStore.location /run/zookeeper/tls/ca.pem is new, ssl.quorum.trustStore.type PEM is new and 3 more',
  ]);
});

test('members that log in to one another', () => {
  expect(zookeeperPlan({}, { authentication: { quorum: Credentials.generated() } })).toEqual([
    'outage!: members have to log in to one another, and do not accept those that do otherwise: the first member that restarts finds nobody, and the others wait for it => restart all members at once, which interrupts the ensemble for some seconds: docs/zookeeper.md#passwords',
    'nothing: no roll gets through before that is settled; changed in pods: quorum.auth.enableSasl true is new, quorum.auth.learner.saslLoginContext QuorumLearner is new, quorum.auth.learnerRequireSasl true is new, quorum.auth.server.saslLoginContext QuorumServer is new and 4 more',
    'applied-live: the Secret zk-quorum is generated, unless it is there',
  ]);
});

test('clients that log in, and have to', () => {
  expect(
    zookeeperPlan(
      {},
      { authentication: { clients: [Credentials.existing('user')], required: true } },
      secrets,
    ),
  ).toEqual([
    'outage!: sessions have to log in by SASL: clients that do not are refused by every member that was restarted => give every client its login first',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: authProvider.sasl org.apache.zookeeper.server.auth.SASLAuthenticationProvider is new, enforce.auth.enabled true is new, enforce.auth.schemes sasl is new, SERVER_JVMFLAGS has -Dzookeeper.fips-mode=false -Djava.security.auth.login.conf…, too and 1 more',
  ]);
});

test('more voters with TLS', () => {
  expect(zookeeperPlan({ tls: {} }, { tls: {}, voters: 5 }, issuer)).toEqual([
    'applied-live: members zk-4 and zk-5 come one after the other: each gets a pod and a volume, copies the data as a guest, and gets its place once it is in step; nobody restarts for that',
    'applied-live: servers get another certificate (other names), and use it within two minutes without a restart',
  ]);
});

test('another issuer', () => {
  expect(
    zookeeperPlan({ tls: {} }, { tls: {} }, [issuer, { certificates: { issuer: { name: 'other' } } }]),
  ).toEqual([
    'outage!: servers get certificates of another issuer: where its authority is another one, those with the new and those with the old one do not trust one another, nor do clients => keep both authorities in ca.crt for a while, which takes tls: { secret }',
  ]);
});

test('backups', () => {
  expect(zookeeperPlan({}, { backup }, secrets)).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: admin.enableServer false -> true, admin.restore.enabled false is new, admin.serverPort 8080 is new, ports[8080/TCP] is new',
    'applied-live: backups of zk are made (0 */6 * * *)',
    'rest: NetworkPolicy zk: spec.ingress',
  ]);
});

test('no backups any more', () => {
  expect(zookeeperPlan({ backup }, {}, secrets)).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: admin.enableServer true -> false, admin.restore.enabled is gone, admin.serverPort is gone, ports[8080/TCP] is gone',
    'applied-live!: no backups of zk are made any more; those in the store stay => keep backup, unless the data can be had from elsewhere',
    'rest: NetworkPolicy zk: spec.ingress',
  ]);
});

test('fewer backups, more often', () => {
  expect(
    zookeeperPlan({ backup }, { backup: { ...backup, schedule: Duration.hours(1), keep: 7 } }, secrets),
  ).toEqual([
    'data-lost!: only the newest 7 backups are kept instead of 28: older ones are removed with the next backup => copy those that are to be kept',
    'applied-live: the schedule of backups changes from 0 */6 * * * to 0 */1 * * *',
  ]);
});

test('a backup for an ensemble that exists', () => {
  expect(
    zookeeperPlan({}, { restore: { from: store, snapshot: '20250101T000000Z-snapshot.100000a3f' } }, secrets),
  ).toEqual([
    'nothing!: the backup 20250101T000000Z-snapshot.100000a3f is not restored: the ensemble exists, and a disk that has been used is left alone => give restore to an ensemble of another name, or delete the StatefulSet and its claims before: docs/zookeeper.md#restore',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: initContainers[restore] is new',
    'rest: NetworkPolicy zk: spec.egress',
  ]);
});

test('a steward for a running ensemble', () => {
  expect(zookeeperPlan(none, {})).toEqual([
    'applied-live: a steward looks after the ensemble from now on: it restarts servers, and brings members where the manifests want them',
    'outage!: replicas: 3 is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one member end, until the steward puts the number back, some seconds to a minute later; no data is lost => hand the field over before this is applied: docs/steward.md#turning-it-on-for-a-running-ensemble',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: SERVER_JVMFLAGS has @/run/zookeeper/jvm.options, too, volumes[users] is new, initContainers[gate].volumeMounts[/secrets/users] is new',
    'applied-live: the Secret zk-super is generated, unless it is there',
    'rest: NetworkPolicy zk: spec.ingress',
  ]);
});

test('a steward and more members at once', () => {
  expect(zookeeperPlan(none, { voters: 5 })).toEqual([
    'applied-live: a steward looks after the ensemble from now on: it restarts servers, and brings members where the manifests want them',
    'outage!: replicas: 3 is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one member end, until the steward puts the number back, some seconds to a minute later; no data is lost => hand the field over before this is applied: docs/steward.md#turning-it-on-for-a-running-ensemble',
    'applied-live!: members zk-4 and zk-5 come one after the other: each gets a pod and a volume, copies the data as a guest, and gets its place once it is in step; nobody restarts for that. Servers do not know the super user before they were restarted, so this fails with NoAuth => turn the steward on first, and change the number in a later commit',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: SERVER_JVMFLAGS has @/run/zookeeper/jvm.options, too, volumes[users] is new, initContainers[gate].volumeMounts[/secrets/users] is new',
    'applied-live: the Secret zk-super is generated, unless it is there',
    'rest: NetworkPolicy zk: spec.ingress',
  ]);
});

test('no steward any more', () => {
  expect(zookeeperPlan({}, none)).toEqual([
    'applied-live!: nobody looks after the ensemble any more: the StatefulSet restarts members, the highest id first and whoever leads, and nobody changes the membership or makes what consumers asked for => see docs/steward.md#without-it for what is then to be done by hand',
    'rolling-restart: 3 members restart one at a time, by the StatefulSet, the highest id first and whoever leads: SERVER_JVMFLAGS is without @/run/zookeeper/jvm.options, volumes[users] is gone, initContainers[gate].volumeMounts[/secrets/users] is gone',
    'nothing: the generated Secret zk-super is not needed any more, and stays',
    'rest: NetworkPolicy zk: spec.ingress',
  ]);
});

test('a change without a steward', () => {
  expect(zookeeperPlan(none, { ...none, memory: G(2) })).toEqual([
    'rolling-restart: 3 members restart one at a time, by the StatefulSet, the highest id first and whoever leads: limits.memory 1Gi -> 2Gi, requests.memory 1Gi -> 2Gi, SERVER_JVMFLAGS -Xms614m -> -Xms1228m, ZK_SERVER_HEAP 614 -> 1228',
  ]);
});

test('more members without a steward', () => {
  expect(zookeeperPlan(none, { ...none, voters: 5, founders: 3 })).toEqual([
    'applied-live!: members zk-4 and zk-5 get pods and wait for a place that nobody gives by themselves, since there is no steward => give each its place by hand, one after the other: docs/steward.md#growing; founders must stay what the ensemble was formed with',
  ]);
});

test('fewer members without a steward', () => {
  expect(zookeeperPlan({ ...none, voters: 5 }, none)).toEqual([
    'outage!: members zk-4 and zk-5 end without having left the membership, since there is no steward: the ensemble counts members that do not exist, and may be without a majority => take them out of the membership before this is applied: docs/steward.md#shrinking',
  ]);
});

test('other founders', () => {
  expect(zookeeperPlan({ voters: 5 }, { voters: 5, founders: 3 })).toEqual([
    'nothing: founders 1, 2, 3, 4 and 5 become 1, 2 and 3, which matters only before the ensemble is marked as formed',
  ]);
});

test('another Node.js, of which the Job that generates Secrets is another one', () => {
  expect(zookeeperPlan({}, { nodeImage: 'node:24-bookworm-slim' })).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last: initContainers[gate].image 22-bookworm-slim -> 24-bookworm-slim',
    'applied-live: the steward restarts, which interrupts nothing: image 22-bookworm-slim -> 24-bookworm-slim',
  ]);
});

test('monitoring', () => {
  expect(zookeeperPlan({}, {}, [{}, { monitoring: 'prometheus-operator' }])).toEqual([
    'applied-live: what is scraped and alerts of zk change, and nothing restarts',
    'rest: NetworkPolicy zk: spec.ingress',
    'rest: NetworkPolicy zk-steward: spec.ingress',
  ]);
});

test('another cluster domain, which nobody knows the end of', () => {
  expect(zookeeperPlan({}, {}, [{}, { clusterDomain: 'other.local' }])).toEqual([
    'unknown: Deployment data/zk-steward: host of what the steward is told changes, and nobody knows what that does',
  ]);
});
