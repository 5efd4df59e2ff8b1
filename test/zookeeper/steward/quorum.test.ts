import * as net from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ZooKeeperQuorum } from '../../../lib/zookeeper/steward/quorum';
import { settingsOf } from '../gate/volumes';
import { loopbackSteward, SHORT } from './loopback';

/** What a server answers to `srvr`: how it serves and its newest change, one after the other; the last one stays. */
type Says = readonly [mode: string, ...zxids: bigint[]];

const open: net.Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** Answers on a port of its own as a server would that knows of these members. */
async function answering([mode, ...zxids]: Says, ids: readonly number[]): Promise<number> {
  const membership = ids.map((id) => `server.${id}=zk-${id}:2888:3888:participant`).join('\n');
  let asked = 0;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (word) => {
      if (word.toString() === 'conf')
        return socket.end(`clientPort=1\nmembership: \n${membership}\nversion=100\n`);
      const zxid = zxids[Math.min(asked++, zxids.length - 1)];
      return socket.end(`Zookeeper version: 3.9.5\nMode: ${mode}\nZxid: 0x${zxid.toString(16)}\n`);
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

/** What is seen of servers 1, 2, ... that say this. */
async function seen(...says: readonly Says[]) {
  const ids = says.map((_, index) => index + 1);
  const ports = await Promise.all(says.map((each) => answering(each, ids)));
  const settings = loopbackSteward(settingsOf());
  const system = new ZooKeeperQuorum(settings, { ...SHORT, session: 100 }, (id) => ({
    host: '127.0.0.1',
    port: ports[id - 1],
  }));
  const { servers, membership } = await system.look(ids);
  const told = [...servers.values()].map((server) =>
    server.state === 'serving'
      ? `${server.role}${server.synced ? '' : `, ${server.lag} behind`}`
      : server.state,
  );
  return { told, membership };
}

it('counts the changes by which a member is behind', async () => {
  const { told } = await seen(
    ['leader', 0x5_0000_0010n],
    ['follower', 0x5_0000_000cn],
    ['observer', 0x5_0000_0010n],
  );
  expect(told).toEqual(['leader', 'follower, 4 behind', 'observer']);
});

it('holds nobody for behind who has what the leader had when it was asked', async () => {
  const { told } = await seen(
    ['leader', 0x5_0000_0010n, 0x5_0000_0020n],
    ['follower', 0x5_0000_000en, 0x5_0000_0010n],
  );
  expect(told).toEqual(['leader', 'follower']);
});

it('counts no further than to the beginning of an epoch', async () => {
  const { told } = await seen(
    ['leader', 0x5_0000_0007n],
    ['follower', 0x4_0000_ffffn],
    ['follower', 0x5_0000_0000n],
  );
  expect(told).toEqual(['leader', 'follower, 7 behind', 'follower, 7 behind']);
});

it('holds everybody for behind when nothing can be written to a leader of a new epoch', async () => {
  const { told } = await seen(['leader', 0x5_0000_0000n], ['follower', 0x4_0000_ffffn]);
  expect(told).toEqual(['leader', 'follower, 1 behind']);
});

it('believes the newer one of two who say that they lead', async () => {
  const { told } = await seen(
    ['leader', 0x4_0000_00ffn],
    ['leader', 0x5_0000_0001n],
    ['follower', 0x5_0000_0001n],
  );
  expect(told).toEqual(['follower, 1 behind', 'leader', 'follower']);
});

it('knows no membership where nobody leads', async () => {
  const { told, membership } = await seen(
    ['follower', 0x5_0000_0001n],
    ['standalone', 1n],
    ['read-only', 1n],
  );
  expect(told).toEqual(['follower, 0 behind', 'waiting', 'waiting']);
  expect(membership).toBeUndefined();
});
