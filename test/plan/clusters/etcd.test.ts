import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { Credentials, EtcdVersion, ObjectStore } from '../../../lib';
import { etcdPlan, existing, issuer, none, renamed } from './planned';

const G = Size.gibibytes;
const secrets = existing('keys');
const credentials = Credentials.existing('keys');
const store = ObjectStore.s3({ bucket: 'backups', credentials });
const elsewhere = ObjectStore.s3({ bucket: 'other', credentials });
const backup = { schedule: Duration.hours(1), to: store };
const snapshot = 'prod/registry/etcd/20260101T000000Z-1042.db';
const forceNewCluster = { member: 1, confirm: 'cdf818194e3a8c32' };
const user = (name: string, ...roles: string[]) => ({ name, roles, credentials: Credentials.generated() });
const before = {
  roles: {
    editor: [{ access: 'readwrite' as const, prefix: '/a/' }],
    reader: [{ access: 'read' as const, prefix: '' }],
  },
  users: [user('alice', 'editor', 'reader'), user('bob', 'reader')],
};
const after = {
  roles: {
    editor: [{ access: 'read' as const, prefix: '/a/' }],
    writer: [{ access: 'write' as const, key: '/b' }],
  },
  users: [user('alice', 'editor', 'writer'), user('carl', 'writer')],
};

test('an unchanged cluster', () => {
  expect(etcdPlan({}, {})).toEqual([]);
});

test('more members', () => {
  expect(etcdPlan({}, { members: 5 })).toEqual([
    'applied-live: members etcd-3 and etcd-4 come one after the other: each gets a pod and a volume, is invited as a learner, copies the data, and is promoted once it is in step; nobody restarts for that',
  ]);
});

test('fewer members', () => {
  expect(etcdPlan({ members: 5 }, {})).toEqual([
    'applied-live: members etcd-3 and etcd-4 leave one at a time, the leader last: out of the membership first, then the pod; claims stay',
  ]);
});

test('more members without a steward', () => {
  expect(etcdPlan(none, { ...none, members: 5, founders: 3 })).toEqual([
    'applied-live!: members etcd-3 and etcd-4 get pods and wait for a place that nobody gives by themselves, since there is no steward => give each its place by hand, one after the other: docs/steward.md#etcd-by-hand; founders must stay what the cluster was formed with',
  ]);
});

test('the next minor', () => {
  expect(etcdPlan({ version: EtcdVersion.V3_5_33 }, {})).toEqual([
    'applied-live!: once all members run 3.6.14, the cluster takes up 3.6, and goes back only after etcdctl downgrade enable => make a backup before',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: image v3.5.33 -> v3.6.14, experimental-compact-hash-check-enabled is gone, experimental-initial-corrupt-check is gone, feature-gates CompactHashCheck=true,InitialCorruptCheck=true is new and 1 more',
  ]);
});

test('another patch', () => {
  expect(
    etcdPlan({}, { version: EtcdVersion.custom('3.6.15', 'gcr.io/etcd-development/etcd:v3.6.15') }),
  ).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: image v3.6.14 -> v3.6.15',
  ]);
});

test('a minor that is skipped', () => {
  expect(
    etcdPlan(
      { version: EtcdVersion.V3_5_33 },
      { version: EtcdVersion.custom('3.7.0', 'gcr.io/etcd-development/etcd:v3.7.0') },
    ),
  ).toEqual([
    'refused!: the steward restarts nobody: members run 3.5.33, and 3.7.0 was applied: etcd is upgraded by one minor at a time => Apply a release of 3.6 first, and go on from there once all members run it: https://etcd.io/docs/latest/upgrades/',
    'nothing: no roll gets through before that is settled; changed in pods: image v3.5.33 -> v3.7.0, experimental-compact-hash-check-enabled is gone, experimental-initial-corrupt-check is gone, feature-gates CompactHashCheck=true,InitialCorruptCheck=true is new and 1 more',
  ]);
});

test('a minor that is not reached from there', () => {
  expect(
    etcdPlan({ version: EtcdVersion.custom('3.5.9', 'gcr.io/etcd-development/etcd:v3.5.9') }, {}),
  ).toEqual([
    'refused!: the steward restarts nobody: members run 3.5.9, and 3.6.14 was applied: 3.6 is reached from 3.5.32 or a later release of 3.5 only => Apply 3.5.32 or a later release of 3.5 first, and 3.6.14 once all members run it: https://etcd.io/docs/latest/upgrades/',
    'nothing: no roll gets through before that is settled; changed in pods: image v3.5.9 -> v3.6.14, experimental-compact-hash-check-enabled is gone, experimental-initial-corrupt-check is gone, feature-gates CompactHashCheck=true,InitialCorruptCheck=true is new and 1 more',
  ]);
});

test('the minor before', () => {
  expect(etcdPlan({}, { version: EtcdVersion.V3_5_33 })).toEqual([
    'refused!: the steward restarts nobody: members run 3.6.14, and 3.5.33 was applied: a cluster that has taken up 3.6 does not go back to 3.5 by a restart => Apply a release of 3.6 again. To go back all the same, make a backup and let the cluster know with etcdctl downgrade enable 3.5, after which members are restarted as usual: https://etcd.io/docs/latest/downgrades/',
    'nothing: no roll gets through before that is settled; changed in pods: image v3.6.14 -> v3.5.33, experimental-compact-hash-check-enabled true is new, experimental-initial-corrupt-check true is new, feature-gates is gone and 1 more',
  ]);
});

test('the minor before, without a steward', () => {
  expect(etcdPlan(none, { ...none, version: EtcdVersion.V3_5_33 })).toEqual([
    'refused!: the gate of the first member that restarts does not let it start, and the others go on: members run 3.6.14, and 3.5.33 was applied: a cluster that has taken up 3.6 does not go back to 3.5 by a restart => Apply a release of 3.6 again. To go back all the same, make a backup and let the cluster know with etcdctl downgrade enable 3.5, after which members are restarted as usual: https://etcd.io/docs/latest/downgrades/',
    'nothing: no roll gets through before that is settled; changed in pods: image v3.6.14 -> v3.5.33, experimental-compact-hash-check-enabled true is new, experimental-initial-corrupt-check true is new, feature-gates is gone and 1 more',
  ]);
});

test('a larger quota', () => {
  expect(etcdPlan({}, { quota: G(4) })).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: quota-backend-bytes 2147483648 -> 4294967296, limits.memory 3584Mi -> 6656Mi, requests.memory 3584Mi -> 6656Mi, GOMEMLIMIT 3225MiB -> 5990MiB and 1 more',
  ]);
});

test('a smaller quota', () => {
  expect(etcdPlan({ quota: G(4) }, {})).toEqual([
    'applied-live!: the quota goes down from 4 GiB to 2 GiB: if the database of a member is larger, etcd refuses all writes => look at the size of the database (DB SIZE of etcdctl endpoint status) before',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: quota-backend-bytes 4294967296 -> 2147483648, limits.memory 6656Mi -> 3584Mi, requests.memory 6656Mi -> 3584Mi, GOMEMLIMIT 5990MiB -> 3225MiB and 1 more',
  ]);
});

test('compaction', () => {
  expect(etcdPlan({}, { compaction: { mode: 'periodic', retention: Duration.minutes(30) } })).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: auto-compaction-retention 1h -> 30m',
  ]);
});

test('the log level', () => {
  expect(etcdPlan({}, { logLevel: 'debug' })).toEqual([
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: log-level info -> debug',
  ]);
});

test('TLS among members', () => {
  expect(etcdPlan({ tls: { peers: false } }, { tls: {} }, issuer)).toEqual([
    'outage!: members are to talk TLS among themselves, and are known by addresses with http: the first member that restarts finds nobody, and the others wait for it => keep tls.peers as it was when the cluster was made (peers: false)',
    'nothing: no roll gets through before that is settled; changed in pods: listen-peer-urls http://0.0.0.0:2380 -> https://0.0.0.0:2380, peer-transport-security.allowed-hostname etcd-headless.data.svc.cluster.local is new, peer-transport-security.cert-file /secrets/peer/tls.crt is new, peer-transport-security.client-cert-auth true is new and 5 more',
    'applied-live: a certificate for servers is made, in the Secret etcd-peer-tls',
  ]);
});

test('TLS for clients', () => {
  expect(etcdPlan({ tls: { clients: false } }, { tls: {} }, issuer)).toEqual([
    'outage!: clients are to talk TLS: the steward asks in the new way alone and waits, and a member talks either one or the other, so that clients lose those that do not talk as they do => delete one pod after the other by hand, each when the one before is ready, together with the clients: docs/etcd.md#tls',
    'nothing: no roll gets through before that is settled; changed in pods: client-transport-security.cert-file /secrets/tls/tls.crt is new, client-transport-security.client-cert-auth true is new, client-transport-security.key-file /secrets/tls/tls.key is new, client-transport-security.trusted-ca-file /secrets/tls/ca.crt is new and 7 more',
    'applied-live: a certificate for servers is made, in the Secret etcd-tls',
  ]);
});

test('certificates that clients have to show', () => {
  expect(etcdPlan({ tls: { clientAuthentication: 'none' } }, { tls: {} }, issuer)).toEqual([
    'outage!: clients have to show a certificate: those without one are refused by every member that was restarted => give every client its certificate first: grantAccess has one made',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: client-transport-security.client-cert-auth true is new, client-transport-security.trusted-ca-file /secrets/tls/ca.crt is new, ETCDCTL_CERT is new, ETCDCTL_KEY is new',
  ]);
});

test('certificates that clients need not show any more', () => {
  expect(etcdPlan({ tls: {} }, { tls: { clientAuthentication: 'none' } }, issuer)).toEqual([
    'applied-live!: clients need no certificate any more, and whoever reaches the port is let in without one',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: client-transport-security.client-cert-auth is gone, client-transport-security.trusted-ca-file is gone, ETCDCTL_CERT is gone, ETCDCTL_KEY is gone',
  ]);
});

test('another name in the certificate', () => {
  expect(etcdPlan({ tls: {} }, { tls: { dnsNames: ['etcd.example.com'] } }, issuer)).toEqual([
    'applied-live: servers get another certificate (other names), and use it within two minutes without a restart',
  ]);
});

test('authentication', () => {
  expect(etcdPlan({}, { authentication: {} })).toEqual([
    'outage!: authentication is switched on once roles and users are there: from then on clients without a login are refused => give every client its login before (grantAccess): a client that has one already goes on',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: auth-token jwt,priv-key=/secrets/token/password,sign-method=HS256,ttl=… is new, volumeMounts[/secrets/token] is new, volumes[token] is new',
    'applied-live: the Secrets etcd-root, etcd-token are generated, unless they are there',
  ]);
});

test('no authentication any more', () => {
  expect(etcdPlan({ authentication: {} }, {})).toEqual([
    'outage!: authentication stays on, since taking the prop away switches nothing off; the steward has no login any more, and can neither change the membership nor look after users => keep authentication, or switch it off before: etcdctl auth disable',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: auth-token is gone, volumeMounts[/secrets/token] is gone, volumes[token] is gone',
    'nothing: the generated Secrets etcd-root, etcd-token are not needed any more, and stay',
  ]);
});

test('users and roles', () => {
  expect(etcdPlan({ authentication: before }, { authentication: after })).toEqual([
    'applied-live: user of Secret etcd-user-carl is made, with the role writer',
    'outage!: user of Secret etcd-user-bob is removed, if it was made here: clients that log in as it are refused => see that nobody logs in as it any more',
    'applied-live: user of Secret etcd-user-alice gets the role writer',
    'outage!: user of Secret etcd-user-alice loses the role reader, and is refused what only that allowed => see that nobody needs it any more',
    'outage!: role editor may no longer: write /a/*; whoever has it is refused that => see that nobody needs it any more',
    'outage!: role reader is removed, if it was made here: whoever has it may no longer: read all keys => see that nobody has it any more',
    'applied-live: role writer may from now on: write /b',
    'applied-live: the Secret etcd-user-carl is generated, unless it is there',
    'nothing: the generated Secret etcd-user-bob is not needed any more, and stays',
  ]);
});

test('a new cluster of what one member has', () => {
  expect(etcdPlan({}, { forceNewCluster })).toEqual([
    'data-lost!: a new cluster is made of what etcd-1 has, once its pod is deleted by hand: what it had not got is lost, and no other member starts meanwhile; nobody is restarted for it => bring a majority back, or restore the newest backup into a cluster of another name: docs/etcd.md#a-majority-is-lost-for-good',
    'nothing: no roll gets through before that is settled; changed in pods: what servers read when they start, containers[unforce] is new',
  ]);
});

test('a new cluster that has been made', () => {
  expect(etcdPlan({ forceNewCluster }, {})).toEqual([
    'applied-live!: forceNewCluster is over: the other members are invited one after the other on empty disks, and what is on volumes of theirs is wiped => see first that the status says that etcd-1 is all there is of the cluster, and that its pod was deleted once more since',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: what servers read when they start, containers[unforce] is gone',
  ]);
});

test('a backup for a cluster that exists', () => {
  expect(etcdPlan({}, { restore: { from: store, snapshot } }, secrets)).toEqual([
    'nothing!: the backup prod/registry/etcd/20260101T000000Z-1042.db is not restored: the cluster exists, and nothing is ever restored over data => give restore to a cluster of another name, or delete the StatefulSet and its claims before: docs/etcd.md#restore',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: initContainers[download] is new, initContainers[prepare] is new, initContainers[restore] is new, volumes[scripts] is new and 2 more',
    'rest: NetworkPolicy etcd: spec.egress',
  ]);
});

test('a backup that was restored', () => {
  expect(etcdPlan({ restore: { from: store, snapshot } }, {}, secrets)).toEqual([
    'nothing: the backup prod/registry/etcd/20260101T000000Z-1042.db is not named any more; what was restored stays',
    'rolling-restart: 3 members restart one at a time, the highest id first, the leader last and after it has handed over: initContainers[download] is gone, initContainers[prepare] is gone, initContainers[restore] is gone, volumes[scripts] is gone and 2 more',
    'rest: NetworkPolicy etcd: spec.egress',
  ]);
});

test('another name of the environment', () => {
  expect(etcdPlan({}, {}, [{}, renamed])).toEqual([
    "outage!: the token of the cluster changes from test/data/etcd to renamed/data/etcd: members are let in while others serve that know them, and refuse their disks once all of them were down at the same time => take back what was changed of the environment's name",
  ]);
});

test('defragmentation at a time', () => {
  expect(etcdPlan({}, { defragmentation: { schedule: '0 4 * * 0' } })).toEqual([
    'applied-live: members are defragmented where 50 % of a file of 100 MiB or more is free, and at 0 4 * * 0',
  ]);
});

test('no defragmentation', () => {
  expect(etcdPlan({}, { defragmentation: false })).toEqual([
    'applied-live: members are not defragmented by themselves any more, unless no space is left',
  ]);
});

test('a steward for a running cluster', () => {
  expect(etcdPlan(none, {})).toEqual([
    'applied-live: a steward looks after the cluster from now on: it restarts servers, and brings members where the manifests want them',
    'outage!: replicas: 3 is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one member end, until the steward puts the number back, some seconds to a minute later; no data is lost => hand the field over before this is applied: docs/steward.md#turning-it-on-for-a-running-ensemble',
    'rest: NetworkPolicy etcd: spec.ingress',
  ]);
});

test('no steward any more', () => {
  expect(etcdPlan({}, none)).toEqual([
    'applied-live!: nobody looks after the cluster any more: the StatefulSet restarts members, the highest id first and whoever leads, and nobody changes the membership or makes what consumers asked for => see docs/steward.md#without-it for what is then to be done by hand',
    'rest: NetworkPolicy etcd: spec.ingress',
  ]);
});

test('a volume for the log', () => {
  expect(etcdPlan({}, { storage: { data: G(10), wal: G(4) } })).toEqual([
    'refused!: the volume wal (4Gi) of etcd is new among the claim templates: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile => keep what there is, or make a cluster of another name and copy the data',
  ]);
});

test('no volume for the log any more', () => {
  expect(etcdPlan({ storage: { data: G(10), wal: G(4) } }, {})).toEqual([
    'data-lost!: the volume wal (4Gi) of etcd is gone from the claim templates: the API server refuses it, since claim templates never change, and with it all else of this StatefulSet; the steward waits meanwhile. Whoever recreates the StatefulSet to get it through leaves these volumes and what they hold behind => keep what there is, or make a cluster of another name and copy the data',
  ]);
});

test('backups and rehearsals', () => {
  expect(etcdPlan({}, { backup: { ...backup, rehearsal: { schedule: '0 5 * * 1' } } }, secrets)).toEqual([
    'applied-live: backups of etcd are made (0 */1 * * *)',
    'applied-live: the newest backup is restored into a member that is thrown away (0 5 * * 1)',
    'rest: NetworkPolicy etcd: spec.ingress',
  ]);
});

test('fewer backups, elsewhere', () => {
  expect(etcdPlan({ backup }, { backup: { ...backup, maxBackups: 5, to: elsewhere } }, secrets)).toEqual([
    'data-lost!: only the newest 5 backups are kept instead of 28: older ones are removed with the next backup => copy those that are to be kept',
    'applied-live: backups go to store:other/test/data/etcd instead of store:backups/test/data/etcd: those there stay, and nobody removes old ones any more',
  ]);
});
