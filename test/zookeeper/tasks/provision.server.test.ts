import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runProvision } from '../../../lib/zookeeper/tasks/provision';
import { ZooKeeperClient } from '../../../lib/zookeeper/wire/client';
import { startStandalone, type ZooKeeperProcess, zookeeperMissing } from '../../support/zookeeper-server';

const digest = createHash('sha1').update('super:secret').digest('base64');

const title = 'provisioning where nobody may do without a login';

describe.skipIf(zookeeperMissing)(
  zookeeperMissing ? `${title} (skipped: ${zookeeperMissing})` : title,
  () => {
    let server: ZooKeeperProcess;
    let directory: string;
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'provision-'));
      const jaas = join(directory, 'jaas.conf');
      writeFileSync(
        jaas,
        'Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_app="word"; };\n',
      );
      server = await startStandalone({
        extraConfig: {
          'authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
          'enforce.auth.enabled': true,
          'enforce.auth.schemes': 'sasl',
        },
        jvm: [
          `-Dzookeeper.DigestAuthenticationProvider.superDigest=super:${digest}`,
          `-Djava.security.auth.login.config=${jaas}`,
          '-Dzookeeper.fips-mode=false',
        ],
      });
    }, 60_000);
    afterAll(async () => {
      await server?.stop();
      rmSync(directory, { recursive: true, force: true });
    });
    afterEach(() => {
      vi.unstubAllEnvs();
    });

    const provision = (wanted: object, env: Record<string, string>) => {
      vi.stubEnv(
        'PROVISION',
        JSON.stringify({ servers: [server.address], tls: false, znodes: [], ...wanted }),
      );
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      return runProvision(() => {});
    };
    const superUser = { SUPER_USERNAME: 'super', SUPER_PASSWORD: 'secret' };
    const client = { CLIENT_USERNAME: 'app', CLIENT_PASSWORD: 'word' };

    it('is refused to the super user alone, whom servers know by digest', async () => {
      await expect(provision({ znodes: [{ path: '/a' }] }, superUser)).rejects.toThrow();
    });

    it('is done with a login beside, and can be done again', async () => {
      for (let time = 0; time < 2; time++)
        await provision({ znodes: [{ path: '/a/b' }], reconfigurers: ['ops'] }, { ...superUser, ...client });
      const zk = await ZooKeeperClient.connect({
        servers: [server.address],
        sessionTimeoutMs: 10_000,
        connectTimeoutMs: 10_000,
        sasl: { username: 'app', password: 'word' },
      });
      expect(await zk.exists('/a/b')).toBeDefined();
      await zk.close();
    });
  },
);
