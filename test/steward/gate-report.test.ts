import * as http from 'node:http';
import * as net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askReport, serveReport } from '../../lib/steward/gate-report';
import { freePort } from '../support/ports';

const HOST = '127.0.0.1';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serving<T>(report: () => T) {
  const port = freePort();
  const open = await serveReport(port, HOST, report);
  closing.push(() => open.close());
  return { host: HOST, port };
}

async function answering(server: net.Server) {
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  closing.push(() => server.close());
  return { host: HOST, port: (server.address() as net.AddressInfo).port };
}

describe('the report of a gate', () => {
  it('is what it is at the moment', async () => {
    let count = 0;
    const address = await serving(() => ({ says: 'it waits', count: ++count }));
    expect(await askReport(address, 1_000)).toEqual({ says: 'it waits', count: 1 });
    expect(await askReport(address, 1_000)).toEqual({ says: 'it waits', count: 2 });
  });

  it('is told by GET / alone', async () => {
    const { port } = await serving(() => ({ says: 'it waits' }));
    const status = async (path: string, init?: RequestInit) =>
      (await fetch(`http://${HOST}:${port}${path}`, init)).status;
    expect(await status('/')).toBe(200);
    expect(await status('/', { method: 'POST' })).toBe(404);
    expect(await status('/metrics')).toBe(404);
  });

  it('is no more once it is closed', async () => {
    const address = await serving(() => ({}));
    await closing.pop()?.();
    expect(await askReport(address, 1_000)).toBeUndefined();
  });

  it('cannot be served on a port that is taken', async () => {
    const { port } = await serving(() => ({}));
    await expect(serveReport(port, HOST, () => ({}))).rejects.toThrow('EADDRINUSE');
  });
});

describe('asking for a report gives nothing where', () => {
  it.each([
    ['no JSON is told', http.createServer((_, response) => response.end('ready'))],
    ['another status is told', http.createServer((_, response) => response.writeHead(500).end('{}'))],
    ['it has no end', http.createServer((_, response) => response.end(`"${'x'.repeat(70_000)}"`))],
    ['it is broken off', http.createServer((_, response) => response.write('{', () => response.destroy()))],
    ['it is no HTTP', net.createServer((socket) => socket.end('ok\n'))],
  ])('%s', async (_, server) => {
    expect(await askReport(await answering(server), 1_000)).toBeUndefined();
  });

  it('it takes too long', async () => {
    const slow = await answering(http.createServer(() => undefined));
    const before = performance.now();
    expect(await askReport(slow, 100)).toBeUndefined();
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
