import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { Duration } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { redisAuth } from '../../../lib/redis/twemproxy/passwords';
import { nutcrackerArguments } from '../../../lib/redis/twemproxy-config';
import type { TwemproxyProps } from '../../../lib/redis/twemproxy-props';
import { freePort } from '../../support/ports';
import { twemproxyBinary, twemproxyMissing } from '../../support/redis-binaries';
import { temporary } from '../../support/temporary';
import { twemproxy, variable } from './rendering';
import { PASSWORD } from './store';
import { ProxyClient, TwemproxyProcess } from './twemproxy-process';

const poolOf = (props: Partial<TwemproxyProps>) =>
  variable(
    twemproxy(props, {}, props.use === 'cache' ? { use: 'cache' } : {}).find('Deployment', 'proxy'),
    'configure',
    'POOL',
  );

describe.skipIf(twemproxyMissing)('the configuration', () => {
  it.each<Partial<TwemproxyProps>>([
    {},
    { hash: 'fnv1a_64', hashTag: '{}' },
    { hashTag: '"\\' },
    { hashTag: "':" },
    { hashTag: '#!' },
    { timeout: Duration.millis(250), serverConnections: 4 },
    { use: 'cache', ejection: { failures: 1, retryAfter: Duration.seconds(3) } },
  ])('is taken by twemproxy: %j', async (props) => {
    const file = `${temporary()}/nutcracker.yml`;
    fs.writeFileSync(file, poolOf(props) + redisAuth(PASSWORD));
    const { stderr } = await promisify(execFile)(await twemproxyBinary(), [
      '--test-conf',
      `--conf-file=${file}`,
    ]);
    expect(stderr).toContain('syntax is ok');
  });

  it('goes with arguments that are taken, too', async () => {
    const dir = temporary();
    const proxy = TwemproxyProcess.create(dir);
    const text = poolOf({}).replace('0.0.0.0:6379', `127.0.0.1:${proxy.clients}`);
    fs.writeFileSync(`${dir}/nutcracker.yml`, text + redisAuth(PASSWORD));
    const stats = freePort();
    const args = nutcrackerArguments({ mbufSize: 1024 }).map((one) =>
      one.replace(/=(\/run\/twemproxy|\/tmp)\//, `=${dir}/`).replace('22222', `${stats}`),
    );
    proxy.spawn(await twemproxyBinary(), args);
    await proxy.listening();
    const client = new ProxyClient(proxy.clients);
    expect(await client.ask('AUTH', PASSWORD)).toBe('OK');
    expect(await client.ask('PING')).toBe('PONG');
    client.close();
    await proxy.stop();
  });
});
