import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runBackup } from '../../../lib/zookeeper/tasks/backup';
import { type Patience, runProvision } from '../../../lib/zookeeper/tasks/provision';
import { verifySnapshot } from '../../../lib/zookeeper/tasks/snapshot-file';
import { Perms, ZooKeeperClient } from '../../../lib/zookeeper/wire/client';
import { digestOf } from '../../../lib/zookeeper/wire/digest';
import { freePort, freePorts } from '../../support/ports';
import {
  type Ensemble,
  startEnsemble,
  ZooKeeperProcess,
  zookeeperClassPath,
  zookeeperMissing,
} from '../../support/zookeeper-server';

const ENOUGH = 120_000;
const SUPER_FLAG = `-Dzookeeper.DigestAuthenticationProvider.superDigest=${digestOf('super', 'secret')}`;
const title = zookeeperMissing
  ? `tasks against a real server (skipped: ${zookeeperMissing})`
  : 'tasks against a real server';
const SHORT: Patience = { totalMs: 60_000, tryMs: 3_000, pauseMs: 200 };

// What ZooKeeper's AdminServer needs beside the server's own jars, in the versions of its parent POM.
const ADMIN = [
  'org.eclipse.jetty:jetty-server:9.4.58.v20250814',
  'org.eclipse.jetty:jetty-servlet:9.4.58.v20250814',
  'com.fasterxml.jackson.core:jackson-databind:2.15.2',
];

/** Fetches them once, beside the server's jars; undefined when that is not possible here. */
async function adminJars(): Promise<string | undefined> {
  const jars = path.join(path.dirname(path.dirname(await zookeeperClassPath())), 'admin-jars');
  if (fs.existsSync(jars)) return jars;
  const aside = fs.mkdtempSync(path.join(path.dirname(jars), 'fetch-'));
  const dependencies = ADMIN.map((coordinates) => {
    const [group, artifact, version] = coordinates.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  const project =
    '<modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>admin</artifactId><version>1</version>';
  try {
    const pom = `<project>${project}<dependencies>${dependencies.join('')}</dependencies></project>`;
    fs.writeFileSync(path.join(aside, 'pom.xml'), pom);
    const args = ['-q', '-B', '-f', path.join(aside, 'pom.xml'), 'dependency:copy-dependencies'];
    await promisify(execFile)('mvn', [...args, `-DoutputDirectory=${path.join(aside, 'jars')}`]);
    fs.renameSync(path.join(aside, 'jars'), jars);
    return jars;
  } catch {
    return fs.existsSync(jars) ? jars : undefined;
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

describe.skipIf(zookeeperMissing)(title, () => {
  beforeAll(() => zookeeperClassPath(), 300_000);
  afterEach(() => {
    for (const name of ['PROVISION', 'BACKUP', 'SUPER_USERNAME', 'SUPER_PASSWORD']) delete process.env[name];
  });

  describe('provision', () => {
    let ensemble: Ensemble;
    let jaas: string;

    beforeAll(async () => {
      jaas = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'provision-jaas-')), 'jaas.conf');
      const module = 'org.apache.zookeeper.server.auth.DigestLoginModule';
      fs.writeFileSync(jaas, `Server { ${module} required user_ops="password"; };\n`);
      ensemble = await startEnsemble({
        members: 1,
        extraConfig: { 'authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider' },
        jvm: [SUPER_FLAG, '-Dzookeeper.fips-mode=false', `-Djava.security.auth.login.config=${jaas}`],
      });
    }, ENOUGH);
    afterAll(async () => {
      await ensemble?.stop();
      fs.rmSync(path.dirname(jaas), { recursive: true, force: true });
    });

    async function provision(wanted: object, user?: string, patience = SHORT) {
      process.env.PROVISION = JSON.stringify({
        servers: ensemble.addresses,
        tls: false,
        znodes: [],
        ...wanted,
      });
      if (user) [process.env.SUPER_USERNAME, process.env.SUPER_PASSWORD] = user.split(':');
      const lines: Record<string, unknown>[] = [];
      await runProvision((line) => lines.push(line), patience);
      return lines;
    }

    async function use<T>(work: (client: ZooKeeperClient) => Promise<T>): Promise<T> {
      const auth = [{ scheme: 'digest', auth: 'super:secret' }];
      const timeouts = { sessionTimeoutMs: 6_000, connectTimeoutMs: 6_000 };
      const client = await ZooKeeperClient.connect({ servers: ensemble.addresses, ...timeouts, auth });
      try {
        return await work(client);
      } finally {
        await client.close();
      }
    }

    it(
      'creates znodes with their parents, and again',
      async () => {
        const done = {
          provision: 'done',
          znodes: [{ path: '/a/b/c' }, { path: '/a/d' }],
          reconfigurers: undefined,
        };
        expect(await provision({ znodes: [{ path: '/a/b/c' }, { path: '/a/d' }] })).toEqual([done]);
        expect(await provision({ znodes: [{ path: '/a/b/c' }, { path: '/a/d' }] })).toEqual([done]);
        expect(await use(async (client) => (await client.getChildren('/a')).sort())).toEqual(['b', 'd']);
      },
      ENOUGH,
    );

    it(
      'does not stumble over a parent in which it may not create',
      async () => {
        await use(async (client) => {
          await client.create('/closed');
          await client.create('/closed/open');
          await client.setACL('/closed', [{ perms: Perms.read, scheme: 'world', id: 'anyone' }]);
        });
        expect(await provision({ znodes: [{ path: '/closed/open/below' }] })).toMatchObject([
          { provision: 'done' },
        ]);
        await expect(provision({ znodes: [{ path: '/closed/new' }] })).rejects.toThrow(
          /^NoAuth: .*: no super user is given \(authentication\.superUser\)$/,
        );
      },
      ENOUGH,
    );

    it(
      'lets the named users change the membership, which lasts',
      async () => {
        const lines = await provision({ reconfigurers: ['ops', 'steward'] }, 'super:secret');
        expect(lines).toEqual([{ provision: 'done', znodes: [], reconfigurers: ['ops', 'steward'] }]);
        const acl = [
          { perms: Perms.read, scheme: 'world', id: 'anyone' },
          { perms: Perms.read | Perms.write, scheme: 'sasl', id: 'ops' },
          { perms: Perms.read | Perms.write, scheme: 'sasl', id: 'steward' },
        ];
        expect(await use(async (client) => (await client.getACL('/zookeeper/config')).acl)).toEqual(acl);
        // One of them logs in and changes the membership, if only to what it is.
        const session = { servers: ensemble.addresses, sessionTimeoutMs: 6_000, connectTimeoutMs: 6_000 };
        const ops = await ZooKeeperClient.connect({
          ...session,
          sasl: { username: 'ops', password: 'password' },
        });
        await ops.reconfig({ joining: [ensemble.member(1).entry] });
        await ops.close();
        const { server } = ensemble.member(1);
        await server.stop();
        await server.start();
        await server.serving();
        expect(await use(async (client) => (await client.getACL('/zookeeper/config')).acl)).toEqual(acl);
      },
      ENOUGH,
    );

    it(
      'says when the super user is not the one that the servers know',
      async () => {
        await expect(provision({ reconfigurers: ['ops'] }, 'super:wrong')).rejects.toThrow(
          /^NoAuth: .*: the servers do not know the super user "super" by this password, which they read when they start$/,
        );
      },
      ENOUGH,
    );

    it(
      'says when the servers know no users by SASL',
      async () => {
        const other = await startEnsemble({ members: 1, jvm: [SUPER_FLAG] });
        try {
          const wanted = { servers: other.addresses, reconfigurers: ['ops'] };
          await expect(provision(wanted, 'super:secret')).rejects.toThrow(
            'InvalidAcl: setACL /zookeeper/config: the servers know no users by SASL (authentication.clients), who could be named in an ACL',
          );
        } finally {
          await other.stop();
        }
      },
      ENOUGH,
    );

    it(
      'waits for an ensemble that is not there yet, and says so once',
      async () => {
        const { server } = ensemble.member(1);
        await server.stop();
        const running = provision({ znodes: [{ path: '/late' }] });
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        await server.start();
        const lines = await running;
        expect(lines.at(-1)).toMatchObject({ provision: 'done' });
        expect(lines[0]).toEqual({
          provision: 'wait',
          reason: expect.stringMatching(/^the ensemble does not answer yet: ConnectionLoss: .*ECONNREFUSED/),
        });
        expect(new Set(lines.map((line) => line.reason)).size).toBe(lines.length);
      },
      ENOUGH,
    );

    it(
      'gives up in the end',
      async () => {
        const port = freePort();
        const servers = [{ host: '127.0.0.1', port }];
        const started = performance.now();
        const patience = { totalMs: 500, tryMs: 1_000, pauseMs: 100 };
        await expect(provision({ servers, znodes: [{ path: '/a' }] }, undefined, patience)).rejects.toThrow(
          /ECONNREFUSED/,
        );
        expect(performance.now() - started).toBeGreaterThan(300);
      },
      ENOUGH,
    );
  });

  it('backup of a real AdminServer', async ({ skip }) => {
    const jars = await adminJars();
    if (!jars) return skip('the jars of the AdminServer are missing');
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'backup-server-'));
    const [clientPort, adminPort] = freePorts(2);
    const server = new ZooKeeperProcess(root, clientPort, []);
    server.configure({
      clientPort,
      clientPortAddress: '127.0.0.1',
      'admin.enableServer': true,
      'admin.serverAddress': '127.0.0.1',
      'admin.serverPort': adminPort,
      'admin.restore.enabled': false,
    });
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
    const classPath = `${await zookeeperClassPath()}:${path.join(jars, '*')}`;
    const flags = ['-Xmx128m', `-Dlogback.configurationFile=${path.join(root, 'logback.xml')}`];
    const java = spawn('java', [...flags, '-cp', classPath, main, path.join(root, 'zoo.cfg')], {
      stdio: 'ignore',
    });
    try {
      await server.serving();
      const servers = [server.address];
      const client = await ZooKeeperClient.connect({
        servers,
        sessionTimeoutMs: 6_000,
        connectTimeoutMs: 6_000,
      });
      await client.create('/kept', 'x'.repeat(1_000));
      await client.close();
      const directory = path.join(root, 'backup');
      fs.mkdirSync(directory);
      process.env.BACKUP = JSON.stringify({ hosts: ['127.0.0.2', '127.0.0.1'], port: adminPort, directory });
      const lines: Record<string, unknown>[] = [];
      await runBackup((line) => lines.push(line));
      const [name] = fs.readdirSync(directory);
      expect(name).toMatch(/^\d{8}T\d{6}Z-snapshot\.[0-9a-f]+$/);
      expect(lines).toMatchObject([{ backup: 'verified', member: '127.0.0.1', name }]);
      expect(await verifySnapshot(path.join(directory, name))).toEqual({ bytes: lines[0].bytes });
      expect(fs.readFileSync(path.join(directory, name), 'latin1')).toContain('x'.repeat(1_000));
    } finally {
      java.kill('SIGKILL');
      fs.rmSync(root, { recursive: true, force: true });
    }
  }, 300_000);
});
