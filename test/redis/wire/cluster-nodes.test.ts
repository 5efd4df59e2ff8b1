import { describe, expect, it } from 'vitest';
import { parseClusterNodes } from '../../../lib/redis/wire/cluster-nodes';

const id = (letter: string) => letter.repeat(40);
const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(id);
const MYSELF = `${A} 10.0.0.1:6379@16379,redis-0-0.example myself,master - 0 0 3 connected 0-5460`;

const node = {
  ip: '10.0.0.2',
  port: 6379,
  hostname: '',
  role: 'master',
  failed: 'no',
  handshake: false,
  linked: true,
  epoch: 5,
  slots: [],
};

describe('parseClusterNodes', () => {
  it('reads the node itself, and everybody', () => {
    const replica = `${B} 10.0.0.2:6379@16379,redis-0-1.example slave ${A} 0 1700000000000 3 connected`;
    expect(parseClusterNodes(`${MYSELF}\n${replica}\n`)).toEqual({
      myself: expect.objectContaining({ id: A }),
      nodes: [
        { ...node, id: A, ip: '10.0.0.1', hostname: 'redis-0-0.example', epoch: 3, slots: [[0, 5460]] },
        { ...node, id: B, hostname: 'redis-0-1.example', role: 'replica', master: A, epoch: 3 },
      ],
      migrating: [],
      importing: [],
    });
  });

  it.each([
    ['no name', '10.0.0.2:6379@16379', {}],
    ['an empty name', '10.0.0.2:6379@16379,', {}],
    ['a name and a shard', `10.0.0.2:6379@16379,b.example,shard-id=${C}`, { hostname: 'b.example' }],
    ['a shard and no name', `10.0.0.2:6379@16379,,tls-port=0,shard-id=${C}`, {}],
    ['a shard only', `10.0.0.2:6379@16379,shard-id=${C}`, {}],
    ['an address of IPv6', 'fd00::12:6379@16379,b.example', { ip: 'fd00::12', hostname: 'b.example' }],
    ['no address', ':0@0', { ip: '', port: 0 }],
    ['no port of the bus', '10.0.0.2:6379', {}],
  ])('reads %s', (_, address, expected) => {
    const { nodes } = parseClusterNodes(`${MYSELF}\n${B} ${address} master - 0 0 5 connected`);
    expect(nodes[1]).toEqual({ ...node, id: B, ...expected });
  });

  it.each([
    ['master', {}],
    ['master,fail?', { failed: 'suspected' }],
    ['master,fail', { failed: 'yes' }],
    ['master,nofailover', {}],
    ['slave,fail', { role: 'replica', failed: 'yes' }],
    ['slave,fail?,nofailover', { role: 'replica', failed: 'suspected' }],
    ['handshake', { handshake: true }],
    ['master,fail,noaddr', { failed: 'yes' }],
    ['noflags', {}],
  ])('reads the flags %s', (flags, expected) => {
    const { nodes } = parseClusterNodes(`${MYSELF}\n${B} 10.0.0.2:6379@16379 ${flags} - 0 0 5 connected`);
    expect(nodes[1]).toEqual({ ...node, id: B, ...expected });
  });

  it('reads a node that the bus does not reach', () => {
    const { nodes } = parseClusterNodes(`${MYSELF}\n${B} 10.0.0.2:6379@16379 master - 0 0 5 disconnected`);
    expect(nodes[1].linked).toBe(false);
  });

  it('reads ranges, single slots, and what is half moved', () => {
    const text = `${MYSELF} 7000 [7-<-${B}] 9000-9001 [93->-${C}] [77->-${D}]`;
    expect(parseClusterNodes(text)).toMatchObject({
      myself: {
        slots: [
          [0, 5460],
          [7000, 7000],
          [9000, 9001],
        ],
      },
      migrating: [
        { slot: 93, to: C },
        { slot: 77, to: D },
      ],
      importing: [{ slot: 7, from: B }],
    });
  });

  it('reads nodes.conf', () => {
    const other = `${B} 10.0.0.2:6379@16379,,tls-port=0,shard-id=${C} slave ${A} 1700000000000 0 3 disconnected`;
    const file = parseClusterNodes(`${other}\n${MYSELF}\nvars currentEpoch 12 lastVoteEpoch 9\n`);
    expect(file).toMatchObject({ myself: { id: A }, currentEpoch: 12 });
    expect(file.nodes.map((each) => each.id)).toEqual([B, A]);
  });

  it.each([
    ['', 'no line of CLUSTER NODES has the flag myself'],
    [`${B} 10.0.0.2:6379@16379 master - 0 0 5 connected`, 'no line of CLUSTER NODES has the flag myself'],
    [`${MYSELF}\nnonsense`, 'not a line of CLUSTER NODES: nonsense'],
    [
      `${MYSELF}\n${B} 10.0.0.2:6379@16379 master`,
      `not a line of CLUSTER NODES: ${B} 10.0.0.2:6379@16379 master`,
    ],
    [`${B} nowhere myself,master - 0 0 5 connected`, 'not an address of CLUSTER NODES: nowhere'],
  ])('refuses %j', (text, message) => {
    expect(() => parseClusterNodes(text)).toThrow(new Error(message));
  });
});
