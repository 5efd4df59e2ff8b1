import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectOptions,
  CREATOR_ACL,
  isZooKeeperError,
  Perms,
  ZooKeeperClient,
} from '../../../lib/zookeeper/wire/client';
import { digestOf } from '../../../lib/zookeeper/wire/digest';
import { fourLetterWord, parseConf, parseSrvr } from '../../../lib/zookeeper/wire/four-letter';
import { JuteWriter } from '../../../lib/zookeeper/wire/jute';
import { OpCode } from '../../../lib/zookeeper/wire/records';
import {
  type Ensemble,
  startEnsemble,
  startStandalone,
  type ZooKeeperProcess,
  zookeeperClassPath,
  zookeeperMissing,
} from '../../support/zookeeper-server';

const ENOUGH = 60_000;
const SUPER = { scheme: 'digest', auth: 'super:secret' };
const SUPER_FLAG = `-Dzookeeper.DigestAuthenticationProvider.superDigest=${digestOf('super', 'secret')}`;
const title = zookeeperMissing
  ? `client of a real server (skipped: ${zookeeperMissing})`
  : 'client of a real server';

const open: ZooKeeperClient[] = [];

async function connect(servers: ConnectOptions['servers'], options: Partial<ConnectOptions> = {}) {
  const timeouts = { sessionTimeoutMs: 6_000, connectTimeoutMs: 6_000 };
  const client = await ZooKeeperClient.connect({ servers, ...timeouts, ...options });
  open.push(client);
  return client;
}

// The loop that the client leaves to its callers.
async function persistently<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isZooKeeperError(error, 'ConnectionLoss')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const failing = (code: string) => expect.objectContaining({ name: 'ZooKeeperError', code });

describe.skipIf(zookeeperMissing)(title, () => {
  beforeAll(() => zookeeperClassPath(), 300_000);
  afterAll(() => Promise.all(open.map((client) => client.close())));

  describe('that stands alone', () => {
    let server: ZooKeeperProcess;
    let jaasDir: string;

    beforeAll(async () => {
      jaasDir = fs.mkdtempSync(path.join(os.tmpdir(), 'zookeeper-jaas-'));
      const jaas = path.join(jaasDir, 'jaas.conf');
      const module = 'org.apache.zookeeper.server.auth.DigestLoginModule';
      fs.writeFileSync(jaas, `Server { ${module} required user_bob="pass word" user_super="admin"; };\n`);
      server = await startStandalone({
        extraConfig: { 'authProvider.1': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider' },
        jvm: [SUPER_FLAG, `-Djava.security.auth.login.config=${jaas}`],
      });
    }, ENOUGH);

    afterAll(async () => {
      await server?.stop();
      fs.rmSync(jaasDir, { recursive: true, force: true });
    });

    const client = (options?: Partial<ConnectOptions>) => connect([server.address], options);

    it('creates, reads, changes and deletes nodes', async () => {
      const zk = await client();
      expect(await zk.create('/crud', 'one')).toBe('/crud');
      expect(await zk.create('/crud/seq-', '', { sequential: true })).toBe('/crud/seq-0000000000');
      expect((await zk.getData('/crud')).data.toString()).toBe('one');
      expect(await zk.setData('/crud', 'three')).toMatchObject({ version: 1, dataLength: 5, numChildren: 1 });
      expect(await zk.getChildren('/crud')).toEqual(['seq-0000000000']);
      await zk.sync('/crud');
      await expect(zk.create('/crud')).rejects.toEqual(failing('NodeExists'));
      await expect(zk.create('/none/below')).rejects.toEqual(failing('NoNode'));
      await expect(zk.delete('/crud')).rejects.toEqual(failing('NotEmpty'));
      await expect(zk.getData('crud')).rejects.toEqual(failing('BadArguments'));
      await zk.delete('/crud/seq-0000000000');
      await zk.delete('/crud');
      expect(await zk.exists('/crud')).toBeUndefined();
    });

    it('holds to versions', async () => {
      const zk = await client();
      await zk.create('/versions');
      await zk.setData('/versions', 'a', 0);
      await expect(zk.setData('/versions', 'b', 0)).rejects.toEqual(failing('BadVersion'));
      await expect(zk.delete('/versions', 0)).rejects.toEqual(failing('BadVersion'));
      await zk.delete('/versions', 1);
    });

    it('answers many calls at once, large ones too', async () => {
      const zk = await client();
      const large = Buffer.alloc(900_000, 7);
      await zk.create('/large', large);
      const paths = Array.from({ length: 50 }, (_, index) => `/many-${index}`);
      expect(await Promise.all(paths.map((each) => zk.create(each, each)))).toEqual(paths);
      expect((await zk.getData('/large')).data.equals(large)).toBe(true);
    });

    it('removes ephemeral nodes with their session', async () => {
      const [owner, other] = [await client(), await client()];
      await owner.create('/ephemeral', '', { ephemeral: true });
      expect((await other.exists('/ephemeral'))?.ephemeralOwner).toBe(owner.sessionId);
      await owner.close();
      expect(await other.exists('/ephemeral')).toBeUndefined();
      await expect(owner.exists('/')).rejects.toEqual(failing('ConnectionLoss'));
    });

    it('keeps an idle session alive', async () => {
      const zk = await client({ sessionTimeoutMs: 1_000 });
      expect(zk.sessionTimeoutMs).toBe(1_000);
      await new Promise((resolve) => setTimeout(resolve, 1_800));
      expect(await zk.exists('/')).toBeDefined();
    });

    it('sees what is below the chroot only', async () => {
      await (await client()).create('/jail');
      const zk = await client({ chroot: '/jail' });
      expect(await zk.create('/a', 'x')).toBe('/a');
      expect(await zk.getChildren('/')).toEqual(['a']);
      expect((await zk.getConfig()).servers).toEqual([]);
      expect(await (await client()).exists('/jail/a')).toBeDefined();
    });

    it('does all operations of a multi or none', async () => {
      const zk = await client();
      const [created, set] = await zk.multi([
        { kind: 'create', path: '/multi', data: 'a' },
        { kind: 'set', path: '/multi', data: 'b', version: 0 },
        { kind: 'check', path: '/multi', version: 1 },
      ]);
      expect([created.path, set.stat?.version]).toEqual(['/multi', 1]);
      const failed = zk.multi([
        { kind: 'delete', path: '/multi' },
        { kind: 'check', path: '/none' },
        { kind: 'create', path: '/multi/b' },
      ]);
      await expect(failed).rejects.toEqual(failing('NoNode'));
      await expect(failed).rejects.toThrow('multi, check /none');
      expect(await zk.exists('/multi')).toBeDefined();
    });

    it('lets in by digest, and the super user everywhere', async () => {
      const [stranger, owner] = [await client(), await client()];
      await owner.addAuth('digest', 'ann:pw');
      await owner.create('/secret', 'x', { acl: CREATOR_ACL });
      const { acl, stat } = await owner.getACL('/secret');
      expect(acl).toEqual([{ perms: Perms.all, scheme: 'digest', id: digestOf('ann', 'pw') }]);
      await expect(stranger.getData('/secret')).rejects.toEqual(failing('NoAuth'));
      await stranger.addAuth('digest', 'ann:wrong');
      await expect(stranger.getData('/secret')).rejects.toEqual(failing('NoAuth'));
      await expect(owner.setACL('/secret', acl, stat.aversion + 1)).rejects.toEqual(failing('BadVersion'));
      expect(await owner.setACL('/secret', acl, stat.aversion)).toMatchObject({ aversion: 1 });
      const admin = await client({ auth: [SUPER] });
      expect((await admin.getData('/secret')).data.toString()).toBe('x');
      expect(await admin.whoAmI()).toContainEqual({ scheme: 'super', id: '' });
    });

    it('refuses a scheme that the server does not know', async () => {
      await expect(client({ auth: [{ scheme: 'nonsense', auth: '' }] })).rejects.toEqual(
        failing('AuthFailed'),
      );
    });

    it('logs in by SASL', async () => {
      const zk = await client({ sasl: { username: 'bob', password: 'pass word' } });
      expect(await zk.whoAmI()).toContainEqual({ scheme: 'sasl', id: 'bob' });
      const wrong = { username: 'bob', password: 'wrong' };
      await expect(client({ sasl: wrong })).rejects.toEqual(failing('AuthFailed'));
    });

    it('cannot reconfigure it', async () => {
      const zk = await client({ auth: [SUPER] });
      const error = await zk.reconfig({ leaving: [1] }).catch((thrown) => thrown);
      expect(isZooKeeperError(error, 'ReconfigDisabled', 'Unimplemented')).toBe(true);
    });

    it('passes over watch events', async () => {
      const zk = await client();
      await zk.create('/watched');
      // Sets a watch behind the back of the client, which itself never does.
      const body = new JuteWriter().ustring('/watched').boolean(true);
      await zk['connection'].request({ op: OpCode.getData, what: 'watch', body, timeoutMs: 5_000 });
      await zk.setData('/watched', 'x');
      expect((await zk.getData('/watched')).data.toString()).toBe('x');
    });

    it('gives up a server that does not reply', async () => {
      const zk = await client({ requestTimeoutMs: 300 });
      await server.pause();
      try {
        const calls = [zk.exists('/'), zk.exists('/').catch((error) => error)];
        await expect(calls[0]).rejects.toEqual(failing('OperationTimeout'));
        expect(isZooKeeperError(await calls[1], 'ConnectionLoss', 'OperationTimeout')).toBe(true);
        expect((await zk.closed).message).toContain('given up');
        const dead = connect([server.address], { connectTimeoutMs: 300 });
        await expect(dead).rejects.toEqual(failing('ConnectionLoss'));
      } finally {
        server.resume();
      }
    });

    it('asks four letter words', async () => {
      const ask = (word: string) => fourLetterWord(server.address, word, 5_000);
      expect(await ask('ruok')).toBe('imok');
      expect(parseSrvr(await ask('srvr'))?.mode).toBe('standalone');
      const conf = parseConf(await ask('conf'));
      expect(conf).toMatchObject({ servers: [], version: undefined });
      expect(conf?.settings.get('clientPort')).toBe(String(server.clientPort));
    });
  });

  describe('of an ensemble', () => {
    let ensemble: Ensemble;

    beforeAll(async () => {
      ensemble = await startEnsemble({ members: 3, jvm: [SUPER_FLAG] });
    }, ENOUGH);
    afterAll(() => ensemble?.stop());

    it('adds an observer, promotes it, and removes it', { timeout: ENOUGH }, async () => {
      const zk = await connect(ensemble.addresses, { auth: [SUPER] });
      const before = await zk.getConfig();
      expect(before.servers).toEqual([1, 2, 3].map((id) => ensemble.member(id).entry));
      const { entry, server } = await ensemble.join('observer');

      const added = await zk.reconfig({ joining: [entry], fromConfig: before.version });
      expect(added.servers.find(({ id }) => id === 4)).toEqual(entry);
      const stale = zk.reconfig({ leaving: [4], fromConfig: before.version });
      await expect(stale).rejects.toEqual(failing('BadVersion'));

      const promoted = await zk.reconfig({ joining: [{ ...entry, role: 'participant' }] });
      expect(promoted.servers.find(({ id }) => id === 4)?.role).toBe('participant');
      const conf = parseConf(await fourLetterWord(ensemble.member(1).server.address, 'conf', 5_000));
      expect(conf).toMatchObject({ servers: promoted.servers, version: promoted.version });

      const removed = await zk.reconfig({ leaving: [4] });
      expect(removed.servers).toEqual(before.servers);
      expect(removed.version).toBeGreaterThan(promoted.version ?? 0n);
      await server.stop();
    });

    it('refuses to reconfigure without right or without a quorum', async () => {
      const [admin, nobody] = [
        await connect(ensemble.addresses, { auth: [SUPER] }),
        await connect(ensemble.addresses),
      ];
      const absent = [11, 12, 13].map((id) => {
        const ports = { quorumPort: id, electionPort: id + 10, client: { host: '127.0.0.1', port: id + 20 } };
        return { id, host: '127.0.0.1', role: 'participant' as const, ...ports };
      });
      await expect(admin.reconfig({ newMembers: absent })).rejects.toEqual(failing('NewConfigNoQuorum'));
      await expect(nobody.reconfig({ leaving: [3] })).rejects.toEqual(failing('NoAuth'));
    });

    it('loses the connection with the server, and goes on with another', { timeout: ENOUGH }, async () => {
      const leader = await ensemble.leader();
      const zk = await connect([leader.server.address]);
      const other = await connect(ensemble.addresses.filter(({ port }) => port !== leader.server.clientPort));
      await zk.create('/kept', 'x');
      await leader.server.stop();
      expect((await zk.closed).code).toBe('ConnectionLoss');
      await expect(zk.exists('/kept')).rejects.toEqual(failing('ConnectionLoss'));
      // Those that followed drop their clients, too, until one of them leads.
      expect((await other.closed).code).toBe('ConnectionLoss');
      expect(
        await persistently(async () => (await connect(ensemble.addresses)).getData('/kept')),
      ).toMatchObject({
        data: Buffer.from('x'),
      });
    });
  });
});
