import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countSlots, readNodesConf, withAddresses } from '../../../../lib/redis/gate/cluster/nodes-conf';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(40);
const D = 'd'.repeat(40);

/** As Redis 7.0, 7.2 and Valkey 9 write it, in turn. */
const NODES = [
  `${A} 10.0.0.1:6379@16379,redis-0-0.redis-headless myself,master - 0 0 1 connected 0-5460 5470 [93->-${B}]`,
  `${B} 10.0.0.11:6379@16379,redis-1-0.redis-headless,,shard-id=${D} master - 0 1700000000000 2 connected 5461-5469 5471-16383`,
  `${C} 10.0.0.111:6379@16379,redis-0-1.redis-headless,tls-port=0,shard-id=${D} slave ${A} 0 1700000000000 1 connected`,
  `${D} :0@0,redis-1-1.redis-headless slave,noaddr ${B} 1 1 2 disconnected`,
  'vars currentEpoch 2 lastVoteEpoch 0',
  '',
].join('\n');

describe('nodes.conf', () => {
  it('tells who a node was', () => {
    expect(readNodesConf(NODES)).toEqual({
      id: A,
      role: 'master',
      slots: 5462,
      replicas: [C],
      others: [
        { id: B, hostname: 'redis-1-0.redis-headless' },
        { id: C, hostname: 'redis-0-1.redis-headless' },
        { id: D, hostname: 'redis-1-1.redis-headless' },
      ],
    });
  });

  it('gets present addresses, each on its own line, and keeps everything else', () => {
    const addresses = new Map([
      // What was the address of one is that of another now.
      ['redis-1-0.redis-headless', '10.0.0.1'],
      ['redis-0-1.redis-headless', '10.0.0.11'],
      ['redis-1-1.redis-headless', '10.0.0.7'],
      ['redis-1', '10.9.9.9'],
    ]);
    const before = NODES.split('\n');
    expect(withAddresses(NODES, '10.0.0.111', addresses).split('\n')).toEqual([
      before[0].replace('10.0.0.1:', '10.0.0.111:'),
      before[1].replace('10.0.0.11:', '10.0.0.1:'),
      before[2].replace('10.0.0.111:', '10.0.0.11:'),
      ...before.slice(3),
    ]);
  });

  it('keeps addresses of names that do not resolve', () => {
    const before = NODES.split('\n');
    expect(withAddresses(NODES, '10.0.0.2', new Map()).split('\n')).toEqual([
      before[0].replace('10.0.0.1:', '10.0.0.2:'),
      ...before.slice(1),
    ]);
  });

  it('may have addresses of IPv6', () => {
    const line = `${A} fd00::1:6379@16379,redis-0-0.redis-headless master - 0 0 1 connected`;
    const addresses = new Map([['redis-0-0.redis-headless', 'fd00::2']]);
    expect(withAddresses(line, 'fd00::3', addresses)).toBe(line.replace('fd00::1:', 'fd00::2:'));
  });

  it('is the same after it was done twice, whatever the addresses', () => {
    const address = fc.option(fc.ipV4(), { nil: undefined });
    const hosts = ['redis-1-0.redis-headless', 'redis-0-1.redis-headless', 'redis-1-1.redis-headless'];
    fc.assert(
      fc.property(fc.ipV4(), fc.tuple(address, address, address), (own, found) => {
        const addresses = new Map(found.flatMap((each, i) => (each ? [[hosts[i], each] as const] : [])));
        const once = withAddresses(NODES, own, addresses);
        expect(withAddresses(once, own, addresses)).toBe(once);
        expect(readNodesConf(once)).toEqual(readNodesConf(NODES));
      }),
    );
  });

  it('is refused where it is broken', () => {
    expect(() => readNodesConf(NODES.replace('myself,', ''))).toThrow('has the flag myself');
  });
});

it('slots are counted by their ranges', () => {
  expect(countSlots([])).toBe(0);
  expect(
    countSlots([
      [0, 0],
      [10, 12],
    ]),
  ).toBe(4);
});
