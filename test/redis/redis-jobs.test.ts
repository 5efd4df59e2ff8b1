import { Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Credentials, ObjectStore, Storage } from '../../lib';
import type { RedisBackup, RedisRestore } from '../../lib/redis/redis-backup-props';
import type { RedisBackupSettings } from '../../lib/redis/tasks/settings';
import { podOf } from '../support/rendering';
import { cluster, replication, standalone } from './rendering';

const store = ObjectStore.s3({
  bucket: 'b',
  endpoint: 'https://minio:9000',
  credentials: Credentials.existing('s3'),
});
const BACKUP: RedisBackup = { schedule: Duration.hours(6), to: store };

// biome-ignore lint/suspicious/noExplicitAny: what is rendered has no type
type Any = any;

function jobOf(made: ReturnType<typeof replication> | ReturnType<typeof cluster>) {
  const cronJob: Any = made.find('CronJob', 'redis-backup');
  const pod: Any = cronJob.spec.jobTemplate.spec.template.spec;
  const containers: Any[] = [...pod.initContainers, ...pod.containers];
  const of = (name: string): Any => containers.find((each) => each.name === name);
  const env = (name: string) =>
    Object.fromEntries(of(name).env.map((each: Any) => [each.name, each.value])) as Record<string, string>;
  return { cronJob, pod, containers, of, env };
}

describe('a backup', () => {
  it('chooses, takes, verifies and uploads, each with the image that has the tool', () => {
    const { cronJob, pod, containers, env } = jobOf(replication({ backup: BACKUP }));
    expect(cronJob.spec).toMatchObject({ schedule: '0 */6 * * *', concurrencyPolicy: 'Forbid' });
    expect(containers.map(({ name, image }) => [name, image])).toEqual([
      ['choose', 'node:22-bookworm-slim'],
      ['take', 'redis:8.2'],
      ['verify', 'node:22-bookworm-slim'],
      ['upload', 'rclone/rclone:1.75.2'],
    ]);
    expect(containers.map(({ command }) => command.at(-1))).toEqual([
      'choose-sources',
      '/scripts/take.sh',
      'verify-backup',
      '/scripts/upload.sh',
    ]);
    // A backup that fails begins anew, with servers as they are then.
    expect(pod.restartPolicy).toBe('Never');
    const settings = JSON.parse(env('choose').BACKUP) as RedisBackupSettings;
    expect(settings).toEqual({
      topology: 'replication',
      servers: [0, 1, 2].map((at) => ({
        pod: `redis-${at}`,
        shard: 0,
        host: `redis-${at}.redis-headless.data.svc.cluster.local`,
        port: 6379,
      })),
      tls: false,
      directory: '/backup',
    });
    expect(env('verify').BACKUP).toBe(env('choose').BACKUP);
    expect(env('take')).toEqual({ CLI: 'redis-cli', CHECK: 'redis-check-rdb' });
    expect(env('upload')).toMatchObject({ TARGET: 'store:b/test/data/redis', KEEP: '28' });
    expect(env('upload').MAX_AGE).toBeUndefined();
  });

  it('has no password of the steward, and the scripts as they are in the package', () => {
    const made = replication({ backup: BACKUP, tls: { secret: 'keys' } });
    const { pod, env, of } = jobOf(made);
    const volumes = pod.volumes.map(({ name }: Any) => name);
    expect(volumes).toEqual(['backup', 'tmp', 'program', 'scripts', 'tls', 'internal']);
    expect(env('take').TLS).toBe('true');
    for (const name of ['choose', 'take', 'verify'])
      expect(of(name).volumeMounts.map(({ mountPath }: Any) => mountPath)).toContain('/secrets/internal');
    expect(of('upload').volumeMounts.map(({ mountPath }: Any) => mountPath)).toEqual([
      '/backup',
      '/scripts',
      '/tmp',
    ]);
    const scripts: Any = made.find('ConfigMap', 'redis-scripts');
    expect(Object.keys(scripts.data)).toEqual(expect.arrayContaining(['take.sh', 'upload.sh']));
  });

  it('takes what is given', () => {
    const given = {
      ...BACKUP,
      schedule: '30 3 * * *',
      maxBackups: 7,
      maxAge: Duration.days(30),
      timeout: Duration.minutes(10),
      image: 'mirror/rclone:1',
    };
    const { cronJob, env, of } = jobOf(replication({ backup: given }));
    expect(cronJob.spec.schedule).toBe('30 3 * * *');
    expect(cronJob.spec.jobTemplate.spec.activeDeadlineSeconds).toBe(600);
    expect(env('upload')).toMatchObject({ KEEP: '7', MAX_AGE: '2592000' });
    expect(of('upload').image).toBe('mirror/rclone:1');
  });

  it('of a Redis Cluster has every shard, and room for all of them', () => {
    const of = (shards: number) => jobOf(cluster({ backup: BACKUP, shards, maxmemory: Size.mebibytes(100) }));
    const { env, pod } = of(5);
    const { servers, topology } = JSON.parse(env('choose').BACKUP) as RedisBackupSettings;
    expect(topology).toBe('cluster');
    expect(servers.map(({ shard }) => shard)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    const limit = (volumes: Any[]) => volumes.find(({ name }) => name === 'backup').emptyDir.sizeLimit;
    expect([limit(of(3).pod.volumes), limit(pod.volumes)]).toEqual(['394Mi', '614Mi']);
  });

  it('reaches servers and the store, and nobody reaches it', () => {
    const made = replication({ backup: BACKUP });
    const policy: Any = made.find('NetworkPolicy', 'redis-backup');
    expect(policy.spec.podSelector.matchLabels).toMatchObject({ 'cdk8s-stateful/component': 'backup' });
    expect(policy.spec.ingress ?? []).toEqual([]);
    const ports = policy.spec.egress.map((rule: Any) => rule.ports.map(({ port }: Any) => port));
    expect(ports).toEqual([[6379], [53, 53], [9000]]);
    const servers: Any = made.find('NetworkPolicy', 'redis');
    expect(JSON.stringify(servers.spec.ingress)).toContain('"cdk8s-stateful/component":"backup"');
  });

  it('is not there where none is wanted', () => {
    const kinds = replication()
      .objects()
      .map(({ kind }) => kind);
    expect(kinds).not.toContain('CronJob');
  });
});

describe('a restore', () => {
  const RESTORE: RedisRestore = { from: store, backup: '20260101T000000Z' };

  function initOf(made: ReturnType<typeof replication>, set = 'redis') {
    const pod: Any = podOf(made.find('StatefulSet', set)).spec;
    return { pod, init: pod.initContainers as Any[] };
  }

  it('comes before the gate, and is decided in the pod', () => {
    const { pod, init } = initOf(replication({ restore: RESTORE }));
    expect(init.map(({ name, command }) => [name, command.at(-1)])).toEqual([
      ['prepare', 'prepare-restore'],
      ['download', '/scripts/download.sh'],
      ['adopt', 'adopt-restore'],
      ['gate', 'gate'],
    ]);
    const env = Object.fromEntries(init[1].env.map(({ name, value }: Any) => [name, value]));
    expect(env).toMatchObject({
      PLAN: '/run/redis/restore-plan',
      SOURCE: 'store:b/test/data/redis',
      BACKUP: '20260101T000000Z',
      DIRECTORY: '/data/restore',
    });
    const mounted = init.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }: Any) => name));
    const volumes = pod.volumes.map(({ name }: Any) => name);
    expect(volumes).toEqual([...new Set(volumes)]);
    for (const name of mounted) expect([...volumes, 'data']).toContain(name);
  });

  it('takes a backup of another place by its directory', () => {
    const from = ObjectStore.s3({ bucket: 'b', prefix: 'backups', credentials: Credentials.existing('s3') });
    const { init } = initOf(replication({ restore: { from, backup: 'prod/shop/redis/20260101T000000Z' } }));
    const env = Object.fromEntries(init[1].env.map(({ name, value }: Any) => [name, value]));
    expect(env).toMatchObject({ SOURCE: 'store:b/backups/prod/shop/redis', BACKUP: '20260101T000000Z' });
  });

  it('reads a volume, and writes nothing there', () => {
    const from = Storage.existingClaim('backups');
    const { pod, init } = initOf(replication({ restore: { from, backup: '20260101T000000Z' } }));
    expect(init[1].volumeMounts).toContainEqual({ name: 'target', mountPath: '/target', readOnly: true });
    expect(pod.volumes.map(({ name }: Any) => name)).toContain('target');
  });
});

describe('what is wrong with backups', () => {
  it.each([
    [{ maxBackups: 0 }, 'backup.maxBackups: 0; give a whole number from 1'],
    [{ maxAge: Duration.minutes(5) }, 'backup.maxAge: 5 minutes; give at least an hour, or leave it out'],
    [{ timeout: Duration.seconds(5) }, 'backup.timeout: 5 seconds; give at least a minute'],
    [{ alertAfter: Duration.seconds(5) }, 'backup.alertAfter: 5 seconds; give at least a minute'],
    [
      { schedule: Duration.minutes(7) },
      'backup.schedule: every 7 minutes divides neither the hour nor the day; give an interval that does, or a cron expression',
    ],
    [
      { to: Storage.emptyDir() },
      'backup.to: an emptyDir is gone with the pod that wrote to it; use ObjectStore.s3, Storage.existingClaim or Storage.nfs',
    ],
  ])('is told: %j', (more, message) => {
    expect(replication({ backup: { ...BACKUP, ...more } }).problems.join('\n')).toContain(message);
  });

  it.each([
    [
      { backup: 'latest' },
      {},
      'restore.backup: "latest" is not the name of a backup; give its time, such as 20261121T180000Z, with its directory in the store unless it is the deployment\'s own',
    ],
    [
      {},
      { persistence: 'none' },
      "restore: persistence is 'none', and what is restored would be gone with the first restart; give another, or leave restore out",
    ],
  ] as const)('is told of a restore: %j %j', (more, props, message) => {
    const restore = { from: store, backup: '20260101T000000Z', ...more };
    expect(standalone({ ...props, restore }).problems.join('\n')).toContain(message);
  });

  it('is told of a Redis Cluster whose nodes would come back with what is in the backup', () => {
    const restore = { from: store, backup: '20260101T000000Z' };
    const scratch = { storage: Storage.emptyDir(), restore };
    expect(cluster(scratch, { durability: 'development' }).problems.join('\n')).toContain(
      'restore: storage is an emptyDir, and each node whose pod is replaced would come back with what is in the backup; keep data on a volume, or leave restore out',
    );
    expect(standalone(scratch, { durability: 'development' }).problems).toEqual([]);
  });

  it('is nothing where all is well', () => {
    const restore = { from: store, backup: 'prod/shop/redis/20260101T000000Z' };
    expect(replication({ backup: BACKUP, restore }).problems).toEqual([]);
  });
});
