import type * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Answers, serve } from '../../lib/steward/serve';

let server: http.Server | undefined;
afterEach(() => void server?.close());

const WELL: Answers = {
  alive: () => true,
  settled: () => ({ settled: true, doing: 'Settled: everything is as the manifests say' }),
  metrics: () => 'up 1\n',
};

async function get(path: string, change: Partial<Answers> = {}): Promise<[number, string, string | null]> {
  server = await serve(0, { ...WELL, ...change });
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return [answer.status, await answer.text(), answer.headers.get('content-type')];
}

const TEXT = 'text/plain; charset=utf-8';

it.each<[string, Partial<Answers>, [number, string, string]]>([
  ['/healthz', {}, [200, 'ok\n', TEXT]],
  ['/healthz', { alive: () => false }, [503, 'the loop has stopped\n', TEXT]],
  ['/readyz', {}, [200, 'Settled: everything is as the manifests say\n', TEXT]],
  [
    '/readyz',
    { settled: () => ({ settled: false, doing: 'Rolling: restarts member 3' }) },
    [503, 'Rolling: restarts member 3\n', TEXT],
  ],
  ['/metrics?name=up', {}, [200, 'up 1\n', 'text/plain; version=0.0.4; charset=utf-8']],
  ['/', {}, [404, 'there is /healthz, /readyz and /metrics\n', TEXT]],
])('%s is answered: %#', async (path, change, answer) => {
  expect(await get(path, change)).toEqual(answer);
});

it('a port that is taken is an error', async () => {
  server = await serve(0, WELL);
  await expect(serve((server.address() as AddressInfo).port, WELL)).rejects.toThrow('EADDRINUSE');
});
