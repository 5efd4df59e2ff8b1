import * as net from 'node:net';
import { describe, expect, it } from 'vitest';
import { reach, whyUnreachable } from '../../lib/steward/reach';
import { freePort } from '../support/ports';

const HOST = '127.0.0.1';

describe('to reach a port', () => {
  it('is to be let in', async () => {
    const server = net.createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const { port } = server.address() as net.AddressInfo;
    expect(await reach({ host: HOST, port }, 1_000)).toEqual({ state: 'open' });
    server.close();
  });

  it('may be refused by its host', async () => {
    const port = freePort();
    const reason = `connect ECONNREFUSED ${HOST}:${port}`;
    expect(await reach({ host: HOST, port }, 1_000)).toEqual({ state: 'refused', reason });
  });
});

it.each([
  [{ code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND zk-0' }, 'its name does not resolve yet'],
  [{ code: 'EAI_AGAIN', message: 'getaddrinfo EAI_AGAIN zk-0' }, 'its name does not resolve yet'],
  [{ code: 'EHOSTUNREACH', message: 'connect EHOSTUNREACH 10.0.0.1' }, 'connect EHOSTUNREACH 10.0.0.1'],
  // As with several addresses, of which each failed.
  [{ code: 'ECONNREFUSED', message: '' }, 'ECONNREFUSED'],
])('%j is told in words', (error, words) => {
  expect(whyUnreachable(Object.assign(new Error(error.message), error))).toBe(words);
});
