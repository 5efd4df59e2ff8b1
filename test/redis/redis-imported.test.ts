import { Chart } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { Credentials } from '../../lib';
import {
  type IRedis,
  RedisCluster,
  type RedisConnection,
  type RedisGrantOptions,
  RedisReplication,
  RedisStandalone,
} from '../../lib/redis';
import { everything } from '../support/every-prop';
import { chartIn, find, rendered, reported } from '../support/rendering';

const SENTINELS = ['s-1.example.com:26379', 's-2.example.com:26379', '[2001:db8::1]:26379'];

/** A deployment elsewhere, and an application that uses it. */
function elsewhere(make: (chart: Chart) => IRedis, options: RedisGrantOptions = {}) {
  const chart = chartIn(everything);
  const redis = make(chart);
  const shop = new Chart(chart.node.root, 'shop', { namespace: 'shop' });
  const app = new Deployment(shop, 'orders', { containers: [{ image: 'x' }] });
  const connection = redis.grantAccess(app, options);
  return { redis, shop, connection, problems: reported(chart) };
}

const values = ({ env }: RedisConnection) =>
  Object.fromEntries(Object.entries(env).map(([name, { value, valueFrom }]) => [name, value ?? valueFrom]));

describe('a deployment that exists elsewhere', () => {
  it('is a server', () => {
    const { redis, connection, problems } = elsewhere((chart) =>
      RedisStandalone.fromEndpoints(chart, 'legacy', { server: 'redis.example.com:6380' }),
    );
    expect(redis).toMatchObject({ name: 'legacy', topology: 'standalone' });
    expect(values(connection)).toEqual({ REDIS_HOST: 'redis.example.com', REDIS_PORT: '6380' });
    expect(problems).toEqual([]);
  });

  it('is a replication that clients find by its Sentinels, or by what follows the master', () => {
    const props = {
      sentinels: SENTINELS,
      masterName: 'mymaster',
      master: 'm.example.com:6379',
      replicas: 'r.example.com:6379',
    };
    const by = (options: RedisGrantOptions) =>
      values(
        elsewhere((chart) => RedisReplication.fromEndpoints(chart, 'legacy', props), options).connection,
      );
    expect(by({})).toEqual({ REDIS_SENTINELS: SENTINELS.join(), REDIS_MASTER_NAME: 'mymaster' });
    expect(by({ mode: 'master' })).toEqual({ REDIS_HOST: 'm.example.com', REDIS_PORT: '6379' });
    expect(by({ mode: 'replicas' })).toEqual({ REDIS_HOST: 'r.example.com', REDIS_PORT: '6379' });
  });

  it('is found in the one way that there is an address for', () => {
    const { redis, connection, problems } = elsewhere((chart) =>
      RedisReplication.fromEndpoints(chart, 'legacy', { master: 'm.example.com:6379' }),
    );
    expect(connection.mode).toBe('master');
    expect(redis.endpoints.map(String)).toEqual(['m.example.com:6379']);
    expect(problems).toEqual([]);
  });

  it('is a Redis Cluster', () => {
    const nodes = ['a.example.com:6379', 'b.example.com:6379'];
    const { connection } = elsewhere((chart) => RedisCluster.fromEndpoints(chart, 'legacy', { nodes }));
    expect(connection).toMatchObject({ mode: 'cluster' });
    expect(values(connection)).toEqual({ REDIS_CLUSTER_NODES: nodes.join() });
  });

  it('gives a login and keys that are there, and fetches the login where it has to', () => {
    const { connection, shop, problems } = elsewhere((chart) =>
      RedisStandalone.fromEndpoints(chart, 'legacy', {
        server: 'redis.example.com:6380',
        tls: true,
        certificate: 'mine',
        credentials: Credentials.external('legacy'),
      }),
    );
    expect(connection).toMatchObject({
      tls: true,
      clientCertificate: 'mine',
      ca: { secretName: 'mine', key: 'ca.crt' },
      credentials: { secretName: 'legacy-credentials' },
    });
    const reference = (key: string) => ({ secretKeyRef: { name: 'legacy-credentials', key } });
    expect(values(connection)).toEqual({
      REDIS_HOST: 'redis.example.com',
      REDIS_PORT: '6380',
      REDIS_USERNAME: reference('username'),
      REDIS_PASSWORD: reference('password'),
      REDIS_TLS: 'true',
      REDIS_TLS_CA: '/etc/redis/ca.crt',
      REDIS_TLS_CERT: '/etc/redis/tls.crt',
      REDIS_TLS_KEY: '/etc/redis/tls.key',
    });
    expect(find(rendered(shop), 'ExternalSecret', 'legacy-credentials').metadata).toMatchObject({
      namespace: 'shop',
    });
    expect(problems).toEqual([]);
  });

  it('gives each consumer the login that is its own', () => {
    const credentials = Credentials.existing('orders', { password: 'pass' });
    const { connection } = elsewhere(
      (chart) => RedisStandalone.fromEndpoints(chart, 'legacy', { server: 'redis.example.com:6380' }),
      { user: 'orders', credentials },
    );
    expect(values(connection)).toMatchObject({
      REDIS_USERNAME: 'orders',
      REDIS_PASSWORD: { secretKeyRef: { name: 'orders', key: 'pass' } },
    });
  });

  const replication = (props: Parameters<typeof RedisReplication.fromEndpoints>[2]) => (chart: Chart) =>
    RedisReplication.fromEndpoints(chart, 'legacy', props);
  const standalone =
    (props: Partial<Parameters<typeof RedisStandalone.fromEndpoints>[2]>) => (chart: Chart) =>
      RedisStandalone.fromEndpoints(chart, 'legacy', { server: 'a:1', ...props });
  const address = (prop: string, given: string) =>
    `[redis/endpoints] ${prop}: "${given}" is not host:port; give a name or address and a port, such as redis-1.example.com:6379`;

  it.each<[string, (chart: Chart) => IRedis, string[], RedisGrantOptions?]>([
    ['an address without a port', standalone({ server: 'a' }), [address('server', 'a')]],
    ['a port that is none', standalone({ server: 'a:99999' }), [address('server', 'a:99999')]],
    [
      'a URL',
      (chart) => RedisCluster.fromEndpoints(chart, 'legacy', { nodes: ['redis://a:6379'] }),
      [address('nodes', 'redis://a:6379')],
    ],
    [
      'no node',
      (chart) => RedisCluster.fromEndpoints(chart, 'legacy', { nodes: [] }),
      ['[redis/endpoints] nodes: none given; name at least one as host:port'],
    ],
    [
      'no address at all',
      replication({}),
      [
        '[redis/endpoints] sentinels: no address is given; give sentinels with masterName, master or replicas',
      ],
      { mode: 'sentinel' },
    ],
    [
      'Sentinels without the name of the master',
      replication({ sentinels: SENTINELS }),
      [
        '[redis/endpoints] masterName: Sentinels are asked by it for the master; give the name in their sentinel monitor',
      ],
    ],
    [
      'keys without TLS',
      standalone({ ca: { secretName: 's', key: 'k' } }),
      ['[redis/endpoints] tls: certificates are for TLS; set tls: true, or leave them out'],
    ],
    [
      'two authorities',
      standalone({ tls: true, certificate: 'mine', ca: { secretName: 's', key: 'k' } }),
      ["[redis/endpoints] ca: the Secret mine of the consumer's certificate has it as ca.crt; leave it out"],
    ],
    [
      'a password that is made up',
      standalone({ credentials: Credentials.generated() }),
      [
        '[redis/endpoints] credentials: the servers know their users by passwords that are not made here; give Credentials.existing or Credentials.external',
      ],
    ],
    [
      'a mode that there is no address for',
      replication({ master: 'a:1', replicas: 'b:1' }),
      [
        "[redis/endpoints] mode: 'sentinel' has no address here; give one in fromEndpoints, or 'master' or 'replicas'",
      ],
      { mode: 'sentinel' },
    ],
    [
      'a mode that does not fit',
      standalone({}),
      [
        "[redis/endpoints] mode: 'cluster' does not fit: a standalone server has neither Sentinels nor replicas; give 'master'",
      ],
      { mode: 'cluster' },
    ],
  ])('is refused with %s', (_, make, messages, options) => {
    expect(elsewhere(make, options).problems).toEqual(messages);
  });
});
