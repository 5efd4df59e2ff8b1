import { describe, expect, it } from 'vitest';
import { layoutOf, partsOf } from '../../../lib/redis/tasks/parts';
import type { AskedServer } from '../../../lib/redis/tasks/servers';
import type { ListedNode, NodeList } from '../../../lib/redis/wire/cluster-nodes';

function server(pod: string, more: Partial<AskedServer> = {}): AskedServer {
  return {
    pod,
    shard: 0,
    host: pod,
    port: 6379,
    role: 'replica',
    linked: true,
    offset: 10,
    replid: 'stream',
    keys: 1,
    version: '8.2.1',
    ...more,
  };
}

const pods = (servers: readonly AskedServer[]) => servers.map(({ pod }) => pod);

describe('a backup of a master with replicas', () => {
  const master = server('redis-0', { role: 'master', offset: 20 });

  it('is taken of the replica that has most, and of the master last', () => {
    const servers = [
      master,
      server('redis-1'),
      server('redis-2', { offset: 15 }),
      server('redis-3', { linked: false }),
    ];
    const [part, ...others] = partsOf('replication', servers, []);
    expect(others).toEqual([]);
    expect(part.slots).toBeUndefined();
    expect(pods(part.sources)).toEqual(['redis-2', 'redis-1', 'redis-0']);
    expect(pods(partsOf('standalone', [master], [])[0].sources)).toEqual(['redis-0']);
  });

  it('is taken of a replica whose master was not reached, and never of another stream', () => {
    expect(pods(partsOf('replication', [server('redis-1')], ['redis-0: no answer'])[0].sources)).toEqual([
      'redis-1',
    ]);
    const strange = server('redis-1', { replid: 'other', offset: 99 });
    expect(pods(partsOf('replication', [master, strange], [])[0].sources)).toEqual(['redis-0']);
  });

  it('is not made where there is no telling whose data is right, or nobody is in step', () => {
    const second = server('redis-1', { role: 'master', replid: 'other' });
    expect(() => partsOf('replication', [master, second], [])).toThrow(
      'redis-0 and redis-1 both say that they are the master: there is no telling whose data is right',
    );
    expect(() =>
      partsOf('replication', [server('redis-1', { linked: false })], ['redis-0: no answer']),
    ).toThrow('no server can be backed up: redis-0: no answer');
    expect(() => partsOf('replication', [server('redis-1', { linked: false })], [])).toThrow(
      'no server can be backed up: none is in step with a master',
    );
  });
});

describe('a backup of a Redis Cluster', () => {
  function node(
    pod: string,
    shard: number,
    slots: ListedNode['slots'],
    more: Partial<AskedServer> & { of?: string; moving?: boolean } = {},
  ) {
    const { of, moving, ...rest } = more;
    const role = of ? 'replica' : 'master';
    const myself = { id: pod, role, slots, ...(of && { master: of }) } as ListedNode;
    const migrating = moving ? [{ slot: 1, to: 'x' }] : [];
    const cluster: NodeList = { myself, nodes: [myself], migrating, importing: [] };
    return server(pod, { shard, role, cluster, ...rest });
  }
  const whole = [
    node('redis-1-0', 1, [[8_000, 16_383]]),
    node('redis-0-1', 0, [], { of: 'redis-0-0', offset: 5 }),
    node('redis-0-0', 0, [[0, 7_999]]),
    node('redis-2-0', 2, []),
  ];

  it('has a part of every shard with slots, in their order', () => {
    const parts = partsOf('cluster', whole, []);
    expect(parts.map(({ shard, slots, sources }) => ({ shard, slots, sources: pods(sources) }))).toEqual([
      { shard: 0, slots: [[0, 7_999]], sources: ['redis-0-1', 'redis-0-0'] },
      { shard: 1, slots: [[8_000, 16_383]], sources: ['redis-1-0'] },
    ]);
    expect(layoutOf(parts)).toBe('0: 0-7999; 1: 8000-16383');
  });

  it('takes no replica of another shard, nor one that is not in step', () => {
    const servers = [...whole, node('redis-1-1', 1, [], { of: 'redis-0-0', linked: false })];
    expect(pods(partsOf('cluster', servers, [])[0].sources)).toEqual(['redis-0-1', 'redis-0-0']);
  });

  it('is not made while slots move, are missing, or are two nodes’', () => {
    const [first, ...others] = whole;
    const moving = {
      ...first,
      cluster: { ...(first.cluster as NodeList), migrating: [{ slot: 9_000, to: 'x' }] },
    };
    expect(() => partsOf('cluster', [moving, ...others], [])).toThrow(
      'redis-1-0 is handing slots over or taking some, and keys that move meanwhile may be in no part: wait until slots have been moved',
    );
    expect(() => partsOf('cluster', others, ['redis-1-0: no answer'])).toThrow(
      '8384 slots have no master that can be asked: redis-1-0: no answer',
    );
    const twice = node('redis-2-0', 2, [[16_383, 16_383]]);
    expect(() => partsOf('cluster', [...whole, twice], [])).toThrow(
      'redis-1-0 and redis-2-0 both say that they have slot 16383',
    );
  });
});
