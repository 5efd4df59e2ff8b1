import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RedisClient } from '../../../lib/redis/wire/redis-client';
import type { Transport } from '../../../lib/redis/wire/types';
import { freePort } from '../../support/ports';
import { LOOPBACK } from '../../support/process';
import { FakeRedisServer } from '../../support/redis-fake-server';

type Answer = Parameters<typeof FakeRedisServer.start>[0];

async function serve(answer: Answer, transport: Partial<Transport> = {}, greeting?: string) {
  const server = await FakeRedisServer.start(answer, greeting);
  const client = new RedisClient(server.address, { timeoutMs: 2_000, ...transport });
  onTestFinished(async () => {
    client.close();
    await server.stop();
  });
  return { server, client };
}

const login = { username: 'steward', password: 'secret' };
const echo: Answer = ([name, word]) => (name === 'ECHO' ? `+${word}\r\n` : '+OK\r\n');

describe('RedisClient', () => {
  it('connects and logs in once, when it is first asked', async () => {
    const { server, client } = await serve(echo, { login });
    expect(server.connections).toBe(0);
    const asked = ['a', 'b', 'c'].map((word) => client.command('ECHO', word));
    expect(await Promise.all(asked)).toEqual(['a', 'b', 'c']);
    expect(server.connections).toBe(1);
    expect(server.asked).toEqual([
      ['AUTH', 'steward', 'secret'],
      ['ECHO', 'a'],
      ['ECHO', 'b'],
      ['ECHO', 'c'],
    ]);
  });

  it('sends nothing where it is not let in, and tries again when it is asked again', async () => {
    let refusing = true;
    const answer: Answer = ([name, word]) =>
      name === 'AUTH' && refusing ? '-WRONGPASS invalid\r\n' : echo([name, word], undefined as never);
    const { server, client } = await serve(answer, { login });
    await expect(client.command('ECHO', 'a')).rejects.toMatchObject({
      name: 'RedisError',
      code: 'WRONGPASS',
    });
    expect(server.asked).toEqual([['AUTH', 'steward', 'secret']]);
    refusing = false;
    expect(await client.command('ECHO', 'a')).toBe('a');
  });

  it('rejects all that is under way when the connection breaks, and then connects anew', async () => {
    let breaking = true;
    const { server, client } = await serve((words, socket) => {
      if (!breaking || words[1] === 'a') return echo(words, socket);
      breaking = false;
      socket.destroy();
      return undefined;
    });
    const asked = await Promise.allSettled(['a', 'b', 'c'].map((word) => client.command('ECHO', word)));
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(asked[1]).toMatchObject({ reason: { message: 'the server closed the connection' } });
    expect(await client.command('ECHO', 'd')).toBe('d');
    expect(server.connections).toBe(2);
  });

  it('never takes a late reply for that of a later command', async () => {
    const { server, client } = await serve(
      (words, socket) => {
        if (words[1] !== 'slow') return echo(words, socket);
        setTimeout(() => socket.write('+slow\r\n'), 150);
        return undefined;
      },
      { timeoutMs: 100 },
    );
    await expect(client.command('ECHO', 'slow')).rejects.toThrow(new Error('no reply to ECHO within 100 ms'));
    const later = async () => {
      for (let i = 0; i < 10; i++) {
        expect(await client.command('ECHO', `${i}`)).toBe(`${i}`);
        await delay(20);
      }
    };
    await later();
    expect(server.connections).toBe(2);
  });

  it('gives every command of many its time, as long as replies come', async () => {
    let busy = Promise.resolve();
    const { client } = await serve(
      (words, socket) => {
        busy = busy.then(() => delay(60)).then(() => void socket.write(echo(words, socket) ?? ''));
        return undefined;
      },
      { timeoutMs: 200 },
    );
    const words = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(await client.pipeline(words.map((word) => ['ECHO', word]))).toEqual(words);
  });

  it('rejects many commands of which one is not answered', async () => {
    const { client } = await serve((words, socket) => (words[1] > 'a' ? undefined : echo(words, socket)), {
      timeoutMs: 100,
    });
    const asked = client.pipeline([
      ['ECHO', 'a'],
      ['ECHO', 'b'],
      ['ECHO', 'c'],
    ]);
    expect(await asked.catch((error) => error.message)).toBe('no reply to ECHO within 100 ms');
    expect(await client.pipeline([])).toEqual([]);
  });

  it('passes on why a server hangs up unasked', async () => {
    const { client } = await serve(() => undefined, {}, '-ERR max number of clients reached\r\n');
    await expect(client.command('PING')).rejects.toThrow('max number of clients reached');
  });

  it('refuses another protocol', async () => {
    const { client } = await serve(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
    await expect(client.command('PING')).rejects.toThrow("no reply of Redis begins with 'H'");
  });

  it('refuses a reply to nothing', async () => {
    const { server, client } = await serve(() => '+OK\r\n+OK\r\n');
    expect(await client.command('SET', 'a', 'b')).toBe('OK');
    expect(await client.command('SET', 'a', 'b')).toBe('OK');
    expect(server.connections).toBe(2);
  });

  it('says why nobody was reached', async () => {
    const port = freePort();
    const refused = new RedisClient({ host: LOOPBACK, port }, { timeoutMs: 1_000 });
    await expect(refused.command('PING')).rejects.toThrow(
      new Error(`connect ECONNREFUSED ${LOOPBACK}:${port}`),
    );
    const unknown = new RedisClient({ host: 'no-such-host.invalid', port }, { timeoutMs: 5_000 });
    await expect(unknown.command('PING')).rejects.toThrow('its name does not resolve yet');
  });

  it('does not wait for a handshake for ever', async () => {
    const { client } = await serve(() => undefined, { timeoutMs: 100, tls: {} });
    await expect(client.command('PING')).rejects.toThrow(
      new Error('no end of the TLS handshake within 100 ms'),
    );
  });

  it('does not wait for a login for ever', async () => {
    const { client } = await serve(() => undefined, { timeoutMs: 100, login });
    await expect(client.command('PING')).rejects.toThrow(new Error('no reply to AUTH within 100 ms'));
  });

  it('rejects what is under way when it is closed, and connects anew when it is asked again', async () => {
    const { server, client } = await serve((words, socket) =>
      words[0] === 'WAIT' ? undefined : echo(words, socket),
    );
    const asked = client.command('WAIT', 1, 0);
    while (server.asked.length === 0) await delay(5);
    client.close();
    await expect(asked).rejects.toThrow(new Error('the client was closed'));
    expect(await client.command('ECHO', 'a')).toBe('a');
    expect(server.connections).toBe(2);
  });
});
