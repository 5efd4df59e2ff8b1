import * as net from 'node:net';
import { expect, test } from 'vitest';
import { RedisClient } from '../../../lib/redis/wire/redis-client';

test('a server that answers no more is connected to anew, however often it is asked meanwhile', async () => {
  let connections = 0;
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    connections += 1;
    // The first one is as if the machine had vanished.
    if (connections > 1) socket.on('data', () => socket.write('+PONG\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const client = new RedisClient({ host: '127.0.0.1', port }, { timeoutMs: 200 });
  const answers: string[] = [];
  const ask = () =>
    client.command('PING').then(
      (reply) => answers.push(String(reply)),
      (error: Error) => answers.push(error.message),
    );
  const asked: Promise<unknown>[] = [];
  for (let time = 0; time < 8; time++) {
    asked.push(ask());
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await Promise.all(asked);
  client.close();
  for (const socket of sockets) socket.destroy();
  server.close();
  expect(answers[0]).toBe('no reply to PING within 200 ms');
  expect(answers.at(-1)).toBe('PONG');
});
