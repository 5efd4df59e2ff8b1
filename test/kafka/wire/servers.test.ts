import * as net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import type { Address, Transport } from '../../../lib/kafka/wire/types';
import { freePort, freePorts } from '../../support/ports';
import { LOOPBACK } from '../../support/process';
import { type Asked, FakeServer, metadataOf } from './fake-server';

const refused = (code: string, message = '') =>
  expect.objectContaining({ name: 'KafkaError', code, message: expect.stringContaining(message) });
const TOPIC = { name: 'orders', partitions: 1, replicationFactor: 1, configs: {} };
const created = (errorCode: number) => ({
  throttleTimeMs: 0,
  topics: [
    {
      name: 'orders',
      topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
      errorCode,
      errorMessage: null,
      numPartitions: 1,
      replicationFactor: 1,
      configs: null,
    },
  ],
});

describe('servers', () => {
  const running: { stop(): Promise<void> }[] = [];
  const admins: KafkaAdmin[] = [];

  afterEach(async () => {
    for (const admin of admins.splice(0)) admin.close();
    await Promise.all(running.splice(0).map((server) => server.stop()));
  });

  const serve = async (answer: (asked: Asked) => void): Promise<FakeServer> => {
    const server = await FakeServer.start(answer);
    running.push(server);
    return server;
  };
  const adminOf = (brokers: readonly Address[], transport: () => Transport = () => ({ timeoutMs: 500 })) => {
    const admin = new KafkaAdmin({ brokers: () => brokers, controllers: () => brokers, transport });
    admins.push(admin);
    return admin;
  };
  /** Takes connections, and whatever is sent. */
  const listen = async (onData: (socket: net.Socket) => void): Promise<Address> => {
    const port = freePort();
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => {
      sockets.push(socket.on('data', () => onData(socket)).on('error', () => undefined));
    });
    await new Promise<void>((resolve) => server.listen(port, LOOPBACK, resolve));
    running.push({
      stop: async () => {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    });
    return { host: LOOPBACK, port };
  };

  it('use a connection again, for several requests at a time', async () => {
    const later: Asked[] = [];
    const server = await serve((asked) => {
      later.push(asked);
      if (later.length === 3) for (const each of later.splice(0)) each.reply(metadataOf([server]));
    });
    const admin = adminOf([server.address]);
    const answers = await Promise.all([admin.describe(), admin.describe(), admin.describe()]);
    expect(answers.map(({ clusterId }) => clusterId)).toEqual(['c', 'c', 'c']);
    expect(server.connections).toBe(1);
  });

  it('connect anew where the server has hung up', async () => {
    const server = await serve((asked) => asked.reply(metadataOf([server])));
    const admin = adminOf([server.address]);
    await admin.describe();
    server.hangUp();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await admin.describe();
    expect(server.connections).toBe(2);
  });

  it('connect anew where the transport has changed', async () => {
    const server = await serve((asked) => asked.reply(metadataOf([server])));
    let timeoutMs = 500;
    const admin = adminOf([server.address], () => ({ timeoutMs }));
    await admin.describe();
    await admin.describe();
    timeoutMs = 600;
    await admin.describe();
    expect(server.connections).toBe(2);
  });

  it('give up one that does not reply', async () => {
    const server = await serve(() => undefined);
    const began = performance.now();
    await expect(adminOf([server.address]).describe()).rejects.toEqual(
      refused('REQUEST_TIMED_OUT', 'Metadata: REQUEST_TIMED_OUT: 127.0.0.1:'),
    );
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it('ask another whatever only asks, and nothing that changes something', async () => {
    const hangs = await serve(({ socket }) => socket.destroy());
    const good = await serve(({ api, reply }) =>
      reply(api.name === 'Metadata' ? metadataOf([hangs, good]) : created(0)),
    );
    const admin = adminOf([hangs.address, good.address]);
    await expect(admin.createTopics([TOPIC])).rejects.toEqual(refused('NETWORK_EXCEPTION', 'CreateTopics'));
    expect(good.names).toEqual([]);
    expect((await admin.describe()).clusterId).toBe('c');
    // From now on the good one is asked first.
    await admin.describe();
    expect(hangs.names).toEqual(['CreateTopics', 'Metadata']);
  });

  it('find the controller that a broker names', async () => {
    const all: FakeServer[] = [];
    const answer =
      (own: number) =>
      ({ api, reply }: Asked) =>
        reply(api.name === 'Metadata' ? metadataOf(all, 2) : created(own === 2 ? 0 : 41));
    for (const id of [0, 1, 2]) all.push(await serve(answer(id)));
    const admin = adminOf([all[0].address, all[1].address]);
    await admin.createTopics([TOPIC]);
    await admin.createTopics([TOPIC]);
    expect(all.map(({ names }) => names)).toEqual([
      ['CreateTopics', 'Metadata'],
      [],
      ['CreateTopics', 'CreateTopics'],
    ]);
  });

  it('ask until there is a controller, for as long as a request may take', async () => {
    let elections = 3;
    const server = await serve(({ api, reply }) =>
      reply(api.name === 'Metadata' ? metadataOf([server], -1) : created(elections-- > 0 ? 41 : 0)),
    );
    const patient = adminOf([server.address], () => ({ timeoutMs: 3_000 }));
    await patient.createTopics([TOPIC]);
    elections = 1_000;
    await expect(adminOf([server.address]).createTopics([TOPIC])).rejects.toEqual(
      refused('NOT_CONTROLLER', 'orders'),
    );
  });

  it('name all that were asked in vain', async () => {
    const [port, other] = freePorts(2);
    const admin = adminOf([
      { host: LOOPBACK, port },
      { host: LOOPBACK, port: other },
    ]);
    const failure = await admin.describe().catch((error) => error);
    expect(failure).toEqual(refused('BROKER_NOT_AVAILABLE', `${LOOPBACK}:${port}`));
    expect(failure.message).toContain(`${LOOPBACK}:${other}`);
    await expect(adminOf([]).describe()).rejects.toEqual(
      refused('BROKER_NOT_AVAILABLE', 'no broker is known'),
    );
  });

  it.each([
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'not Kafka'],
    ['a reply that was not asked', '\0\0\0\x05\0\0\0\x63\0', 'which was not asked'],
  ])('are refused for %s', async (_, bytes, message) => {
    const address = await listen((socket) => socket.write(bytes, 'latin1'));
    await expect(adminOf([address]).describe()).rejects.toEqual(refused('NETWORK_EXCEPTION', message));
  });

  it('are refused for a reply that ends too early', async () => {
    const address = await listen((socket) => socket.write(Buffer.from('00000007000000010000ff', 'hex')));
    await expect(adminOf([address]).describe()).rejects.toEqual(
      refused('UNKNOWN_SERVER_ERROR', 'cannot be read'),
    );
  });

  it('reject what is under way when they are closed', async () => {
    const server = await serve(() => undefined);
    const admin = adminOf([server.address], () => ({ timeoutMs: 5_000 }));
    const asked = admin.createTopics([TOPIC]);
    while (server.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    admin.close();
    await expect(asked).rejects.toEqual(refused('NETWORK_EXCEPTION', 'closed'));
  });
});
