import * as fs from 'node:fs';
import * as http from 'node:http';
import * as path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { unforce } from '../../../lib/etcd/gate/unforce';
import { freePort } from '../../support/ports';
import { temporary } from '../../support/temporary';
import { put } from './volumes';

const FORCED = 'data-dir: /var/lib/etcd/data\nforce-new-cluster: true\nname: "etcd-1"\n';

/** A server that tells how it is on its metrics port, as `serves` says. */
async function serverThat(serves: () => boolean): Promise<{ host: string; port: number }> {
  const port = freePort();
  const server = http.createServer((_, answer) => answer.writeHead(serves() ? 200 : 503).end());
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port };
}

it('takes the order away once it was carried out, and not before', async () => {
  const run = temporary();
  put(FORCED, run, 'etcd.yaml');
  const text = () => fs.readFileSync(path.join(run, 'etcd.yaml'), 'utf8');
  let asked = 0;
  const seen: string[] = [];
  const metrics = await serverThat(() => {
    seen.push(text());
    return ++asked > 4;
  });
  const log: object[] = [];
  await unforce({ paths: { run }, metrics, log: (line) => log.push(line) });
  expect(new Set(seen)).toEqual(new Set([FORCED]));
  expect(text()).toBe('data-dir: /var/lib/etcd/data\nname: "etcd-1"\n');
  expect(log).toMatchObject([{ unforce: 'done' }]);
});

it('leaves a member alone that was not forced', async () => {
  const run = temporary();
  put('name: "etcd-1"\n', run, 'etcd.yaml');
  await unforce({ paths: { run }, metrics: { host: '127.0.0.1', port: 1 }, log: () => {} });
  expect(fs.readFileSync(path.join(run, 'etcd.yaml'), 'utf8')).toBe('name: "etcd-1"\n');
});
