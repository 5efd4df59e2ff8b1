import * as net from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatServer,
  fourLetterWord,
  parseConf,
  parseServers,
  parseSrvr,
  type ServerEntry,
} from '../../../lib/zookeeper/wire/four-letter';

const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';

const server = { id: 1, host: 'a.b', quorumPort: 2888, electionPort: 3888, role: 'participant' } as const;

describe('parseServers', () => {
  it.each<[string, ServerEntry]>([
    ['server.1=a.b:2888:3888:participant;2181', { ...server, client: { host: '0.0.0.0', port: 2181 } }],
    ['server.1=a.b:2888:3888;0.0.0.0:2181', { ...server, client: { host: '0.0.0.0', port: 2181 } }],
    ['server.1=a.b:2888:3888:observer', { ...server, role: 'observer' }],
    [
      ' server.1 = a.b:2888:3888:OBSERVER ; 2181 ',
      { ...server, role: 'observer', client: { host: '0.0.0.0', port: 2181 } },
    ],
    [
      'server.7=[::1]:1:2:participant;[::]:3',
      {
        id: 7,
        host: '::1',
        quorumPort: 1,
        electionPort: 2,
        role: 'participant',
        client: { host: '::', port: 3 },
      },
    ],
  ])('reads %s', (line, entry) => {
    expect(parseServers(`\n${line}\r\nversion=100000000\n`)).toEqual([entry]);
  });

  it.each([
    'server.1=a',
    'server.1=a:1',
    'server.1=a:1:2:witness',
    'server.1=a:1:2|b:1:2:participant;2181',
    'server.1=a:1:2:participant;b:c',
  ])('does not pass over %s', (line) => {
    expect(() => parseServers(line)).toThrow('dynamic configuration');
  });

  it('reads back what was formatted', () => {
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
    const port = fc.integer({ min: 1, max: 65535 });
    const entry: fc.Arbitrary<ServerEntry> = fc.record(
      {
        id: fc.integer({ min: 1, max: 255 }),
        host,
        quorumPort: port,
        electionPort: port,
        role: fc.constantFrom('participant', 'observer'),
        client: fc.record({ host: fc.oneof(host, fc.constant('0.0.0.0')), port }),
      },
      { requiredKeys: ['id', 'host', 'quorumPort', 'electionPort', 'role'] },
    );
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(parseServers(entries.map(formatServer).join('\n'))).toEqual(
          entries.map((each) => ({ ...each })),
        );
      }),
    );
  });
});

describe('answers', () => {
  it.each([
    ['not serving', NOT_SERVING],
    ['empty', ''],
  ])('are undefined when %s', (_, text) => {
    expect([parseConf(text), parseSrvr(text)]).toEqual([undefined, undefined]);
  });

  it('of srvr', () => {
    const text =
      'Zookeeper version: 3.9.5-x, built on y\nConnections: 2\nZxid: 0x10000000a\nMode: leader\nNode count: 5\n';
    expect(parseSrvr(`${text}Proposal sizes last/min/max: 48/48/59\n`)).toMatchObject({
      mode: 'leader',
      zxid: 0x10000000an,
      connections: 2,
      nodeCount: 5,
    });
    expect(() => parseSrvr('Mode: king\nZxid: 0x1\n')).toThrow('no mode');
  });

  it('of conf', () => {
    const conf = parseConf(
      'clientPort=2181\nserverId=1\nmembership: \nserver.1=a.b:2888:3888:participant\nversion=10000000b',
    );
    expect(conf).toEqual({
      settings: new Map([
        ['clientPort', '2181'],
        ['serverId', '1'],
      ]),
      servers: [server],
      version: 0x10000000bn,
    });
    expect(parseConf('clientPort=2181\nserverId=0\n')).toMatchObject({ servers: [], version: undefined });
  });
});

// Later than the words: reset at once, node would end the connection in order first.
function cutOff(socket: net.Socket): void {
  socket.write('server');
  setTimeout(() => socket.resetAndDestroy(), 20);
}

describe('fourLetterWord', () => {
  it.each([
    [
      'is refused',
      (socket: net.Socket) => socket.end('conf is not executed because it is not in the whitelist.\n'),
      'whitelist',
    ],
    ['has no answer', () => undefined, 'no answer within 100 ms'],
    ['is cut off', (socket: net.Socket) => cutOff(socket), 'conf to 127.0.0.1'],
  ])('rejects when the word %s', async (_, answer, message) => {
    const listener = net.createServer((socket) =>
      socket.on('error', () => undefined).once('data', () => answer(socket)),
    );
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as net.AddressInfo;
    await expect(fourLetterWord({ host: '127.0.0.1', port }, 'conf', 100)).rejects.toThrow(message);
    listener.close();
  });
});
