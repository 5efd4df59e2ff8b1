import { ApiObject, Duration, Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import {
  Credentials,
  Environment,
  type EnvironmentProps,
  ObjectStore,
  type S3Props,
  Storage,
} from '../../lib';
import { jobObjects } from '../../lib/etcd/etcd-jobs';
import { completeEtcd } from '../../lib/etcd/etcd-model';
import type { EtcdBackup, EtcdClusterProps, EtcdRehearsal } from '../../lib/etcd/etcd-props';
import { checkRestoredFounders, restoreParts } from '../../lib/etcd/etcd-restore';
import { scriptsConfigMap } from '../../lib/etcd/etcd-scripts';
import { type EtcdContext, statefulSet } from '../../lib/etcd/etcd-workload';
import { schemaProblems } from '../support/kubernetes-schema';
import { restrictedProblems } from '../support/pod-security';
import { chartIn, find, listing, podOf, type Rendered, rendered } from '../support/rendering';

const storage = { data: Size.gibibytes(10) };
const bucket = (props: Partial<S3Props> = {}) =>
  ObjectStore.s3({ bucket: 'backups', credentials: Credentials.existing('s3'), ...props });
const claim = Storage.existingClaim('backups');
const keys = { secretName: 's3', usernameKey: 'id', passwordKey: 'key' };
const login = { secretName: 'etcd-root', usernameKey: 'user', passwordKey: 'pass' };
const snapshot = '20260101T000000Z-1042.db';

/** What a cluster with these props has for its backups. */
function render(
  props: Partial<EtcdClusterProps>,
  change: Partial<EtcdContext> = {},
  environment: EnvironmentProps = {},
) {
  const chart = chartIn({ name: 'prod', ...environment });
  const context: EtcdContext = {
    environment: Environment.of(chart),
    labels: { app: 'etcd' },
    selector: { app: 'etcd' },
    images: { server: 'etcd:1', node: 'node:1', restore: 'rclone:1', backup: 'rclone:2' },
    credentials: { backup: keys, restore: keys },
    ...change,
  };
  const { model } = completeEtcd('etcd', 'data', { storage, ...props }, context.environment);
  for (const { id, manifest } of jobObjects(model, context)) new ApiObject(chart, id, manifest);
  const parts = restoreParts(model, context);
  if (props.restore) {
    new ApiObject(chart, 'servers', k8s.KubeStatefulSet.manifest(statefulSet(model, context, parts)));
  }
  const scripts = scriptsConfigMap(model, {});
  if (scripts) new ApiObject(chart, 'scripts', k8s.KubeConfigMap.manifest(scripts));
  const objects = rendered(chart);
  return { model, objects, find: (kind: string, name: string) => find(objects, kind, name) };
}

const backup = (props: Partial<EtcdBackup> = {}): Partial<EtcdClusterProps> => ({
  backup: { schedule: '0 3 * * *', to: bucket(), ...props },
});
const rehearsal = (props: Partial<EtcdRehearsal> = {}) =>
  backup({ rehearsal: { schedule: '@weekly', ...props } });
const secured = { tlsSecret: 'etcd-tls', credentials: { root: login, backup: keys, restore: keys } };

type Named = { name: string; env?: { name: string; value: string }[]; [field: string]: unknown };
// biome-ignore lint/suspicious/noExplicitAny: containers are walked through as they are on the wire
function container(object: Rendered, name: string): any {
  const { initContainers = [], containers } = podOf(object).spec;
  return [...initContainers, ...containers].find((each: Named) => each.name === name);
}
const variable = (object: Rendered, of: string, name: string) =>
  container(object, of).env.find((each: { name: string }) => each.name === name)?.value;

it.each([
  ['a backup', backup(), {}],
  ['a backup to a volume', backup({ to: claim }), {}],
  ['a rehearsal, all of it secured', rehearsal(), secured],
  ['a restore from a store', { restore: { from: bucket(), snapshot } }, {}],
  [
    'a restore from a volume onto two',
    { restore: { from: claim, snapshot }, storage: { ...storage, wal: Size.gibibytes(1) } },
    {},
  ],
])('%s is what Kubernetes takes, also where pods are restricted', (_, props, context) => {
  const { objects } = render(props as Partial<EtcdClusterProps>, context);
  expect(objects.length).toBeGreaterThan(0);
  expect(objects.flatMap(schemaProblems)).toEqual([]);
  expect(objects.flatMap(restrictedProblems)).toEqual([]);
});

describe('a backup', () => {
  it('is taken, looked at and uploaded by one Job at a time', () => {
    const { find, objects } = render(backup());
    const job = find('CronJob', 'etcd-backup');
    expect(listing(objects)).toEqual([
      'ConfigMap etcd-scripts',
      'CronJob etcd-backup',
      'NetworkPolicy etcd-backup',
    ]);
    expect(job.spec).toMatchObject({
      schedule: '0 3 * * *',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      jobTemplate: { spec: { backoffLimit: 3, activeDeadlineSeconds: 3600 } },
    });
    const pod = podOf(job).spec;
    expect(pod.initContainers.map(({ name, command }: Named) => [name, command])).toEqual([
      ['snapshot', ['node', '/program/etcd-gate.mjs', 'backup']],
      [
        'verify',
        ['/usr/local/bin/etcdutl', 'snapshot', 'status', '/backup/snapshot.db', '--write-out=table'],
      ],
    ]);
    expect(pod.containers.map(({ name, command }: Named) => [name, command])).toEqual([
      ['upload', ['/scripts/upload.sh']],
    ]);
    expect(podOf(job).metadata.labels).toMatchObject({ 'cdk8s-stateful/component': 'backup' });
    expect(Object.keys(find('ConfigMap', 'etcd-scripts').data)).toEqual(['upload.sh']);
  });

  it('asks every member, as root and by TLS where that is how they are asked', () => {
    const told = (object: Rendered) => JSON.parse(variable(object, 'snapshot', 'BACKUP'));
    const member = (id: number) => ({ host: `etcd-${id}.etcd-headless.data.svc.cluster.local`, port: 2379 });
    const plain = render(backup()).find('CronJob', 'etcd-backup');
    expect(told(plain)).toEqual({
      members: [member(0), member(1), member(2)],
      tls: false,
      authentication: false,
      directory: '/backup',
    });
    expect(podOf(plain).spec.volumes.map(({ name }: Named) => name)).toEqual([
      'backup',
      'tmp',
      'program',
      'scripts',
    ]);

    const job = render({ ...backup(), tls: {}, authentication: {} }, secured).find('CronJob', 'etcd-backup');
    expect(told(job)).toMatchObject({ tls: true, authentication: true });
    const mounts = [
      { name: 'tls', mountPath: '/secrets/tls', readOnly: true },
      { name: 'root', mountPath: '/secrets/root', readOnly: true },
    ];
    expect(container(job, 'snapshot').volumeMounts).toEqual(expect.arrayContaining(mounts));
    for (const other of ['verify', 'upload']) {
      expect(JSON.stringify(container(job, other))).not.toMatch(/secrets\/(root|tls)/);
    }
    expect(podOf(job).spec.volumes).toContainEqual({
      name: 'root',
      secret: {
        secretName: 'etcd-root',
        defaultMode: 0o440,
        items: [
          { key: 'user', path: 'username' },
          { key: 'pass', path: 'password' },
        ],
      },
    });
  });

  it('goes to the directory of the cluster, in a store or in a volume', () => {
    const target = (props: Partial<EtcdBackup>) => {
      const job = render(backup(props)).find('CronJob', 'etcd-backup');
      return variable(job, 'upload', 'TARGET');
    };
    expect(target({})).toBe('store:backups/prod/data/etcd');
    expect(target({ to: bucket({ prefix: 'mine' }) })).toBe('store:backups/mine');
    expect(target({ to: claim })).toBe('/target/prod/data/etcd');
    const job = render(backup({ to: claim })).find('CronJob', 'etcd-backup');
    expect(container(job, 'upload').volumeMounts).toContainEqual({ name: 'target', mountPath: '/target' });
    expect(container(job, 'upload').env.map(({ name }: Named) => name)).toEqual(['TARGET', 'KEEP']);
  });

  it('leaves a trace of what is said of it', () => {
    const job = render(
      backup({
        schedule: Duration.hours(6),
        maxBackups: 7,
        maxAge: Duration.days(30),
        timeout: Duration.minutes(90),
      }),
    ).find('CronJob', 'etcd-backup');
    expect(job.spec.schedule).toBe('0 */6 * * *');
    expect(job.spec.jobTemplate.spec.activeDeadlineSeconds).toBe(5400);
    expect(variable(job, 'upload', 'KEEP')).toBe('7');
    expect(variable(job, 'upload', 'MAX_AGE')).toBe(String(30 * 86_400));
    const before = render(backup()).find('CronJob', 'etcd-backup');
    expect(variable(before, 'upload', 'KEEP')).toBe('28');
    expect(variable(before, 'upload', 'MAX_AGE')).toBeUndefined();
  });

  it('has room for a snapshot of the whole quota', () => {
    const job = render({ ...backup(), quota: Size.gibibytes(8) }).find('CronJob', 'etcd-backup');
    expect(podOf(job).spec.volumes[0]).toEqual({ name: 'backup', emptyDir: { sizeLimit: '10304Mi' } });
    expect(container(job, 'snapshot').resources).toEqual({
      requests: { cpu: '20m', memory: '4352Mi', 'ephemeral-storage': '10304Mi' },
      limits: { memory: '4352Mi' },
    });
    expect(container(job, 'verify').resources.limits).toEqual({ memory: '4352Mi' });
    expect(container(job, 'upload').resources.requests['ephemeral-storage']).toBe('10304Mi');
  });

  it('reaches members and the store, and nobody reaches it', () => {
    const policy = (props: Partial<EtcdBackup>) =>
      render(backup(props)).find('NetworkPolicy', 'etcd-backup').spec;
    const selector = (component: string) => ({
      matchLabels: { 'cdk8s-stateful/cluster': 'etcd', 'cdk8s-stateful/component': component },
    });
    const [members, dns, store, ...more] = policy({ to: bucket({ endpoint: 'http://minio:9000' }) }).egress;
    expect(members).toEqual({
      to: [{ podSelector: selector('server') }],
      ports: [{ port: 2379, protocol: 'TCP' }],
    });
    expect(dns.ports).toHaveLength(2);
    expect([store, ...more]).toEqual([{ ports: [{ port: 9000, protocol: 'TCP' }] }]);
    expect(policy({ to: claim }).egress).toHaveLength(2);
    expect(policy({})).toMatchObject({
      podSelector: selector('backup'),
      policyTypes: ['Ingress', 'Egress'],
    });
    expect(policy({})).not.toHaveProperty('ingress');
  });

  it('is not there where nobody asked for it', () => {
    expect(render({}).objects).toEqual([]);
  });
});

describe('a rehearsal', () => {
  const job = (props: Partial<EtcdRehearsal> = {}, context: Partial<EtcdContext> = {}) =>
    render(rehearsal(props), context).find('CronJob', 'etcd-rehearsal');

  it('restores the newest backup into a member beside the check, which nobody else can reach', () => {
    const pod = podOf(job()).spec;
    expect(pod.restartPolicy).toBe('Never');
    expect(
      pod.initContainers.map(({ name, image, restartPolicy }: Named) => [name, image, restartPolicy]),
    ).toEqual([
      ['download', 'rclone:2', undefined],
      ['restore', 'etcd:1', undefined],
      ['etcd', 'etcd:1', 'Always'],
    ]);
    expect(container(job(), 'download')).toMatchObject({
      command: ['/scripts/download.sh'],
      env: expect.arrayContaining([
        { name: 'SOURCE', value: 'store:backups/prod/data/etcd' },
        { name: 'DIRECTORY', value: '/restore' },
      ]),
    });
    expect(container(job(), 'restore').command).toEqual([
      '/usr/local/bin/etcdutl',
      'snapshot',
      'restore',
      '/restore/snapshot.db',
      '--name=rehearsal',
      '--initial-cluster=rehearsal=http://127.0.0.1:2380',
      '--initial-cluster-token=rehearsal',
      '--initial-advertise-peer-urls=http://127.0.0.1:2380',
      '--data-dir=/restore/restored',
      '--bump-revision=1000000000',
      '--mark-compacted',
    ]);
    const { command } = container(job(), 'etcd');
    for (const flag of command.filter((each: string) => each.startsWith('--listen')))
      expect(flag).toMatch(/=http:\/\/127\.0\.0\.1:\d+$/);
    expect(command).toContain('--data-dir=/restore/restored');
    expect(container(job(), 'check')).toMatchObject({
      image: 'node:1',
      command: ['node', '/program/etcd-gate.mjs', 'check-restore'],
    });
    expect(JSON.parse(variable(job(), 'check', 'REHEARSAL'))).toEqual({
      member: { host: '127.0.0.1', port: 2379 },
      authentication: false,
      directory: '/restore',
    });
  });

  it('leaves a trace of what is said of it', () => {
    expect(job().spec.schedule).toBe('@weekly');
    expect(container(job(), 'etcd').resources.limits).toEqual({ memory: '3584Mi' });
    const small = job({ schedule: Duration.hours(24), memory: Size.gibibytes(1) });
    expect(small.spec.schedule).toBe('0 0 * * *');
    expect(container(small, 'etcd').resources.limits).toEqual({ memory: '1Gi' });
    expect(container(small, 'etcd').env).toEqual([{ name: 'GOMEMLIMIT', value: '921MiB' }]);
  });

  it('has the login of root for users that are restored, and no other secret', () => {
    const { volumes } = podOf(job({}, secured)).spec;
    expect(volumes.filter((each: object) => 'secret' in each).map(({ name }: Named) => name)).toEqual([
      'root',
    ]);
    expect(JSON.parse(variable(job({}, secured), 'check', 'REHEARSAL')).authentication).toBe(true);
  });

  it('only reads where backups are, and reaches nothing but the store', () => {
    const { find } = render(backup({ to: claim, rehearsal: { schedule: '@weekly' } }));
    expect(container(find('CronJob', 'etcd-rehearsal'), 'download').volumeMounts).toContainEqual({
      name: 'target',
      mountPath: '/target',
      readOnly: true,
    });
    const policy = render(rehearsal()).find('NetworkPolicy', 'etcd-rehearsal').spec;
    expect(policy.egress).toHaveLength(2);
    expect(policy.egress[1]).toEqual({ ports: [{ port: 443, protocol: 'TCP' }] });
    expect(Object.keys(find('ConfigMap', 'etcd-scripts').data)).toEqual(['download.sh', 'upload.sh']);
  });
});

describe('a restore', () => {
  const pod = (props: Partial<EtcdClusterProps> = {}) =>
    render({ restore: { from: bucket(), snapshot }, ...props }).find('StatefulSet', 'etcd');

  it('goes before the gate, step by step', () => {
    const names = podOf(pod()).spec.initContainers.map(({ name, image }: Named) => [name, image]);
    expect(names).toEqual([
      ['prepare', 'node:1'],
      ['download', 'rclone:1'],
      ['restore', 'etcd:1'],
      ['gate', 'node:1'],
    ]);
    expect(container(pod(), 'prepare').command).toEqual([
      'node',
      '/program/etcd-gate.mjs',
      'prepare-restore',
    ]);
    const mounts = container(pod(), 'prepare').volumeMounts.map(
      ({ mountPath }: Named & { mountPath: string }) => mountPath,
    );
    expect(mounts).toEqual(['/var/lib/etcd', '/restore', '/config', '/program', '/formed']);
  });

  it('fetches the backup that is named, by the plan', () => {
    const env = (props: Partial<EtcdClusterProps>) =>
      Object.fromEntries(
        container(pod(props), 'download').env.map(({ name, value }: { name: string; value: string }) => [
          name,
          value,
        ]),
      );
    expect(env({})).toMatchObject({
      PLAN: '/restore/plan',
      SOURCE: 'store:backups/prod/data/etcd',
      SNAPSHOT: snapshot,
      DIRECTORY: '/var/lib/etcd/restore',
    });
    expect(env({ restore: { from: claim, snapshot: `dev/other/${snapshot}` } })).toMatchObject({
      SOURCE: '/target/dev/other',
      SNAPSHOT: snapshot,
    });
  });

  it('makes a member of a new cluster of it, with revisions that nobody has seen', () => {
    const url = (id: string) => `http://${id}.etcd-headless.data.svc.cluster.local:2380`;
    expect(container(pod(), 'restore').command).toEqual([
      '/usr/local/bin/etcdutl',
      'snapshot',
      'restore',
      '/restore/snapshot.db',
      '--name=$(POD_NAME)',
      `--initial-cluster=etcd-0=${url('etcd-0')},etcd-1=${url('etcd-1')},etcd-2=${url('etcd-2')}`,
      `--initial-cluster-token=prod/data/etcd/${snapshot}`,
      `--initial-advertise-peer-urls=${url('$(POD_NAME)')}`,
      '--data-dir=/restore/target/restored',
      '--bump-revision=1000000000',
      '--mark-compacted',
    ]);
    const secure = container(
      pod({
        tls: {},
        storage: { ...storage, wal: Size.gibibytes(1) },
        restore: { from: bucket(), snapshot, token: 't' },
      }),
      'restore',
    );
    expect(secure.command).toContain('--initial-cluster-token=t');
    expect(secure.command).toContain('--wal-dir=/restore/target-wal/restored');
    expect(secure.command.join(' ')).not.toContain('http://');
    expect(secure.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
      '/var/lib/etcd',
      '/var/lib/etcd-wal',
      '/restore',
    ]);
  });

  it('is only of a cluster in which all are founders', () => {
    const restore = { from: bucket(), snapshot };
    const check = (props: Partial<EtcdClusterProps>) =>
      checkRestoredFounders(render({ restore, ...props }).model);
    expect(check({})).toEqual([]);
    expect(check({ members: 1, founders: 3 })).toEqual([]);
    expect(checkRestoredFounders(render({ members: 5, founders: 3 }).model)).toEqual([]);
    expect(check({ members: 5, founders: 3 })).toEqual([
      {
        code: 'etcd/restore',
        message:
          'restore: only the 3 founders of 5 members can start from a backup, which is long done where members were added since; leave restore out',
      },
    ]);
  });
});
