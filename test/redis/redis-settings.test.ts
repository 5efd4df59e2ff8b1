import { describe, expect, it } from 'vitest';
import { Credentials, Storage } from '../../lib';
import type { RedisReplicationProps } from '../../lib/redis';
import { everything } from '../support/every-prop';
import { namesOf, podOf, type Rendered } from '../support/rendering';
import { cluster, FULL, gateSettingsOf, replication, stewardSettingsOf } from './rendering';

const to = FULL.backup.to;
const set = (props?: Partial<RedisReplicationProps>, environment = {}) =>
  replication(props, environment).find('StatefulSet', 'redis');

describe('the gate', () => {
  it('is told who there is', () => {
    const gate = gateSettingsOf(replication().objects());
    const server = (id: number) => ({
      pod: `redis-${id}`,
      host: `redis-${id}.redis-headless.data.svc.cluster.local`,
      shard: 0,
    });
    expect(gate).toEqual({
      cluster: 'redis',
      topology: 'replication',
      members: [0, 1, 2].map(server),
      founders: ['redis-0', 'redis-1', 'redis-2'],
      port: 6379,
      tls: false,
      keepsData: true,
      operations: 'steward',
      sentinel: {
        members: [0, 1, 2].map((id) => ({
          pod: `redis-sentinel-${id}`,
          host: `redis-sentinel-${id}.redis-sentinel-headless.data.svc.cluster.local`,
        })),
        port: 26379,
        masterName: 'redis',
        quorum: 2,
        downAfter: 10_000,
        failoverTimeout: 60_000,
      },
    });
  });

  it('is told of shards, of those that may form a cluster, and of how long a node may be silent', () => {
    const gate = gateSettingsOf(cluster({ shards: { count: 4, leaving: [3] } }).objects());
    expect(gate.members.map(({ pod, shard }: { pod: string; shard: number }) => [pod, shard])).toEqual(
      [0, 1, 2, 3].flatMap((id) => [
        [`redis-${id}-0`, id],
        [`redis-${id}-1`, id],
      ]),
    );
    // A shard that leaves can form nothing.
    expect(gate.founders).toEqual([0, 1, 2].flatMap((id) => [`redis-${id}-0`, `redis-${id}-1`]));
    expect(gate).toMatchObject({ topology: 'cluster', nodeTimeout: 10_000 });
    expect(gate).not.toHaveProperty('sentinel');
  });

  it('keeps founders while the deployment grows', () => {
    const before = gateSettingsOf(replication().objects());
    expect(gateSettingsOf(replication({ replicas: 4, founders: 3 }).objects()).founders).toEqual(
      before.founders,
    );
    const three = gateSettingsOf(cluster().objects());
    const grown = cluster({ shards: 5, founders: [0, 1, 2] });
    expect(gateSettingsOf(grown.objects()).founders).toEqual(three.founders);
  });

  it('is told of volumes, TLS, and who is to do what', () => {
    const gate = (props: Partial<RedisReplicationProps>) =>
      gateSettingsOf(replication(props, { ...everything, durability: 'development' }).objects());
    expect(gate({ tls: {} })).toMatchObject({ tls: true });
    expect(gate({ storage: Storage.emptyDir() })).toMatchObject({ keepsData: false });
    expect(gate({ use: 'cache', persistence: 'none' })).toMatchObject({ keepsData: false });
    expect(gate({ use: 'cache', persistence: 'rdb' })).toMatchObject({ keepsData: true });
    expect(gate({ operations: 'none' })).toMatchObject({ operations: 'none' });
    expect(gate({ restore: { from: to, backup: '20260101T000000Z' } })).toMatchObject({
      restore: '20260101T000000Z',
    });
  });
});

describe('the steward', () => {
  const renderedOf = (object: Rendered) => object.metadata.annotations?.['cdk8s-stateful/rendered'];

  it('is told what the servers should be', () => {
    const { objects, find } = replication();
    expect(stewardSettingsOf(objects())).toEqual({
      cluster: 'redis',
      sets: ['redis', 'redis-sentinel'],
      namespace: 'data',
      rendered: renderedOf(find('StatefulSet', 'redis')),
      selector: { 'cdk8s-stateful/cluster': 'redis' },
      labels: expect.objectContaining({ 'cdk8s-stateful/component': 'steward' }),
      members: [],
      founders: [],
      data: 'claims',
      topology: 'replication',
      shards: [
        {
          index: 0,
          set: 'redis',
          servers: 3,
          leaving: false,
          rendered: renderedOf(find('StatefulSet', 'redis')),
        },
      ],
      sentinel: {
        set: 'redis-sentinel',
        count: 3,
        rendered: renderedOf(find('StatefulSet', 'redis-sentinel')),
        host: '{pod}.redis-sentinel-headless.data.svc.cluster.local',
        port: 26379,
        masterName: 'redis',
        quorum: 2,
        downAfter: 10_000,
        failoverTimeout: 60_000,
      },
      host: '{pod}.redis-headless.data.svc.cluster.local',
      port: 6379,
      tls: false,
      live: expect.objectContaining({ 'maxmemory-policy': 'noeviction', appendonly: 'yes' }),
      users: [],
      keepsData: true,
    });
  });

  it('is told of shards, those that leave among them', () => {
    const { objects, find } = cluster({ shards: { ids: [0, 1, 2, 5], leaving: [5] }, slotsAtATime: 16 });
    const settings = stewardSettingsOf(objects());
    expect(settings).toMatchObject({
      sets: ['redis-0', 'redis-1', 'redis-2', 'redis-5'],
      topology: 'cluster',
      nodeTimeout: 10_000,
      slotsAtATime: 16,
    });
    expect(settings.shards[3]).toEqual({
      index: 5,
      set: 'redis-5',
      servers: 2,
      leaving: true,
      rendered: renderedOf(find('StatefulSet', 'redis-5')),
    });
  });

  it('is told what keeps the data', () => {
    const data = (props: Partial<RedisReplicationProps>) =>
      stewardSettingsOf(replication(props).objects()).data;
    expect(data({})).toBe('claims');
    expect(data({ storage: Storage.nfs('nfs', '/x') })).toBe('shared');
    expect(data({ use: 'cache', storage: undefined })).toBe('scratch');
    expect(data({ use: 'cache' })).toBe('scratch');
  });

  it('is told of users and backups', () => {
    const settings = stewardSettingsOf(replication(FULL, everything).objects());
    expect(settings.backups).toEqual(['redis-backup']);
    expect(settings.users.map(({ name }: { name: string }) => name)).toEqual(['app', 'ops']);
  });

  it('knows another rendering by everything that is told beside the pods', () => {
    const of = (props: Partial<RedisReplicationProps>) => renderedOf(set(props));
    const all = [{}, { replicas: 4 }, { founders: 1 }, { sentinels: { count: 5 } }];
    expect(new Set(all.map(of)).size).toBe(all.length);
  });

  it('may restart servers and Sentinels, and those of a larger deployment before, and label whatever server may be the master', () => {
    type Rules = { rules: { resources: string[]; verbs: string[]; resourceNames?: string[] }[] };
    const named = (object: unknown, resource: string, verb: string) =>
      (object as Rules).rules.find(
        ({ resources, verbs }) => resources[0] === resource && verbs.includes(verb),
      )?.resourceNames;
    const role = replication().find('Role', 'redis-steward');
    const servers = [0, 1, 2, 3, 4].map((id) => `redis-${id}`);
    expect(named(role, 'pods/eviction', 'create')).toEqual([
      ...servers,
      ...[0, 1, 2, 3, 4].map((id) => `redis-sentinel-${id}`),
    ]);
    expect(named(role, 'pods', 'patch')).toEqual(Array.from({ length: 21 }, (_, id) => `redis-${id}`));
    const shards = cluster().find('Role', 'redis-steward');
    expect(named(shards, 'pods/eviction', 'create')).toEqual(
      [0, 1, 2].flatMap((shard) => [0, 1, 2, 3, 4].map((id) => `redis-${shard}-${id}`)),
    );
    expect(named(shards, 'pods', 'patch')).toBeUndefined();
  });

  it('has the keys, the passwords of the library and those of users', () => {
    const { spec } = podOf(replication(FULL, everything).find('Deployment', 'redis-steward'));
    const paths = spec.containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    expect(paths).toEqual([
      '/program',
      '/secrets/tls',
      '/secrets/steward',
      '/secrets/internal',
      '/secrets/users',
    ]);
    const password = (name: string, directory: string) => [
      { secret: { name, items: [{ key: 'password', path: `${directory}/password` }] } },
      {
        secret: {
          name,
          items: [{ key: 'previous-password', path: `${directory}/previous-password` }],
          optional: true,
        },
      },
    ];
    expect(spec.volumes).toContainEqual({
      name: 'users',
      projected: {
        defaultMode: 0o440,
        sources: [...password('redis-user-app', 'app'), ...password('redis-user-ops', 'ops')],
      },
    });
  });

  it('finds its passwords in Secrets that are made up once, by one Job', () => {
    const jobs = replication()
      .objects()
      .filter(({ kind }) => kind === 'Job');
    expect(jobs).toHaveLength(1);
    const { env } = podOf(jobs[0]).spec.containers[0];
    expect(JSON.parse(env[0].value)).toEqual([
      { name: 'redis-internal', username: 'internal' },
      { name: 'redis-steward', username: 'steward' },
    ]);
    const given = { steward: Credentials.existing('a'), internal: Credentials.existing('b') };
    expect(
      namesOf(replication({ credentials: given }).objects()).filter((name) => /^Job/.test(name)),
    ).toEqual([]);
  });
});
