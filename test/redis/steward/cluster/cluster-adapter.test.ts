import { afterEach, describe, expect, it } from 'vitest';
import { ClusterNodes, type NodeMeans } from '../../../../lib/redis/steward/cluster/cluster-adapter';
import type { KnownServer } from '../../../../lib/redis/steward/shared/members';
import { RedisError } from '../../../../lib/redis/wire/errors';
import { serveReport } from '../../../../lib/steward/gate-report';
import { freePort } from '../../../support/ports';
import { type Answer, ScriptedRedis } from './scripted-redis';

const id = (char: string) => char.repeat(40);
const NODES =
  `${id('a')} 10.0.0.1:6379@16379,redis-0-0.redis myself,master - 0 0 3 connected 0-99 [5->-${id('b')}]\n` +
  `${id('b')} 10.0.0.2:6379@16379,redis-0-1.redis slave ${id('a')} 0 0 3 connected\n`;
const MASTER = [
  'role:master\r\nrun_id:1\r\nmaster_repl_offset:9\r\nmaster_link_status:up\r\ndb0:keys=3,expires=0,avg_ttl=0\r\n',
  'slave0:ip=redis-0-1.redis,port=6379,state=online,offset=8,lag=0\r\n',
].join('');
const REPLICA =
  'role:slave\r\nrun_id:2\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\nmaster_link_status:up\r\nslave_repl_offset:8\r\n';

const server = (pod: string, ordinal: number): KnownServer => ({
  ...{ pod, host: `${pod}.redis`, ordinal, wanted: true, ip: `10.0.0.${ordinal + 1}` },
});

describe('the steward looks at nodes of a Redis Cluster', () => {
  let close: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await close?.();
    close = undefined;
  });

  /** Nodes that answer like this, and everybody who was connected to. */
  const nodesOf = (answers: Record<string, Answer>, gate = 1) => {
    const connected: string[] = [];
    const means: NodeMeans = {
      addressOf: ({ host }) => ({
        server: { host, port: 6379 },
        gate: { host: '127.0.0.1', port: host.startsWith('redis-0-1') ? gate : 1 },
      }),
      connect: ({ host }, { timeoutMs }) => {
        connected.push(`${host} ${timeoutMs}`);
        return new ScriptedRedis(host, (words, raw) => {
          const answer = answers[host.split('.')[0]];
          if (!answer) throw new Error('connection refused');
          return answer(words, raw);
        });
      },
    };
    const transports = [{ timeoutMs: 1_000 }] as const;
    const keys = { transports: () => transports };
    return { nodes: new ClusterNodes({ cluster: 'redis', port: 6379 }, keys, means), connected };
  };
  const master: Answer = ([name, section]) => {
    if (name === 'INFO') {
      return section === 'memory'
        ? 'used_memory_dataset:70\r\nmaxmemory:100\r\nmaxmemory_policy:noeviction\r\n'
        : MASTER;
    }
    if (section === 'INFO') return 'cluster_state:ok\r\ncluster_current_epoch:3\r\n';
    if (section === 'NODES') return NODES;
    return 0;
  };

  it('that serve: what they say, by names, and how full they are', async () => {
    const { nodes } = nodesOf({
      'redis-0-0': master,
      'redis-0-1': (words, raw) => {
        if (words[0] === 'INFO' && words[1] !== 'memory') return REPLICA;
        return words[1] === 'NODES'
          ? NODES.replace('myself,', '').replace('slave', 'myself,slave')
          : master(words, raw);
      },
    });
    const seen = await nodes.look([server('redis-0-0', 0), server('redis-0-1', 1)]);
    expect(seen.get('redis-0-0')).toMatchObject({
      says: { state: 'serving', role: 'master', replicas: [{ host: 'redis-0-1.redis', offset: 8 }] },
      view: {
        ...{ id: id('a'), ok: true, currentEpoch: 3, strays: [], importing: [] },
        migrating: [{ slot: 5, to: id('b') }],
      },
      memory: { used: 70, most: 100 },
    });
    // Nodes follow addresses.
    expect(seen.get('redis-0-1')).toMatchObject({
      says: { role: 'replica', follows: 'redis-0-0.redis', linked: true, offset: 8 },
      view: { id: id('b'), strays: [] },
    });
  });

  it('that do not: whether they load, wait at their gates, or are silent', async () => {
    const port = freePort();
    const report = { cluster: 'redis', disk: 'data', founders: [], seenEmpty: [], details: {} };
    const says = 'redis-1-0 can take its place';
    ({ close } = await serveReport(port, '127.0.0.1', () => ({ ...report, pod: 'redis-0-1', says })));
    const loading: Answer = () => {
      throw new RedisError('LOADING Redis is loading the dataset in memory');
    };
    const { nodes } = nodesOf({ 'redis-0-0': loading }, port);
    const seen = await nodes.look([server('redis-0-0', 0), server('redis-0-1', 1), server('redis-1-0', 0)]);
    expect([...seen.values()]).toEqual([
      { says: { state: 'loading' } },
      { says: { state: 'gate', disk: 'data', says } },
      { says: { state: 'silent', reason: 'connection refused' } },
    ]);
  });

  it('and takes no gate of another deployment for that of a node', async () => {
    const port = freePort();
    const report = { pod: 'redis-0-1', disk: 'data', says: '', founders: [], seenEmpty: [], details: {} };
    ({ close } = await serveReport(port, '127.0.0.1', () => ({ ...report, cluster: 'other' })));
    const { nodes } = nodesOf({}, port);
    expect((await nodes.look([server('redis-0-1', 1)])).get('redis-0-1')?.says.state).toBe('silent');
  });

  it('whose words on the cluster are not known, without counting on them', async () => {
    const { nodes } = nodesOf({
      'redis-0-0': (words, raw) => {
        if (words[1] === 'NODES') throw new RedisError('NOPERM no permission');
        return master(words, raw);
      },
    });
    const seen = (await nodes.look([server('redis-0-0', 0)])).get('redis-0-0');
    expect(seen?.says.state).toBe('serving');
    expect(seen?.view).toBeUndefined();
  });

  it('over connections that last, and longer ones for handing keys over', async () => {
    const { nodes, connected } = nodesOf({ 'redis-0-0': master });
    await nodes.look([server('redis-0-0', 0)]);
    await nodes.look([server('redis-0-0', 0)]);
    expect(connected).toEqual(['redis-0-0.redis 1000']);
    await nodes.patient('redis-0-0').command('PING');
    expect(connected).toEqual(['redis-0-0.redis 1000', 'redis-0-0.redis 120000']);
    await nodes.look([]);
    expect(() => nodes.redis('redis-0-0')).toThrow('redis-0-0 is no node that is known');
  });
});
